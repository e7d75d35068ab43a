// @ts-check
"use strict";

const s3 = require("@aws-sdk/client-s3");

/** @typedef {import("../api").Api} Api */
/** @typedef {import("./index").Resource} Resource */

/** @param {any} rule As a program writes it. @returns {any} As S3 has it. */
function ruleSent({ id, status, filter, expiration, noncurrentVersionExpiration, abortIncompleteMultipartUpload }) {
  return {
    ...{ ID: id, Status: status, Filter: { Prefix: filter?.prefix ?? "" } },
    ...(expiration && { Expiration: { ExpiredObjectDeleteMarker: expiration.expiredObjectDeleteMarker } }),
    ...(noncurrentVersionExpiration && {
      NoncurrentVersionExpiration: { NoncurrentDays: noncurrentVersionExpiration.noncurrentDays },
    }),
    ...(abortIncompleteMultipartUpload && {
      AbortIncompleteMultipartUpload: { DaysAfterInitiation: abortIncompleteMultipartUpload.daysAfterInitiation },
    }),
  };
}

/** @param {any} rule As S3 has it. @returns {any} As a program writes it. */
function ruleRead({ ID, Status, Filter, Expiration, NoncurrentVersionExpiration, AbortIncompleteMultipartUpload }) {
  return {
    ...{ id: ID, status: Status, filter: { prefix: Filter?.Prefix ?? "" } },
    ...(Expiration && { expiration: { expiredObjectDeleteMarker: Expiration.ExpiredObjectDeleteMarker } }),
    ...(NoncurrentVersionExpiration && {
      noncurrentVersionExpiration: { noncurrentDays: NoncurrentVersionExpiration.NoncurrentDays },
    }),
    ...(AbortIncompleteMultipartUpload && {
      abortIncompleteMultipartUpload: { daysAfterInitiation: AbortIncompleteMultipartUpload.DaysAfterInitiation },
    }),
  };
}

/** A setting of a bucket: made and changed by the same request, under the bucket's name. */
const setting = (
  /** @type {Omit<Resource, "create" | "update" | "secrets" | "replacing"> & { put: (api: Api, inputs: any) => Promise<any> }} */ {
    put,
    ...rest
  },
) => ({
  ...rest,
  secrets: [],
  replacing: ["bucket"],
  create: async (/** @type {Api} */ api, /** @type {any} */ inputs) => {
    await put(api, inputs);
    return { id: inputs.bucket };
  },
  update: async (/** @type {Api} */ api, /** @type {any} */ inputs) => {
    await put(api, inputs);
  },
});

const BLOCKS = ["blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets"];
const upper = (/** @type {string} */ name) => name.charAt(0).toUpperCase() + name.slice(1);

/** Buckets and what they are set to. @type {Record<string, Resource>} */
const BUCKETS = {
  "aws:s3/bucket:Bucket": {
    inputs: ["bucket", "bucketPrefix", "forceDestroy", "objectLockEnabled", "tags"],
    required: [],
    replacing: ["bucket", "bucketPrefix", "objectLockEnabled"],
    secrets: [],
    create: async ({ buckets, region }, { bucket, objectLockEnabled }) => {
      const at = region === "us-east-1" ? {} : { CreateBucketConfiguration: { LocationConstraint: region } };
      const lock = objectLockEnabled === true && { ObjectLockEnabledForBucket: true };
      await buckets.send(new s3.CreateBucketCommand({ Bucket: bucket, ...at, ...lock }));
      return { id: bucket, outputs: { arn: `arn:aws:s3:::${bucket}` } };
    },
    update: async () => undefined,
    read: async (api, { bucket, ...state }) => {
      const there = await api.found(api.buckets.send(new s3.HeadBucketCommand({ Bucket: bucket })));
      return there && { bucket, ...state };
    },
    remove: async ({ buckets }, { bucket }) => {
      await buckets.send(new s3.DeleteBucketCommand({ Bucket: bucket }));
    },
  },
  "aws:s3/bucketVersioning:BucketVersioning": setting({
    inputs: ["bucket", "expectedBucketOwner", "mfa", "versioningConfiguration"],
    required: ["bucket", "versioningConfiguration"],
    put: ({ buckets }, { bucket, versioningConfiguration: { status } }) =>
      buckets.send(new s3.PutBucketVersioningCommand({ Bucket: bucket, VersioningConfiguration: { Status: status } })),
    read: async (api, { bucket }) => {
      const there = await api.found(api.buckets.send(new s3.GetBucketVersioningCommand({ Bucket: bucket })));
      return there?.Status && { bucket, versioningConfiguration: { status: there.Status } };
    },
    // The real one suspends it.
    remove: async ({ buckets }, { bucket }) => {
      const off = { Status: s3.BucketVersioningStatus.Suspended };
      await buckets.send(new s3.PutBucketVersioningCommand({ Bucket: bucket, VersioningConfiguration: off }));
    },
  }),
  "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": setting({
    inputs: ["bucket", "expectedBucketOwner", "rules", "transitionDefaultMinimumObjectSize"],
    required: ["bucket"],
    put: ({ buckets }, { bucket, rules }) => {
      const LifecycleConfiguration = { Rules: (rules ?? []).map(ruleSent) };
      return buckets.send(new s3.PutBucketLifecycleConfigurationCommand({ Bucket: bucket, LifecycleConfiguration }));
    },
    read: async (api, { bucket }) => {
      const command = new s3.GetBucketLifecycleConfigurationCommand({ Bucket: bucket });
      const there = await api.found(api.buckets.send(command));
      return there && { bucket, rules: there.Rules.map(ruleRead) };
    },
    remove: async ({ buckets }, { bucket }) => {
      await buckets.send(new s3.DeleteBucketLifecycleCommand({ Bucket: bucket }));
    },
  }),
  "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": setting({
    inputs: ["bucket", "skipDestroy", ...BLOCKS],
    required: ["bucket"],
    put: ({ buckets }, { bucket, ...inputs }) => {
      const blocks = Object.fromEntries(BLOCKS.map((name) => [upper(name), inputs[name] === true]));
      const command = { Bucket: bucket, PublicAccessBlockConfiguration: blocks };
      return buckets.send(new s3.PutPublicAccessBlockCommand(command));
    },
    read: async (api, { bucket }) => {
      const there = await api.found(api.buckets.send(new s3.GetPublicAccessBlockCommand({ Bucket: bucket })));
      const blocks = there?.PublicAccessBlockConfiguration;
      return blocks && { bucket, ...Object.fromEntries(BLOCKS.map((name) => [name, blocks[upper(name)]])) };
    },
    remove: async ({ buckets }, { bucket }) => {
      await buckets.send(new s3.DeletePublicAccessBlockCommand({ Bucket: bucket }));
    },
  }),
};

module.exports = { BUCKETS };
