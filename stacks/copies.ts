import * as pulumi from "@pulumi/pulumi";

import { Datastore, PulledCopy, Retention, Verification } from "../components";
import { type CopySource } from "../estate/copy-source-settings";
import { defined } from "../estate/units/defined";

/** Job that fetches each source, by the name of the source. */
export type CopyJobs = pulumi.Output<Readonly<Record<string, string>>>;

/**
 * Copies of other sites on a server of this side: where they lie, how long they stay, that they are reread, and the job that fetches
 * them. What the other site deletes stays here by this side's rules.
 * @param readers Secret of each source's token, by the name of the source.
 * @param ways What has to be up before: the links over which they are fetched.
 */
export function declareCopies(
  sources: readonly CopySource[],
  readers: Readonly<Record<string, pulumi.Output<string>>>,
  ways: readonly pulumi.Output<string>[],
  opts: pulumi.ComponentResourceOptions,
): CopyJobs {
  const jobs = sources.map((source) => {
    const own = readers[source.name] ?? pulumi.secret("");
    const secret = pulumi.all([own, pulumi.all([...ways])]).apply(([word]) => word);
    return declareSource(source, secret, opts);
  });
  return pulumi.all(jobs).apply((pairs) => Object.fromEntries(pairs));
}

function declareSource(
  source: CopySource,
  secret: pulumi.Output<string>,
  opts: pulumi.ComponentResourceOptions,
): pulumi.Output<readonly [string, string]> {
  const { name, into, retention: keep, pruneSchedule, verifySchedule, garbageCollection } = source;
  const datastore = new Datastore(name, { ...into, garbageCollection }, opts);
  // Namespaces over there are namespaces here, and each is thinned out.
  const thinning = {
    jobId: `prune-${into.datastore}`,
    schedule: pruneSchedule,
    maxDepth: DEEPEST,
    ...defined({ keep }),
  };
  new Retention(name, { datastore, ...thinning }, opts);
  new Verification(name, { datastore, jobId: `verify-${into.datastore}`, schedule: verifySchedule }, opts);
  const {
    address,
    port,
    fingerprint,
    namespace,
    schedule,
    groups: groupFilters,
    rateIn,
    workerThreads,
    authId,
  } = source;
  const place = { address, port, datastore: source.datastore, ...defined({ fingerprint, namespace }) };
  const how = { schedule, workerThreads, ...defined({ groupFilters, rateIn }) };
  const copy = new PulledCopy(name, { datastore, from: name, source: place, authId, secret, ...how }, opts);
  return copy.syncJob.apply((job) => [name, job] as const);
}

/** Levels of namespaces that PBS has. */
const DEEPEST = 7;
