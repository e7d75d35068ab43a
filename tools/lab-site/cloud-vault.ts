import { readFileSync } from "node:fs";
import { join } from "node:path";
import { relative } from "node:path/posix";

import { startLab, type LabSheet } from "./lab";
import { placesOf, REPOSITORY } from "./places";
import { type LabSite } from "./prepare";
import { labStack, type Program } from "./stack";
import { PROJECT, writeConfig, writtenStack } from "./stack-settings";
import { VAULT_STACK, type LabSource } from "./vault";
import { copySite, initialise, writeTrust } from "./written-stack";

/** Program of the vault: this checkout, with the settings of Pulumi.offsite.yaml. */
const PROGRAM: Program = { repository: REPOSITORY, stack: VAULT_STACK };

interface WrittenVault {
  readonly sources: { readonly home: Record<string, unknown> };
}

/**
 * Makes a vault's stack ready whose machine is still to be made, on a lab that stands in for AWS.
 * @param name Folder of the lab site.
 * @param prefix First three numbers of its addresses.
 * @param home What it is told of the site that it fetches from. @default - it fetches from nobody
 * @param holds Copies of sites that are gone, as its settings name them.
 */
export async function prepareCloudVault(
  name: string,
  prefix: string,
  home?: LabSource,
  holds: Readonly<Record<string, object>> = {},
): Promise<LabSite> {
  const places = placesOf(name, VAULT_STACK);
  const stack = await labStack(places, PROGRAM);
  const sheet = await startLab(places, join(REPOSITORY, "lab/sites/offsite-aws.json"), prefix);
  const written = writtenStack(PROGRAM);
  copySite(places, PROGRAM, written);
  await initialise(places, stack);
  const { sources, ...rest } = written.config[`${PROJECT}:settings`] as WrittenVault & Record<string, unknown>;
  Reflect.deleteProperty(rest, "backupServer");
  const settings = {
    ...rest,
    site: relative(REPOSITORY, places.site),
    machine: machineOn(sheet),
    caCertificate: readFileSync(sheet.ca, "utf8"),
    sources: home === undefined ? {} : { home: sourceOf(sources.home, home) },
    holds,
  };
  const reader: Record<string, string> = home === undefined ? {} : { homeReader: home.secret };
  const logins = { awsSecretKey: accountOf(sheet).owner.secretKey, ...reader };
  await writeConfig(places, logins, stack, settings, written);
  await writeTrust(places, stack);
  return { places, sheet, stack };
}

function sourceOf(written: Record<string, unknown>, { address, fingerprint, authId }: LabSource) {
  const into = { datastore: "home-copies", path: "/vault/home-copies", quota: "80 GiB", snapshotDays: 30 };
  return { ...written, address, fingerprint, authId, into };
}

function machineOn(sheet: LabSheet) {
  const { address, port, region, owner } = accountOf(sheet);
  const publicKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ7u5KJfT6E1mXh0t1d5W0cJv9M0r5mYQb2nZ2sQ8V1B owner";
  return { region, publicKey, accessKey: owner.accessKey, api: `https://${address}:${port}` };
}

function accountOf({ aws }: LabSheet) {
  if (aws === undefined) throw new Error("The lab has no account with AWS.");
  return aws;
}
