import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { valueOf } from "../estate/problem";
import { NO_RECORD, parsePlanningRecord, PLANNING_FILE, type PlanningRecord } from "../planning/record";
import { writeWholeJson } from "./whole-file";

/** What the owner of a site measured and knows of it. @throws {InvalidSite} When the file is there and is not what it should be. */
export function readPlanning(siteFolder: string): PlanningRecord {
  const file = join(siteFolder, PLANNING_FILE);
  if (!existsSync(file)) return NO_RECORD;
  return valueOf(parsePlanningRecord(JSON.parse(readFileSync(file, "utf8")) as unknown), PLANNING_FILE);
}

/** Writes it, whole or not at all. */
export function writePlanning(siteFolder: string, record: PlanningRecord): void {
  const file = join(siteFolder, PLANNING_FILE);
  writeWholeJson(file, record);
}
