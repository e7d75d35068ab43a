import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";

import { parse } from "yaml";

import { valueOf } from "../estate/problem";
import { roleOf } from "../estate/roles";
import { parseBucketStackSettings } from "../estate/bucket-stack-settings";
import { parseDrHostSettings } from "../estate/dr-host-settings";
import { type AnySettings } from "../estate/any-settings";
import { parseSettings, type Settings } from "../estate/settings";
import { parseVaultSettings } from "../estate/vault-settings";
import { asWritten } from "../estate/units/written-moment";

/** Name under which a stack's file keeps its values: the project's. */
export const PROJECT = "tappaas-resilience";

/** The repository: settings name files from there. */
export const REPOSITORY = resolve(__dirname, "..");

/** The folder that settings files name other files from: their own where it holds a project, else the repository. */
export function projectOf(settingsFile: string): string {
  const folder = dirname(resolve(settingsFile));
  return existsSync(join(folder, "Pulumi.yaml")) ? folder : REPOSITORY;
}

/**
 * Settings of a site's stack from its file, for commands that run beside Pulumi.
 * @throws {InvalidSite} Naming every key that is missing, unknown or malformed.
 * @throws {Error} When it is a stack of another role, which has no inventory of its own.
 */
export function readStackFile(path: string): Settings {
  const settings = readAnyStackFile(path);
  if (settings.role === "site") return settings;
  throw new Error(
    `${basename(path)} is the stack of ${WHAT[settings.role]}, and this command is for a site.\n` +
      "Cure: up, preview, drift, down, release and state work on all; name the stack of the site for the others.",
  );
}

/** Stacks whose settings stand in a folder, by name. */
export function stackFilesIn(folder: string): { readonly name: string; readonly file: string }[] {
  return readdirSync(folder)
    .toSorted()
    .flatMap((file) => {
      const name = /^Pulumi\.([\w.-]+)\.yaml$/.exec(file)?.[1];
      return name === undefined ? [] : [{ name, file: join(folder, file) }];
    });
}

/**
 * Settings of a stack of any role.
 * @throws {InvalidSite} Naming every key that is missing, unknown or malformed.
 */
export function readAnyStackFile(path: string): AnySettings {
  const written = writtenSettings(path);
  return valueOf<AnySettings>(parsedBy[roleOf(written)](written), basename(path));
}

/** Settings as a file has them, before anything is asked of them. @throws {Error} When the file is none of YAML. */
export function writtenSettings(path: string): unknown {
  const file = parse(readFileSync(path, "utf8")) as { config?: Record<string, unknown> } | null;
  // `pulumi config set` writes a day that stood in the file in a form of its own.
  return asWritten(file?.config?.[`${PROJECT}:settings`]);
}

const WHAT = {
  vault: "a vault",
  bucket: "a bucket",
  "dr-host": "guests on somebody else's node",
  "dr-cloud": "guests at AWS",
} as const;

const parsedBy = {
  site: parseSettings,
  vault: parseVaultSettings,
  bucket: parseBucketStackSettings,
  "dr-host": parseDrHostSettings,
  "dr-cloud": parseDrHostSettings,
} as const;
