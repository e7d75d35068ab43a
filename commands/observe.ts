import { renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { type Observation } from "../estate/observation";
import { observeBackupJobs, observeGuests, observePools, observeStorages } from "./observe/sections";
import { nodesOf, rightsOf, type Ask } from "./observe/site";

/** File in a site's folder that holds what was last seen. */
const FILE = "observed.json";

/**
 * Looks at a site and returns what it has, with the date. It reads only.
 *
 * A section is complete when every node was online and the login may see all of it; only then does absence mean anything.
 */
export async function observe(ask: Ask, site: string, now: Date = new Date()): Promise<Observation> {
  const nodes = await nodesOf(ask);
  const rights = await rightsOf(ask);
  const online = nodes.every((node) => node.online);
  const names = nodes.filter((node) => node.online).map(({ name }) => name);
  return {
    version: 1,
    takenAt: now.toISOString(),
    site,
    pools: { complete: online && rights.has("/nodes", "Sys.Audit"), items: await observePools(ask, names) },
    storages: { complete: rights.has("/storage", "Datastore.Audit"), items: await observeStorages(ask) },
    guests: { complete: online && rights.has("/vms", "VM.Audit"), items: await observeGuests(ask) },
    backupJobs: { complete: rights.has("/", "Sys.Audit"), items: await observeBackupJobs(ask) },
  };
}

/** Puts an observation into the site's folder, whole or not at all. */
export function writeObservation(folder: string, observation: Observation): string {
  const path = join(folder, FILE);
  writeFileSync(`${path}.new`, `${JSON.stringify(observation, null, 2)}\n`);
  renameSync(`${path}.new`, path);
  return path;
}

/** What was seen, in lines for a person. */
export function observationSummary({ pools, storages, guests, backupJobs }: Observation): string[] {
  const sections = { pools, storages, guests, ...(backupJobs !== undefined && { "backup jobs": backupJobs }) };
  return Object.entries(sections).map(([name, { complete, items }]) => {
    const doubt = complete
      ? ""
      : "  INCOMPLETE: a node was off, or this login may not see all; what is missing here may exist";
    return `${name.padEnd(12)} ${String(items.length).padStart(4)}${doubt}`;
  });
}
