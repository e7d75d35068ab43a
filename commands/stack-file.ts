import { existsSync, readFileSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";

import { parse } from "yaml";

import { InvalidSite } from "../estate/problem";
import { parseSettings, type Settings } from "../estate/settings";

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
 * Settings of a stack from its file, for commands that run beside Pulumi.
 * @throws {InvalidSite} Naming every key that is missing, unknown or malformed.
 */
export function readStackFile(path: string): Settings {
  const file = parse(readFileSync(path, "utf8")) as { config?: Record<string, unknown> } | null;
  const parsed = parseSettings(file?.config?.[`${PROJECT}:settings`]);
  if (parsed.ok) return parsed.value;
  throw new InvalidSite(basename(path), parsed.problems);
}
