import { spawnSync } from "node:child_process";
import { statSync } from "node:fs";
import { basename } from "node:path";

import * as z from "zod";

import { bytesText } from "../report/store-words";

const manifest = z.strictObject({
  /** Form of this file. */
  version: z.literal(1),
  /** Name of the stack, `home` for Pulumi.home.yaml. */
  stack: z.string(),
  /** When it was made, RFC 3339. */
  madeAt: z.string(),
  /** For which machines: `linux-x64`. */
  platform: z.string(),
  /** Commit of the repository. */
  commit: z.string(),
  /** Version of Node.js in it. */
  node: z.string(),
  /** Version of the Pulumi command in it; absent when it has none. */
  pulumi: z.string().optional(),
  /** Plugins in it, with their versions. */
  plugins: z.array(z.string()),
  /** Settings file, from the repository's root. */
  settingsFile: z.string(),
  /** Copy of the state in it; absent when it has none. */
  state: z.string().optional(),
  /** That the state was left out on purpose. */
  withoutState: z.literal(true).optional(),
  /** What should be in it and is not, each with its cure. */
  missing: z.array(z.string()),
});

/** What a bundle says of itself. */
export type Manifest = z.infer<typeof manifest>;

/** Its file in the bundle. */
export const MANIFEST_FILE = "bundle.json";

/** What is in no bundle, and is needed on the day. */
export const NEVER_IN_IT = [
  "the escrow sheet: without the key on it no backup can be read",
  "the passphrase of the stack: it opens the secrets of the settings and the copy of the state",
  "the password or token of a login to the backup server, for PBS_PASSWORD",
] as const;

/** Reads what an archive says of itself. @throws {Error} When it is no bundle. */
export function manifestIn(archive: string): Manifest {
  const { status, stdout } = spawnSync("tar", ["-xOf", archive, "--wildcards", `*/${MANIFEST_FILE}`], {
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(`${archive} is no bundle.\nCure: make bundle SITE=… OUT=… makes one.`);
  return manifest.parse(JSON.parse(stdout));
}

/** Size, age, platform and what is missing, for a person. */
export function manifestLines(made: Manifest, archive: string, now = new Date()): string[] {
  const days = Math.floor((now.getTime() - Date.parse(made.madeAt)) / 86_400_000);
  const engine = made.pulumi === undefined ? "no Pulumi" : `Pulumi ${made.pulumi}`;
  return [
    `${archive}: ${bytesText(statSync(archive).size)}, made ${days === 0 ? "today" : `${days} days ago`} (${made.madeAt}), for ${made.platform}`,
    `  commit ${made.commit.slice(0, 12)}, Node.js ${made.node}, ${engine}, ${made.plugins.join(", ") || "no plugins"}`,
    ...(made.withoutState === true ? ["  without the state, as it was asked for"] : []),
    ...(made.missing.length === 0
      ? ["  Nothing is missing that it can hold."]
      : made.missing.map((one) => `  MISSING: ${one}`)),
    ...NEVER_IN_IT.map((one) => `  never in it: ${one}`),
    "Try it on a machine without network, in an empty folder (START-HERE.txt says the same):",
    `  tar -xf ${basename(archive)} && cd ${folderOf(made.stack)} && sh open.sh && . ./environment && cd resilience`,
    `  node --import=tsx commands/main.ts runbook ${whichStack(made)}`,
  ];
}

/** Folder that the archive unpacks to. */
export function folderOf(stack: string): string {
  return `tappaas-bundle-${stack}`;
}

/** How commands name the stack. */
export function whichStack({ settingsFile, stack }: Pick<Manifest, "settingsFile" | "stack">): string {
  return settingsFile === `Pulumi.${stack}.yaml` ? `--stack ${stack}` : `--settings ${settingsFile}`;
}
