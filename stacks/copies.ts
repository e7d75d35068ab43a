import * as pulumi from "@pulumi/pulumi";

import { CopyDataset, Datastore, PulledCopy, Retention, Verification, type NodeShell } from "../components";
import { type CopySource } from "../estate/copy-source-settings";
import { defined } from "../estate/units/defined";

/** The machine that keeps copies. */
export interface CopyMachine {
  /** Links over which they are fetched, each known once it is up. */
  readonly links: readonly pulumi.Output<string>[];
  /** Way to its root shell; undefined where there is none. */
  readonly shell: NodeShell | undefined;
}

/** Job that fetches each source, by the name of the source. */
export type CopyJobs = pulumi.Output<Readonly<Record<string, string>>>;

/**
 * Copies of other sites on a server of this side: where they lie, how long they stay, that they are reread, and the job that fetches
 * them. What the other site deletes stays here by this side's rules.
 * @param readers Secret of each source's token, by the name of the source.
 * @param machine What has to be up before, the links over which they are fetched, and the way to the server's shell.
 */
export function declareCopies(
  sources: readonly CopySource[],
  readers: Readonly<Record<string, pulumi.Output<string>>>,
  machine: CopyMachine,
  opts: pulumi.ComponentResourceOptions,
): CopyJobs {
  const jobs = sources.map((source) => {
    const own = readers[source.name] ?? pulumi.secret("");
    const secret = pulumi.all([own, pulumi.all([...machine.links])]).apply(([word]) => word);
    return declareSource(source, { secret, shell: machine.shell }, opts);
  });
  return pulumi.all(jobs).apply((pairs) => Object.fromEntries(pairs));
}

function declareSource(
  source: CopySource,
  { secret, shell }: { readonly secret: pulumi.Output<string>; readonly shell: CopyMachine["shell"] },
  opts: pulumi.ComponentResourceOptions,
): pulumi.Output<readonly [string, string]> {
  const { name, into, retention: keep, pruneSchedule, verifySchedule, garbageCollection } = source;
  const { datastore: store, path } = into;
  const ready = datasetOf(source, shell, opts);
  const datastore = new Datastore(name, { datastore: store, path, garbageCollection, ...ready }, opts);
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

/** Before the datastore: PBS would make a plain directory there. */
function datasetOf({ name, into }: CopySource, shell: CopyMachine["shell"], opts: pulumi.ComponentResourceOptions) {
  const { path, quota, snapshotDays } = into;
  if (shell === undefined || (quota === undefined && snapshotDays === undefined)) return {};
  const { dataset } = new CopyDataset(name, { shell, path, ...defined({ quota, snapshotDays }) }, opts);
  return { reuse: dataset.apply(() => false) };
}

/** Levels of namespaces that PBS has. */
const DEEPEST = 7;
