import * as pulumi from "@pulumi/pulumi";

import { type BucketStoreArgs } from "../components";
import { type BucketCopySettings } from "../estate/offsite-settings";
import { defined } from "../estate/units/defined";

/** Secrets of the keys of a bucket. */
export interface BucketSecrets {
  /** Of the key of the server that uses it. */
  readonly secretKey: pulumi.Output<string>;
  /** Of the server that used it before; undefined where the settings name none. */
  readonly formerSecretKey: pulumi.Output<string> | undefined;
}

/** What is written down of a datastore in a bucket, whoever fills it. */
type WrittenStore = Pick<BucketCopySettings, "bucket" | "into" | "mode" | "reattach" | "formerKey"> & {
  readonly jobs?: Pick<BucketCopySettings["jobs"], "garbageCollection">;
};

/** A datastore in a bucket as components want it. */
export function bucketArgs(copy: WrittenStore, secrets: BucketSecrets | undefined): BucketStoreArgs {
  const { bucket, into, mode, reattach, formerKey, jobs } = copy;
  const { endpoint, port, region, fingerprint, name, quirks, accessKey } = bucket;
  const { secretKey = pulumi.secret(""), formerSecretKey = pulumi.secret("") } = secrets ?? {};
  const former = formerKey === undefined ? undefined : { accessKey: formerKey, secretKey: formerSecretKey };
  return {
    place: { endpoint, port, region, bucket: name, quirks, ...defined({ fingerprint }) },
    ...{ accessKey, secretKey, datastore: into.datastore, cache: into.path, mode },
    ...defined({ garbageCollection: jobs?.garbageCollection, reattach, formerKey: former }),
  };
}
