import * as z from "zod";

import { type PbsDatastore } from "../clients/pbs-shapes";
import { given, text, type Fields } from "./fields";
import { comment, SCHEDULE } from "./input-text";
import { demandSight, type Site } from "./site";
import { refuseWrittenInto } from "./use";
import { written } from "./written";

/** What may change of a datastore, wherever its chunks lie. */
const SETTINGS = z.object({
  comment: comment(128).optional(),
  gcSchedule: SCHEDULE.optional(),
  verifyNew: z.boolean().optional(),
});

/** The datastore of a name, in the fields of its kind; undefined when it is certain that there is none. */
export async function lookForDatastore(
  site: Site,
  identity: Fields,
  fieldsOf: (found: PbsDatastore) => Fields,
): Promise<Fields | undefined> {
  const name = text(identity, "name");
  const found = (await site.pbs().datastores()).find((candidate) => candidate.name === name);
  if (found !== undefined) return fieldsOf(found);
  await demandSight(site.pbs(), `/datastore/${name}`, "Datastore.Audit");
  return undefined;
}

/** What every datastore shows of itself. */
export function commonFieldsOf(found: PbsDatastore): Fields {
  const { name, path, comment: words, "gc-schedule": gcSchedule, "verify-new": verifyNew } = found;
  return given({ name, path, comment: words, gcSchedule, verifyNew });
}

/** What may change of it, in PBS' words. */
export function datastoreSettings(wanted: Fields) {
  const { comment: words, gcSchedule, verifyNew } = SETTINGS.parse(wanted);
  return { comment: words, "gc-schedule": gcSchedule, "verify-new": verifyNew };
}

/** Writes what may change of it. */
export async function changeDatastore(site: Site, wanted: Fields): Promise<void> {
  const { set, unset } = written(datastoreSettings(wanted));
  await site.pbs().updateDatastore(text(wanted, "name"), set, unset);
}

/** Ends a datastore that nobody writes into; what lies in it stays. @param kind Type of the object, `pbs:Datastore`. */
export async function forgetDatastore(site: Site, kind: string, living: Fields): Promise<void> {
  const name = text(living, "name");
  await refuseWrittenInto(site, `${kind}/${name}`, name);
  const upid = await site.pbs().forgetDatastore(name);
  await site.pbs().taskEnd(upid, { interval: site.pause, onLine: site.progress });
}
