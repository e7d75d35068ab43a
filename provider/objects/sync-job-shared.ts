import * as z from "zod";

import { type PbsSyncJob } from "../clients/pbs-shapes";
import { text, unordered, type Fields } from "./fields";
import { demandSight, type Site } from "./site";

/** An amount a second, where there is a limit. */
export const RATE = z
  .string()
  .regex(/^\d+(?:\.\d+)? ?(?:[KMGT]i?)?B$/, 'expected an amount a second such as "10 MB"')
  .optional();

/** The sync job of an identifier, in the fields of its kind; undefined when it is certain that there is none. */
export async function lookForJob(
  site: Site,
  identity: Fields,
  fieldsOf: (job: PbsSyncJob) => Fields,
): Promise<Fields | undefined> {
  const jobId = text(identity, "jobId");
  const found = (await site.pbs().syncJobs()).find(({ id }) => id === jobId);
  if (found !== undefined) return fieldsOf(found);
  // A job shows only to who may see its datastore and its remote, and either may have been changed.
  await demandSight(site.pbs(), "/datastore", "Datastore.Audit", "below");
  await demandSight(site.pbs(), "/remote", "Remote.Audit", "below");
  return undefined;
}

/** `10MB` and `10 MB` are one; PBS writes the second. */
export function rate(value: unknown): unknown {
  return typeof value === "string" ? value.replaceAll(" ", "") : value;
}

/** Why a job that changes copies less than before, as far as it is the same for every direction. */
export function fewerRuns(wanted: Fields, living: Fields): string[] {
  const [filters, before] = [unordered(wanted["groupFilters"]), unordered(living["groupFilters"])];
  return [
    ...(text(wanted, "schedule") === "" && text(living, "schedule") !== "" ? ["the job no longer runs by itself"] : []),
    ...(filters !== undefined && JSON.stringify(filters) !== JSON.stringify(before) ? ["other groups"] : []),
  ];
}
