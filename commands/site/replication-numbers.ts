import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { failoverOf } from "../../estate/failover";
import { REPLICATION_JOBS_FILE } from "../../estate/replication-jobs";
import { type Settings } from "../../estate/settings";
import { readSiteFolder } from "../../estate/site-folder";
import { writeWhole } from "../whole-file";

/**
 * Writes down in the site's folder which number the replication job to each node has, before a job is made: the number is the node's
 * for good. A folder that cannot be read is left to the program, which says what is wrong with it.
 */
export function keepReplicationNumbers(folder: string, settings: Pick<Settings, "failover">): void {
  const site = readSiteFolder(folder);
  if (!site.ok) return;
  const { inventory, observation, replicationJobs: kept } = site.value;
  const { replicationJobs } = failoverOf(settings, inventory, observation, kept);
  if (Object.keys(replicationJobs).length === 0) return;
  const path = join(folder, REPLICATION_JOBS_FILE);
  const text = `${JSON.stringify(replicationJobs, null, 2)}\n`;
  if (existsSync(path) && readFileSync(path, "utf8") === text) return;
  writeWhole(path, text);
}
