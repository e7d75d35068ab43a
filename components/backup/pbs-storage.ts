import * as pulumi from "@pulumi/pulumi";

import { defined } from "../../estate/units/defined";
import { bracketed } from "../../estate/units/web-address";
import * as pve from "../../provider/sdk/pve";
import { DATA_GUARD } from "../internal/data-guard";
import { fingerprintProblems, identifierProblems } from "../internal/identifiers";
import { rejectProblems, type Problem } from "../internal/problems";
import { type BackupLogin } from "./backup-login";
import { type Datastore } from "./datastore";
import { type EncryptionKey } from "./encryption-key";

/** A Proxmox Backup Server as PVE reaches it. */
export interface PbsAddress {
  /** Name or address. **Cannot be changed on a storage that exists.** */
  readonly address: string;
  /** TCP port. @default 8007 */
  readonly port?: number;
  /** SHA-256 fingerprint of its certificate; leave it out only when the certificate is publicly trusted. @default - system CAs */
  readonly fingerprint?: pulumi.Input<string>;
}

/** Arguments of {@link PbsStorage}. */
export interface PbsStorageArgs {
  /** Identifier of the storage entry in PVE; TAPPaaS says `tappaas_backup`. */
  readonly storage: string;
  /** Server that holds the datastore. */
  readonly server: PbsAddress;
  /** Datastore on it. **Cannot be changed on a storage that exists.** */
  readonly datastore: Pick<Datastore, "datastore">;
  /** Login with which PVE writes. A new token is switched in place, without a night on which neither works. */
  readonly login: Pick<BackupLogin, "tokenId" | "secret">;
  /** Key with which the nodes encrypt. It is set and compared at `up`; the entry is never deleted and made anew, which would lose it. */
  readonly encryptionKey: EncryptionKey;
  /** Namespace in the datastore, `a/b`. @default - the root namespace */
  readonly namespace?: string;
}

/**
 * The PVE storage entry through which every node reaches a datastore, with login, certificate fingerprint and key.
 *
 * Made for all nodes of the cluster on purpose: a node that joins later then backs up, too.
 *
 * @see https://pve.proxmox.com/pve-docs/chapter-pvesm.html#storage_pbs
 */
export class PbsStorage extends pulumi.ComponentResource {
  /** Identifier of the storage entry, known once it can be used. */
  public readonly storage: pulumi.Output<string>;
  /** Where and as whom the nodes write, as Proxmox' backup client names it: `user@realm!token@server:port:datastore`. */
  public readonly repository: pulumi.Output<string>;
  /** Fingerprint of the server's certificate; undefined where the system's CAs decide. */
  public readonly fingerprint: pulumi.Output<string | undefined>;
  /** Namespace in the datastore; undefined for the root. */
  public readonly namespace: string | undefined;
  /** The key that it carries. */
  public readonly encryptionKey: EncryptionKey;

  constructor(name: string, args: PbsStorageArgs, opts?: pulumi.ComponentResourceOptions) {
    super("tappaas:backup:PbsStorage", name, {}, opts);
    rejectProblems(this, `PbsStorage "${name}"`, pbsStorageProblems(args));

    const { storage, server, datastore, login, encryptionKey, namespace } = args;
    const { address, port, fingerprint } = server;
    const place = { server: address, datastore: datastore.datastore, ...defined({ port, fingerprint, namespace }) };
    const access = { username: login.tokenId, password: login.secret };
    const { fingerprint: encryptionKeyFingerprint, masterPublicKey } = encryptionKey;
    const inputs = { storage, ...place, ...access, encryptionKeyFingerprint, ...defined({ masterPublicKey }) };
    const entry = new pve.PbsStorage(name, inputs, { parent: this, ...DATA_GUARD });
    this.storage = entry.storage;
    this.repository = pulumi.interpolate`${login.tokenId}@${bracketed(address)}:${port ?? 8007}:${datastore.datastore}`;
    this.fingerprint = pulumi.output(fingerprint);
    this.namespace = namespace;
    this.encryptionKey = encryptionKey;

    this.registerOutputs({ storage: this.storage });
  }
}

/** All that is wrong with `args`; empty when they can be declared. Needs no Pulumi runtime. */
export function pbsStorageProblems({ storage, server }: Pick<PbsStorageArgs, "storage" | "server">): Problem[] {
  const problems = [
    ...identifierProblems("storage", "storage", storage),
    ...identifierProblems("address", "server.address", server.address),
  ];
  if (typeof server.fingerprint === "string")
    problems.push(...fingerprintProblems("server.fingerprint", server.fingerprint));
  return problems;
}
