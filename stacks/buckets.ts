import type * as pulumi from "@pulumi/pulumi";

import { BucketCopy, Verification, type Datastore } from "../components";
import { type BucketCopySettings } from "../estate/offsite-settings";
import { defined } from "../estate/units/defined";
import { bucketArgs } from "./bucket-args";
import { type Configuration } from "./config";

/** Copies of the site's backups in buckets, each filled by the site's own backup server. */
export function declareBuckets(
  { estate, secrets }: Configuration,
  source: Datastore,
  opts: pulumi.ComponentResourceOptions,
): void {
  for (const copy of estate.buckets) {
    const { name, jobs } = copy;
    const { schedule, pruneSchedule, retention: keep } = jobs;
    const how = { schedule, pruneSchedule, ...defined({ keep }) };
    const where = bucketArgs(copy, secrets.buckets[name]);
    const declared = new BucketCopy(name, { source, ...where, ...how }, opts);
    declareVerification(copy, declared, opts);
  }
}

/** Rereading fetches every chunk: only where the settings ask for it. */
function declareVerification(
  { name, into, jobs }: BucketCopySettings,
  datastore: BucketCopy,
  opts: pulumi.ComponentResourceOptions,
): void {
  if (jobs.verifySchedule === undefined) return;
  const jobId = `verify-${into.datastore}`.slice(0, LONGEST_ID);
  new Verification(name, { datastore, jobId, schedule: jobs.verifySchedule }, opts);
}

/** Longest identifier of PBS. */
const LONGEST_ID = 32;
