import * as pulumi from "@pulumi/pulumi";

import { BucketCopy, Verification, type Datastore } from "../components";
import { type BucketCopySettings } from "../estate/offsite-settings";
import { defined } from "../estate/units/defined";
import { type Configuration } from "./config";

/** Copies of the site's backups in buckets, each filled by the site's own backup server. */
export function declareBuckets(
  { estate, secrets }: Configuration,
  source: Datastore,
  opts: pulumi.ComponentResourceOptions,
): void {
  for (const copy of estate.buckets) {
    const { name, bucket, into, mode, reattach, jobs } = copy;
    const { schedule, pruneSchedule, garbageCollection, retention: keep } = jobs;
    const former = copy.formerKey !== undefined && {
      formerKey: { accessKey: copy.formerKey, secretKey: secrets.formerBuckets[name] ?? pulumi.secret("") },
    };
    const how = { mode, schedule, pruneSchedule, garbageCollection, ...former, ...defined({ reattach, keep }) };
    const key = { accessKey: bucket.accessKey, secretKey: secrets.buckets[name] ?? pulumi.secret("") };
    const where = { datastore: into.datastore, cache: into.path, place: placeOf(copy) };
    const declared = new BucketCopy(name, { source, ...where, ...key, ...how }, opts);
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

function placeOf({ bucket }: BucketCopySettings) {
  const { endpoint, port, region, fingerprint, name, quirks } = bucket;
  return { endpoint, port, region, bucket: name, quirks, ...defined({ fingerprint }) };
}
