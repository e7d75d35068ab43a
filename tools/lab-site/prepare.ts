import { existsSync } from "node:fs";
import { join } from "node:path";

import { startLab, type LabSheet } from "./lab";
import { placesOf, REPOSITORY, type Places } from "./places";
import { labStack, type LabStack, type Program } from "./stack";
import { writeLabStack } from "./written-stack";

/** A lab site on which something can be run. */
export interface LabSite {
  /** Files that are its own. */
  readonly places: Places;
  /** What its machines say of themselves. */
  readonly sheet: LabSheet;
  /** The engine on it. */
  readonly stack: LabStack;
}

/** What stands on a lab site: a program of some checkout, on machines as they are on a first day. */
export interface Standing {
  /** What is run. @default - the reference site of this checkout */
  readonly program?: Program;
  /** File with the machines on their first day. @default - the reference site's */
  readonly day?: string | undefined;
  /** First three numbers of the lab's addresses. @default - what LAB_PREFIX says, else 127.0.0 */
  readonly prefix?: string | undefined;
}

/** Reference sites, each with the stack of its name, and the first three numbers of its addresses on the lab. */
export const REFERENCE_SITES = { "single-node": "127.0.0", "three-node": "127.0.3" } as const;

/** Name of a reference site. */
export type ReferenceSite = keyof typeof REFERENCE_SITES;

/** Whether there is a reference site of this name. */
export function isReferenceSite(name: string): name is ReferenceSite {
  return name in REFERENCE_SITES;
}

/** What stands on the lab for a reference site of this checkout. */
export function referenceStanding(name: ReferenceSite): Standing {
  const program = { repository: REPOSITORY, stack: name };
  return { program, day: join(REPOSITORY, "lab/sites", `${name}.json`), prefix: REFERENCE_SITES[name] };
}

/** Makes a lab site ready: engine, machines, key, settings. What is there already is kept. */
export async function prepareLabSite(
  places: Places = placesOf(),
  { program, day, prefix }: Standing = {},
): Promise<LabSite> {
  const stack = await labStack(places, program);
  const sheet = await startLab(places, day, prefix);
  const fingerprint = await ensureKey(places, sheet, stack);
  await writeLabStack(places, sheet, stack, fingerprint);
  return { places, sheet, stack };
}

/** Mints the key of a new lab site with the project's own command, but no paper; a key that is there is only read. */
async function ensureKey(places: Places, sheet: LabSheet, stack: LabStack): Promise<string> {
  const files = ["--key-file", places.keyFile, "--identity-file", places.identityFile];
  const [server] = Object.values(sheet.pbs);
  const verb = existsSync(places.keyFile)
    ? ["key", "show", ...files]
    : ["key", "mint", ...files, "--escrow-file", places.escrowFile, "--site", stack.program.stack];
  const where = [
    "--pbs",
    server?.address ?? "",
    "--pbs-fingerprint",
    server?.fingerprint ?? "",
    "--datastore",
    "tappaas_backup",
  ];
  const env = { TAPPAAS_REHEARSAL: "1" };
  const ran = await stack.command([...verb, ...(verb.includes("mint") ? where : []), "--json"], { quiet: true, env });
  if (ran.code !== 0) throw new Error(ran.stderr.trim());
  return (JSON.parse(ran.stdout) as { fingerprint: string }).fingerprint;
}

/** Looks at the site and writes down what it has, as `make observe` does. */
export async function observeLabSite({ stack, places }: LabSite, quiet = false): Promise<number> {
  const { code, stderr } = await stack.command(["observe", "--settings", places.stackFile], { quiet });
  if (code !== 0 && quiet) process.stderr.write(stderr);
  return code;
}
