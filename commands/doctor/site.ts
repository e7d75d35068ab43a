import { resolve } from "node:path";

import { readSiteFolder, type SiteFolder } from "../../estate/site-folder";
import { type Settings } from "../../estate/settings";
import { readStackFile, projectOf } from "../stack-file";
import { stackSecrets, type Secrets } from "../secrets";

/** A real site, as its files tell of it. */
export interface DoctoredSite {
  /** The settings file. */
  readonly file: string;
  /** The folder that settings name files from. */
  readonly project: string;
  /** Parsed settings. */
  readonly settings: Settings;
  /** The stack's secrets. */
  readonly secrets: Secrets;
  /** Folder of the site's files. */
  readonly folder: string;
  /** What stands in it; undefined when it cannot be read. */
  readonly files: SiteFolder | undefined;
}

/** @throws {InvalidSite} When the settings are not whole. */
export function doctoredSite(settingsFile: string): DoctoredSite {
  const file = resolve(settingsFile);
  const settings = readStackFile(file);
  const project = projectOf(file);
  const folder = resolve(project, settings.site);
  const read = readSiteFolder(folder);
  return { file, project, settings, secrets: stackSecrets(file), folder, files: read.ok ? read.value : undefined };
}

/** Names and addresses of what the stack protects. */
export function protectedBy({ settings, files }: DoctoredSite) {
  const nodes = Object.entries(settings.nodes).flatMap(([name, { api, ssh }]) => [
    name,
    new URL(api).hostname,
    ssh.host,
  ]);
  const { address } = settings.backupServer;
  return {
    hosts: [...nodes, ...(address === undefined ? [] : [address])],
    guests: files?.inventory.guests.map(({ name }) => name) ?? [],
  };
}
