import * as pulumi from "@pulumi/pulumi";

import { BackupJob, EncryptionKey, PbsStorage, Provider } from "../components";
import { parseGuestId } from "../estate/units/guest-id";
import { defined } from "../estate/units/defined";
import { declareCloud, NO_CLOUD, type DeclaredCloud } from "./cloud";
import { type DrHostConfiguration } from "./config";
import { decided } from "./decided";
import { declareRebuiltGuests } from "./rebuild";

/** What a stack on somebody else's node tells the person who runs it. */
export interface DeclaredDrHost {
  /** Numbers there of guests in the nightly backup. */
  readonly protectedGuests: readonly number[];
  /** The machine at AWS; its texts are empty without one. */
  readonly machine: DeclaredCloud;
}

/**
 * Guests of a lost site on somebody else's node.
 *
 * The promise: whatever serves there has a backup of last night, encrypted with the site's own key, at a place that is neither the host's
 * nor taken away with the stack; and nothing of the host's own is touched.
 */
export function declareDrHost(configuration: DrHostConfiguration): DeclaredDrHost {
  const { settings, serving, rebuild, pveApiToken, keyFiles, keyFingerprint } = configuration;
  const { host, caCertificate, nightly } = settings;
  const access = {
    pveEndpoint: host.api,
    ...defined({ pveApiToken }),
    ...defined({ pveCaCertificate: caCertificate }),
  };
  if (rebuild !== undefined) {
    declareRebuiltGuests(access, rebuild);
    return { protectedGuests: [], machine: NO_CLOUD };
  }
  const machine = declareCloud(configuration);
  const vmids = serving.guests.map(({ guest }) => parseGuestId(guest).vmid);
  if (vmids.length === 0) return { protectedGuests: [], machine };
  const provider = new Provider("host", {
    ...access,
    keyFile: keyFiles.file,
    keyIdentityFile: keyFiles.identityFile,
    ...decided(configuration),
  });
  const opts = { providers: [provider] };
  const { address, port, fingerprint, datastore, namespace, authId, storage: name, schedule } = nightly;
  const place = { server: { address, port, ...defined({ fingerprint }) }, namespace };
  const given = {
    datastore: { datastore: pulumi.output(datastore) },
    login: { tokenId: pulumi.output(authId), secret: configuration.nightlySecret ?? pulumi.secret("") },
  };
  const encryptionKey = new EncryptionKey("backup", { fingerprint: keyFingerprint }, opts);
  const storage = new PbsStorage(name, { storage: name, ...place, ...given, encryptionKey }, opts);
  const comment = `guests of ${settings.home}`;
  new BackupJob("nightly", { jobId: name, storage, vmids, schedule, comment }, opts);
  return { protectedGuests: vmids.toSorted((a, b) => a - b), machine };
}
