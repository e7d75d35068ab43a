import type * as pulumi from "@pulumi/pulumi";

import { BUCKET_ENDPOINT, BUCKET_NAME, BUCKET_REGION } from "../../estate/units/bucket-place";
import { defined } from "../../estate/units/defined";
import * as s3 from "../../provider/sdk/s3";
import { fingerprintProblems, identifierProblems } from "./identifiers";
import { type Problem } from "./problems";

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

/** A datastore in a bucket, and the key for it. */
export interface BucketStoreArgs {
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
  /** When an ordinary bucket is freed of what pruning left. @default "10:30" */
  readonly garbageCollection?: string;
}

/** Declares the provider and the datastore in its bucket, by one name. */
export function bucketStore(name: string, args: BucketStoreArgs, opts: pulumi.CustomResourceOptions): s3.S3Datastore {
  const { datastore, cache: path, mode = "append-only", reattach, formerKey, garbageCollection = "10:30" } = args;
  const former = formerKey && { formerKey: formerKey.accessKey, formerSecretKey: formerKey.secretKey };
  const { endpoint, port, region, fingerprint, bucket, quirks } = args.place;
  const reached = { endpoint, region, accessKey: args.accessKey, ...defined({ port, fingerprint }) };
  const login = { ...reached, secretKey: args.secretKey };
  const provider = new s3.S3Endpoint(
    name,
    { endpointId: name, ...login, ...defined({ quirks: quirks && [...quirks] }) },
    opts,
  );
  return new s3.S3Datastore(
    name,
    {
      ...{ name: datastore, path, endpointId: provider.endpointId, bucket, mode, ...login },
      ...{ ...former, ...defined({ reattach, gcSchedule: mode === "ordinary" ? garbageCollection : undefined }) },
    },
    opts,
  );
}

/** All that is wrong with `args`; empty when they can be declared. Needs no Pulumi runtime. */
export function bucketStoreProblems(args: Omit<BucketStoreArgs, "secretKey">): Problem[] {
  const { place, datastore, cache, accessKey, formerKey } = args;
  const { endpoint, region, fingerprint, bucket } = place;
  const problems: Problem[] = [
    ...identifierProblems("pbsId", "datastore", datastore),
    ...identifierProblems("path", "cache", cache),
    ...(fingerprint === undefined ? [] : fingerprintProblems("place.fingerprint", fingerprint)),
  ];
  const say = (path: string, reason: string): unknown => problems.push({ path, reason });
  if (!BUCKET_ENDPOINT.test(endpoint)) {
    say("place.endpoint", `expected a host such as "{{bucket}}.s3.{{region}}.amazonaws.com", got "${endpoint}"`);
  }
  if (!BUCKET_REGION.test(region)) say("place.region", `expected a region such as "eu-central-1", got "${region}"`);
  if (!BUCKET_NAME.test(bucket)) {
    say("place.bucket", `expected 3 to 63 small letters, digits, "-" or ".", got "${bucket}"`);
  }
  if (accessKey === "") say("accessKey", "expected the access key of this PBS, got nothing");
  if (formerKey?.accessKey === accessKey)
    say("accessKey", `expected a key of this PBS's own, and ${accessKey} is that of the host that is gone`);
  return problems;
}
