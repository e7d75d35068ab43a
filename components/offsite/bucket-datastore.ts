import * as pulumi from "@pulumi/pulumi";

import { bucketStore, bucketStoreProblems, type BucketStoreArgs } from "../internal/bucket-store";
import { DATA_GUARD } from "../internal/data-guard";
import { rejectProblems } from "../internal/problems";

/** Arguments of {@link BucketDatastore}. */
export type BucketDatastoreArgs = BucketStoreArgs;

/**
 * A place in an S3 bucket to keep backups, with a cache on the Proxmox Backup Server: where the copies of other sites lie, for a
 * `PulledCopy`, and what a `Retention` and a `Verification` work on.
 *
 * With an append-only key a `Retention` could only fail: leave it out, and clean the bucket from outside. Its data is never destroyed from
 * here, not even when it leaves the program.
 *
 * @see https://pbs.proxmox.com/docs/storage.html#datastores-with-s3-backend
 */
export class BucketDatastore extends pulumi.ComponentResource {
  /** Name of the datastore, known once it is there. */
  public readonly datastore: pulumi.Output<string>;

  constructor(name: string, args: BucketDatastoreArgs, opts?: pulumi.ComponentResourceOptions) {
    super("tappaas:offsite:BucketDatastore", name, {}, opts);
    rejectProblems(this, `BucketDatastore "${name}"`, bucketStoreProblems(args));

    this.datastore = bucketStore(name, args, { parent: this, ...DATA_GUARD }).name;

    this.registerOutputs({ datastore: this.datastore });
  }
}
