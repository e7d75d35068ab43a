import { DEFAULT_RETENTION } from "../../estate/units/retention";
import { seen } from "../../provider/clients/s3-error";
import { markedBy, recordOf, writeCleaned } from "../../provider/objects/s3-marker";
import { type Talk } from "../site/talk";
import { type OpenBucket } from "./bucket-login";
import { cleanPlan, removedIn, type CleanPlan } from "./clean-plan";
import { namedIn, versionsOf } from "./contents";
import { cleanLines } from "./text";

/** How a cleaning ended. */
export type Cleaned = "done" | "planned" | "declined" | "refused";

/** How a cleaning is asked for. */
export interface CleanOrder {
  /** Whether it is only planned. */
  readonly dryRun: boolean;
  /** IANA zone by which the retention counts. */
  readonly timeZone: string;
  /** The moment. */
  readonly now: Date;
}

/** Plans what a cleaning would do. Changes nothing. */
export async function plannedClean({ bucket, copy }: OpenBucket, { timeZone, now }: CleanOrder): Promise<CleanPlan> {
  const versions = await versionsOf(bucket, copy.into.datastore);
  const { undeleteDays, jobs } = copy;
  const rules = { versions, retention: jobs.retention ?? DEFAULT_RETENTION, timeZone };
  const named = await namedIn(bucket, versions, removedIn(rules));
  return cleanPlan({ ...rules, named, undeleteDays, now });
}

/**
 * Cleans a bucket from outside: says what goes, asks, brings back what an index names, deletes what nothing keeps, and lets old
 * versions go after their window. The order is such that it can be interrupted anywhere: snapshots go before their chunks.
 */
export async function clean(open: OpenBucket, order: CleanOrder, talk: Talk): Promise<[Cleaned, CleanPlan]> {
  const plan = await plannedClean(open, order);
  const stranger = await strangerIn(open);
  if (stranger !== undefined) {
    talk.say(stranger);
    return ["refused", plan];
  }
  const ruled = await endedByRule(open);
  if (ruled !== undefined) talk.say(ruled);
  for (const line of cleanLines(open.copy, plan)) talk.say(line);
  if (order.dryRun) return ["planned", plan];
  if (plan.missing.length > 0) {
    talk.say(
      `${plan.missing.length} chunks that backups need are not in the bucket in any version. Nothing was cleaned.\n` +
        "Cure: let home verify the datastore, so that its next run sends them again; or rewind: make bucket-rewind.",
    );
    return ["refused", plan];
  }
  const steps = plan.deleted.length + plan.broughtBack.length + plan.expired.length;
  if (steps === 0) {
    await writeCleaned(open.bucket, open.copy.into.datastore, order.now);
    talk.say("Nothing to clean.");
    return ["done", plan];
  }
  if (!(await talk.confirm(`Clean bucket ${open.bucket.place.bucket}?`))) {
    talk.say("Nothing was changed.");
    return ["declined", plan];
  }
  await carriedOut(open, plan);
  await writeCleaned(open.bucket, open.copy.into.datastore, order.now);
  talk.say("Cleaned. What was deleted can be brought back within its window: make bucket-rewind.");
  return ["done", plan];
}

/** Two servers on one bucket delete each other's backups, and PBS says no word of it: who cleans it looks at the mark. */
async function strangerIn({ bucket, copy }: OpenBucket): Promise<string | undefined> {
  const { datastore } = copy.into;
  const [host, record] = [await markedBy(bucket, datastore), await recordOf(bucket, datastore)];
  if (host === undefined || record === undefined || host === record.host) return undefined;
  return (
    `Datastore ${datastore} was made by ${record.host}, and ${host} has marked it as its own since. Nothing was cleaned.\n` +
    "Cure: stop garbage collection on both, find out which is to keep it, and remove it from the other one."
  );
}

/** A rule of the bucket ends old versions by age alone, also of what somebody overwrote with home's key. */
async function endedByRule({ bucket, copy }: OpenBucket): Promise<string | undefined> {
  const days = copy.mode === "append-only" ? await seen(bucket.undeleteDays()) : undefined;
  if (days === undefined) return undefined;
  return (
    `A lifecycle rule of the bucket ends old versions after ${days} days. Who overwrites every backup with home's key, unseen for so ` +
    "long, has destroyed this copy.\nCure: take the rule for noncurrent versions out. This command lets old versions go and keeps what was overwritten."
  );
}

async function carriedOut({ bucket }: OpenBucket, { broughtBack, deleted, expired }: CleanPlan): Promise<void> {
  await bucket.removeAll(broughtBack);
  const isContent = ({ key }: { readonly key: string }): boolean => key.includes("/.cnt/");
  await bucket.removeAll(deleted.filter(isContent).map(({ key }) => ({ key })));
  await bucket.removeAll(deleted.filter((one) => !isContent(one)).map(({ key }) => ({ key })));
  await bucket.removeAll(expired.map(({ key, versionId }) => ({ key, versionId })));
}
