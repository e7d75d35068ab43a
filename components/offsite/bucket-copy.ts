import * as pulumi from "@pulumi/pulumi";

import { defined } from "../../estate/units/defined";
import { DEFAULT_RETENTION, type Retention as KeepCounts } from "../../estate/units/retention";
import * as pbs from "../../provider/sdk/pbs";
import * as s3 from "../../provider/sdk/s3";
import * as sync from "../../provider/sdk/sync";
import { type Datastore } from "../backup/datastore";
import { DATA_GUARD } from "../internal/data-guard";
import { fingerprintProblems, identifierProblems } from "../internal/identifiers";
import { rejectProblems, type Problem } from "../internal/problems";

/** Where a bucket lies. */
export interface BucketPlace {
  /** Host, such as `{{bucket}}.s3.{{region}}.amazonaws.com`; without `{{bucket}}` the bucket stands in the path. */
  readonly endpoint: string;
  /** TCP port. @default 443 */
  readonly port?: number;
  /** Region, as the provider calls it. */
  readonly region: string;
  /** SHA-256 of the provider's certificate. @default - the system's CAs decide */
  readonly fingerprint?: string;
  /** Bucket, which exists already, versioned, without Object Lock and without a cold tier. */
  readonly bucket: string;
  /** What the provider does otherwise than AWS. @default - nothing */
  readonly quirks?: readonly ("skip-if-none-match-header" | "delete-objects-via-delete-object")[];
}

/** The key of a server that is gone. */
export interface FormerBucketKey {
  /** Access key, the part that is no secret. */
  readonly accessKey: string;
  /** Its secret. */
  readonly secretKey: pulumi.Input<string>;
}

/** Arguments of {@link BucketCopy}. */
export interface BucketCopyArgs {
  /** Datastore of this PBS whose backups are copied. */
  readonly source: Datastore;
  /** Where they go. **Cannot be changed**: another bucket is another copy. */
  readonly place: BucketPlace;
  /** Access key of this PBS. */
  readonly accessKey: string;
  /** Secret of that key. */
  readonly secretKey: pulumi.Input<string>;
  /** Datastore on this PBS, and prefix in the bucket. **Cannot be changed.** */
  readonly datastore: string;
  /** Directory of its cache on this PBS, best on a disk of its own with 64 to 128 GiB. **Cannot be changed.** */
  readonly cache: string;
  /** What the key may do, which is tried at each change: `append-only` never deletes. @default "append-only" */
  readonly mode?: "append-only" | "ordinary";
  /** Host whose datastore in the bucket is taken up, or `nobody`; counts when it is made. @default - a new one */
  readonly reattach?: string;
  /**
   * Key of that host: a write with it has to be refused before its datastore is taken up. Not needed any more once it is.
   * @default - none; then it takes an acceptance to take one up
   */
  readonly formerKey?: FormerBucketKey;
  /** When it is filled, as a calendar event in this PBS's local time. @default "06:00" */
  readonly schedule?: string;
  /** Groups copied at once, 1 to 32. @default 1 */
  readonly workerThreads?: number;
  /** What an ordinary bucket keeps; an append-only one is cleaned from outside. @default - 7 days, 4 weeks, 12 months, years for ever */
  readonly keep?: KeepCounts;
  /** When an ordinary bucket is pruned. @default "09:30" */
  readonly pruneSchedule?: string;
  /** When an ordinary bucket is freed of what pruning left. @default "10:30" */
  readonly garbageCollection?: string;
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
    const { datastore, cache: path, mode = "append-only", reattach, formerKey, garbageCollection = "10:30" } = args;
    const former = formerKey && { formerKey: formerKey.accessKey, formerSecretKey: formerKey.secretKey };
    const { endpoint, port, region, fingerprint, bucket, quirks } = args.place;
    const reached = { endpoint, region, accessKey: args.accessKey, ...defined({ port, fingerprint }) };
    const login = { ...reached, secretKey: args.secretKey };
    const provider = new s3.S3Endpoint(
      name,
      { endpointId: name, ...login, ...defined({ quirks: quirks && [...quirks] }) },
      guarded,
    );
    const isOrdinary = mode === "ordinary";
    const store = new s3.S3Datastore(
      name,
      {
        ...{ name: datastore, path, endpointId: provider.endpointId, bucket, mode, ...login },
        ...{ ...former, ...defined({ reattach, gcSchedule: isOrdinary ? garbageCollection : undefined }) },
      },
      guarded,
    );
    if (isOrdinary) {
      const { keep = DEFAULT_RETENTION, pruneSchedule: schedule = "09:30" } = args;
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
  const { place, datastore, cache, accessKey, formerKey, workerThreads = 1 } = args;
  const { endpoint, region, fingerprint, bucket } = place;
  const problems: Problem[] = [
    ...identifierProblems("pbsId", "datastore", datastore),
    ...identifierProblems("path", "cache", cache),
    ...(fingerprint === undefined ? [] : fingerprintProblems("place.fingerprint", fingerprint)),
  ];
  const say = (path: string, reason: string): unknown => problems.push({ path, reason });
  if (!/^(?:\{\{bucket\}\}\.)?[A-Za-z0-9.{}-]+$/.test(endpoint)) {
    say("place.endpoint", `expected a host such as "{{bucket}}.s3.{{region}}.amazonaws.com", got "${endpoint}"`);
  }
  if (!/^[_a-z\d][-_a-z\d]{0,31}$/.test(region))
    say("place.region", `expected a region such as "eu-central-1", got "${region}"`);
  if (!/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(bucket)) {
    say("place.bucket", `expected 3 to 63 small letters, digits, "-" or ".", got "${bucket}"`);
  }
  if (accessKey === "") say("accessKey", "expected the access key of this PBS, got nothing");
  if (formerKey?.accessKey === accessKey)
    say("accessKey", `expected a key of this PBS's own, and ${accessKey} is that of the host that is gone`);
  if (!Number.isInteger(workerThreads) || workerThreads < 1 || workerThreads > 32) {
    say("workerThreads", `expected a whole number from 1 to 32, got ${workerThreads}`);
  }
  return problems;
}
