import * as pulumi from "@pulumi/pulumi";

import { defined } from "../../estate/units/defined";
import { DEFAULT_RETENTION, type Retention as KeepCounts } from "../../estate/units/retention";
import * as pbs from "../../provider/sdk/pbs";
import type * as s3 from "../../provider/sdk/s3";
import * as sync from "../../provider/sdk/sync";
import { type Datastore } from "../backup/datastore";
import { bucketStore, bucketStoreProblems, type BucketStoreArgs } from "../internal/bucket-store";
import { DATA_GUARD } from "../internal/data-guard";
import { rejectProblems, type Problem } from "../internal/problems";

/** Arguments of {@link BucketCopy}. */
export interface BucketCopyArgs extends BucketStoreArgs {
  /** Datastore of this PBS whose backups are copied. */
  readonly source: Datastore;
  /** When it is filled, as a calendar event in this PBS's local time. @default "06:00" */
  readonly schedule?: string;
  /** Groups copied at once, 1 to 32. @default 1 */
  readonly workerThreads?: number;
  /** What an ordinary bucket keeps; an append-only one is cleaned from outside. @default - 7 days, 4 weeks, 12 months, years for ever */
  readonly keep?: KeepCounts;
  /** When an ordinary bucket is pruned. @default "09:30" */
  readonly pruneSchedule?: string;
}

/**
 * A copy of a datastore's backups in an S3 bucket, filled by this PBS itself.
 *
 * With an append-only key whoever takes home over can delete none of them, and overwrites are undone from versions; pruning and
 * garbage collection are left out, because they could only fail. Only what is encrypted is copied: the provider reads none of it.
 *
 * @see https://pbs.proxmox.com/docs/storage.html#datastores-with-s3-backend
 */
export class BucketCopy extends pulumi.ComponentResource {
  /** Name of the datastore in the bucket, known once it is there. */
  public readonly datastore: pulumi.Output<string>;
  /** Identifier of the job that fills it. */
  public readonly syncJob: pulumi.Output<string>;

  constructor(name: string, args: BucketCopyArgs, opts?: pulumi.ComponentResourceOptions) {
    super("tappaas:offsite:BucketCopy", name, {}, opts);
    rejectProblems(this, `BucketCopy "${name}"`, bucketCopyProblems(args));

    const guarded = { parent: this, ...DATA_GUARD };
    const store = this.declareStore(name, args, guarded);
    const { source, schedule = "06:00", workerThreads } = args;
    const promises = { encryptedOnly: true, removeVanished: false, resyncCorrupt: true };
    const from = { remoteStore: source.datastore, ...defined({ workerThreads }) };
    const job = new sync.SyncJob(
      name,
      { jobId: `to-${args.datastore}`.slice(0, LONGEST_ID), store: store.name, ...from, schedule, ...promises },
      { parent: this },
    );
    this.datastore = store.name;
    this.syncJob = job.jobId;

    this.registerOutputs({ datastore: this.datastore, syncJob: this.syncJob });
  }

  private declareStore(name: string, args: BucketCopyArgs, guarded: pulumi.CustomResourceOptions): s3.S3Datastore {
    const store = bucketStore(name, args, guarded);
    if (args.mode === "ordinary") {
      const { datastore, keep = DEFAULT_RETENTION, pruneSchedule: schedule = "09:30" } = args;
      const jobId = `prune-${datastore}`.slice(0, LONGEST_ID);
      new pbs.PruneJob(name, { jobId, store: store.name, schedule, ...keep, maxDepth: DEEPEST }, { parent: this });
    }
    return store;
  }
}

/** Longest identifier of PBS. */
const LONGEST_ID = 32;
/** Levels of namespaces that PBS has. */
const DEEPEST = 7;

/** All that is wrong with `args`; empty when they can be declared. Needs no Pulumi runtime. */
export function bucketCopyProblems(args: Omit<BucketCopyArgs, "source" | "secretKey">): Problem[] {
  const { workerThreads = 1 } = args;
  const problems = bucketStoreProblems(args);
  if (!Number.isInteger(workerThreads) || workerThreads < 1 || workerThreads > 32) {
    problems.push({ path: "workerThreads", reason: `expected a whole number from 1 to 32, got ${workerThreads}` });
  }
  return problems;
}
