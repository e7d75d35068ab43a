import * as pulumi from "@pulumi/pulumi";

import {
  BucketDatastore,
  CopyDataset,
  Datastore,
  PulledCopy,
  Retention,
  Verification,
  type NodeShell,
} from "../components";
import { copyBucketOf } from "../estate/copy-buckets";
import { type CopySource } from "../estate/copy-source-settings";
import { defined } from "../estate/units/defined";
import { bucketArgs, type BucketSecrets } from "./bucket-args";

/** The machine that keeps copies. */
export interface CopyMachine {
  /** Links over which they are fetched, each known once it is up. */
  readonly links: readonly pulumi.Output<string>[];
  /** Way to its root shell; undefined where there is none. */
  readonly shell: NodeShell | undefined;
}

/** Secrets with which copies are fetched and kept, by the name of the source. */
export interface CopyLogins {
  /** Of each source's token. */
  readonly readers: Readonly<Record<string, pulumi.Output<string>>>;
  /** Of the keys of buckets in which copies lie. */
  readonly buckets: Readonly<Record<string, BucketSecrets>>;
}

/** Job that fetches each source, by the name of the source. */
export type CopyJobs = pulumi.Output<Readonly<Record<string, string>>>;

/**
 * Copies of other sites on a server of this side: where they lie, how long they stay, that they are reread, and the job that fetches
 * them. What the other site deletes stays here by this side's rules.
 * @param machine What has to be up before, the links over which they are fetched, and the way to the server's shell.
 */
export function declareCopies(
  sources: readonly CopySource[],
  { readers, buckets }: CopyLogins,
  machine: CopyMachine,
  opts: pulumi.ComponentResourceOptions,
): CopyJobs {
  const jobs = sources.map((source) => {
    const own = readers[source.name] ?? pulumi.secret("");
    const secret = pulumi.all([own, pulumi.all([...machine.links])]).apply(([word]) => word);
    return declareSource(source, { secret, shell: machine.shell, keys: buckets[source.name] }, opts);
  });
  return pulumi.all(jobs).apply((pairs) => Object.fromEntries(pairs));
}

/** How one source is fetched and kept. */
interface Ways {
  readonly secret: pulumi.Output<string>;
  readonly shell: CopyMachine["shell"];
  readonly keys: BucketSecrets | undefined;
}

function declareSource(
  source: CopySource,
  { secret, shell, keys }: Ways,
  opts: pulumi.ComponentResourceOptions,
): pulumi.Output<readonly [string, string]> {
  const { name, into, retention: keep, pruneSchedule, verifySchedule, garbageCollection } = source;
  const { datastore: store, path } = into;
  const bucket = copyBucketOf(source);
  const ready = datasetOf(source, shell, opts);
  const datastore =
    bucket === undefined
      ? new Datastore(name, { datastore: store, path, garbageCollection, ...ready }, opts)
      : new BucketDatastore(name, bucketArgs(bucket, keys), opts);
  // Namespaces over there are namespaces here, and each is thinned out.
  const thinning = {
    jobId: `prune-${into.datastore}`,
    schedule: pruneSchedule,
    maxDepth: DEEPEST,
    ...defined({ keep }),
  };
  // With a key that never deletes it could only fail: such a bucket is cleaned from outside.
  if (bucket?.mode !== "append-only") new Retention(name, { datastore, ...thinning }, opts);
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

/** Before the datastore: PBS would make a plain directory there. */
function datasetOf({ name, into }: CopySource, shell: CopyMachine["shell"], opts: pulumi.ComponentResourceOptions) {
  const { path, quota, snapshotDays } = into;
  if (shell === undefined || (quota === undefined && snapshotDays === undefined)) return {};
  const { dataset } = new CopyDataset(name, { shell, path, ...defined({ quota, snapshotDays }) }, opts);
  return { reuse: dataset.apply(() => false) };
}

/** Levels of namespaces that PBS has. */
const DEEPEST = 7;
