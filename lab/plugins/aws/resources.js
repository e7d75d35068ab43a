// @ts-check
"use strict";

const iam = require("@aws-sdk/client-iam");
const s3 = require("@aws-sdk/client-s3");

/** @typedef {import("./api").Api} Api */

/**
 * @typedef {object} Resource
 * @property {readonly string[]} inputs All that a program may say, as the npm package's types have it.
 * @property {readonly string[]} required What it has to say.
 * @property {readonly string[]} replacing What makes another object of it. Source: AWS' Terraform provider 6.
 * @property {readonly string[]} secrets Outputs that are secret.
 * @property {(api: Api, inputs: any) => Promise<{ id: string, outputs?: object }>} create Makes it.
 * @property {(api: Api, inputs: any, state: any) => Promise<void>} update Changes it.
 * @property {(api: Api, state: any) => Promise<object | undefined>} read What is there, in the words of the inputs; undefined where nothing is.
 * @property {(api: Api, state: any) => Promise<void>} remove Takes it away.
 */

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

/** @type {Record<string, Resource>} */
const RESOURCES = {
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
    required: ["bucket", "rules"],
    put: ({ buckets }, { bucket, rules }) => {
      const LifecycleConfiguration = { Rules: rules.map(ruleSent) };
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
  "aws:iam/user:User": {
    inputs: ["forceDestroy", "name", "path", "permissionsBoundary", "tags"],
    required: [],
    replacing: [],
    secrets: [],
    create: async ({ users }, { name }) => {
      const { User } = await users.send(new iam.CreateUserCommand({ UserName: name }));
      return { id: name, outputs: { arn: User?.Arn } };
    },
    update: async () => undefined,
    read: async (api, { name, ...state }) => {
      const there = await api.found(api.users.send(new iam.GetUserCommand({ UserName: name })));
      return there && { name, ...state };
    },
    remove: async ({ users }, { name }) => {
      await users.send(new iam.DeleteUserCommand({ UserName: name }));
    },
  },
  "aws:iam/userPolicy:UserPolicy": {
    inputs: ["name", "namePrefix", "policy", "user"],
    required: ["policy", "user"],
    replacing: ["name", "namePrefix", "user"],
    secrets: [],
    create: async ({ users }, { name, policy, user }) => {
      const sent = { UserName: user, PolicyName: name, PolicyDocument: policy };
      await users.send(new iam.PutUserPolicyCommand(sent));
      return { id: `${user}:${name}` };
    },
    update: async ({ users }, { name, policy, user }) => {
      const sent = { UserName: user, PolicyName: name, PolicyDocument: policy };
      await users.send(new iam.PutUserPolicyCommand(sent));
    },
    read: async (api, { name, user, policy }) => {
      const asked = { UserName: user, PolicyName: name };
      const there = await api.found(api.users.send(new iam.GetUserPolicyCommand(asked)));
      if (!there) return undefined;
      const found = JSON.parse(decodeURIComponent(there.PolicyDocument ?? "{}"));
      const same = JSON.stringify(found.Statement) === JSON.stringify(JSON.parse(policy).Statement);
      return { name, user, policy: same ? policy : JSON.stringify(found) };
    },
    remove: async ({ users }, { name, user }) => {
      await users.send(new iam.DeleteUserPolicyCommand({ UserName: user, PolicyName: name }));
    },
  },
  "aws:iam/accessKey:AccessKey": {
    inputs: ["pgpKey", "status", "user"],
    required: ["user"],
    replacing: ["pgpKey", "user"],
    secrets: ["secret"],
    create: async ({ users }, { user }) => {
      const { AccessKey } = await users.send(new iam.CreateAccessKeyCommand({ UserName: user }));
      return { id: AccessKey?.AccessKeyId ?? "", outputs: { secret: AccessKey?.SecretAccessKey } };
    },
    update: async () => undefined,
    read: async (api, { id, ...state }) => {
      const there = await api.found(api.users.send(new iam.ListAccessKeysCommand({ UserName: state.user })));
      const isThere = there?.AccessKeyMetadata?.some((/** @type {any} */ key) => key.AccessKeyId === id);
      return isThere ? state : undefined;
    },
    remove: async ({ users }, { id, user }) => {
      await users.send(new iam.DeleteAccessKeyCommand({ UserName: user, AccessKeyId: id }));
    },
  },
};

module.exports = { RESOURCES };
