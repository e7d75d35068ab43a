import { strict as assert } from "node:assert";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import {
  CopyObjectCommand,
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetBucketLifecycleConfigurationCommand,
  GetBucketVersioningCommand,
  GetObjectCommand,
  GetObjectLockConfigurationCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListBucketsCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  PutBucketLifecycleConfigurationCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  type S3Client,
} from "@aws-sdk/client-s3";

import { Site } from "../../../lab/core/site";
import { startS3 } from "../../../lab/s3/module";
import { appendOnly, bucketWith, clientOf, type Key } from "./support";

const Bucket = "one";

// The client is AWS's own: what it signs, sends and reads is not of this repository. Source of the refusals: the S3 API reference.
describe("the lab's S3 provider", () => {
  let site: Site;
  let directory: string;
  let owner: S3Client;
  let home: S3Client;
  let homeKey: Key;

  before(async () => {
    directory = mkdtempSync(join(tmpdir(), "s3-spec-"));
    site = await opened(directory);
    homeKey = await bucketWith(site, Bucket, appendOnly(Bucket));
    owner = clientOf(site);
    home = clientOf(site, homeKey);
  });
  after(async () => {
    await site.stop();
    rmSync(directory, { recursive: true });
  });

  const put = async (Key: string, Body: string, client = home, more: object = {}) =>
    client.send(new PutObjectCommand({ Bucket, Key, Body: Buffer.from(Body), ...more }));
  const get = async (Key: string, client = home) =>
    (await client.send(new GetObjectCommand({ Bucket, Key }))).Body?.transformToString();
  const refused = (request: Promise<unknown>, name: string) => assert.rejects(request, { name });

  it("gives back what was put, under any name that S3 takes", async () => {
    for (const key of ["a/b", ".chunks/ab cd", "ns/é+&=?#", "x/2026-01-02T03:04:05Z/owner"]) {
      await put(key, `bytes of ${key}`);
      assert.equal(await get(key), `bytes of ${key}`);
    }
    await put("empty", "");
    assert.equal(await get("empty"), "");
    const head = await home.send(new HeadObjectCommand({ Bucket, Key: "a/b" }));
    assert.equal(head.ContentLength, "bytes of a/b".length);
  });

  it("believes no one whose signature is wrong, and tells an unknown key from a wrong secret", async () => {
    const wrong = clientOf(site, { ...homeKey, secretKey: "another" });
    await refused(get("a/b", wrong), "SignatureDoesNotMatch");
    await refused(get("a/b", clientOf(site, { accessKey: "NOBODY", secretKey: "x" })), "InvalidAccessKeyId");
  });

  it("writes what must not be there yet once, and says so the second time", async () => {
    await put("once", "first", home, { IfNoneMatch: "*" });
    await refused(put("once", "second", home, { IfNoneMatch: "*" }), "PreconditionFailed");
    assert.equal(await get("once"), "first");
  });

  it("lists more than a page, in the order of the names", async () => {
    const keys = Array.from({ length: 1_003 }, (_, index) => `many/${String(index).padStart(5, "0")}`);
    for (const key of keys) await put(key, "");
    const first = await home.send(new ListObjectsV2Command({ Bucket, Prefix: "many/" }));
    assert.equal(first.Contents?.length, 1_000);
    const token = first.NextContinuationToken!;
    const second = await home.send(new ListObjectsV2Command({ Bucket, Prefix: "many/", ContinuationToken: token }));
    const listed = [...first.Contents, ...(second.Contents ?? [])].map((one) => one.Key);
    assert.deepEqual(listed, keys);
  });

  it("refuses a key that may only add every way to delete, and every look at old versions", async () => {
    await put("kept", "v1");
    const { VersionId } = await put("kept", "v2");
    const Key = "kept";
    await refused(home.send(new DeleteObjectCommand({ Bucket, Key })), "AccessDenied");
    await refused(home.send(new DeleteObjectCommand({ Bucket, Key, VersionId })), "AccessDenied");
    await refused(home.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects: [{ Key }] } })), "AccessDenied");
    await refused(home.send(new ListObjectVersionsCommand({ Bucket })), "AccessDenied");
    const suspended = { Status: "Suspended" } as const;
    await refused(
      home.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: suspended })),
      "AccessDenied",
    );
    await refused(home.send(new DeleteBucketCommand({ Bucket })), "AccessDenied");
    await refused(home.send(new ListBucketsCommand()), "AccessDenied");
    assert.equal(await get("kept"), "v2");
  });

  it("keeps what was overwritten and deleted, until a version is deleted by its own name", async () => {
    const Key = "versions";
    const { VersionId: first } = await put(Key, "v1");
    await put(Key, "v2");
    await owner.send(new DeleteObjectCommand({ Bucket, Key }));
    await refused(get(Key), "NoSuchKey");
    const listed = await owner.send(new ListObjectVersionsCommand({ Bucket, Prefix: Key }));
    assert.equal(listed.Versions?.length, 2);
    const marker = listed.DeleteMarkers?.[0]?.VersionId;
    await owner.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects: [{ Key, VersionId: marker }] } }));
    assert.equal(await get(Key), "v2");
    const old = await owner.send(new GetObjectCommand({ Bucket, Key, VersionId: first }));
    assert.equal(await old.Body?.transformToString(), "v1");
  });

  it("does not know a key that is switched off, whatever its secret, and knows it again when it is on", async () => {
    const policy = appendOnly(Bucket);
    const key = (await site.control.run("s3-user", { name: "off", policy })) as Key;
    await put("by another", "before", clientOf(site, key));
    await site.control.run("switch-s3-key", { accessKey: key.accessKey });
    for (const secretKey of [key.secretKey, "another"])
      await refused(put("by another", "after", clientOf(site, { ...key, secretKey })), "InvalidAccessKeyId");
    assert.equal(await get("by another"), "before");
    await site.control.run("switch-s3-key", { accessKey: key.accessKey, on: true });
    await put("by another", "after", clientOf(site, key));
    await assert.rejects(site.control.run("switch-s3-key", { accessKey: "NOBODY" }), /nobody has the key NOBODY/);
  });

  it("copies, and answers of what is not there that it is not", async () => {
    await put("from", "bytes");
    await home.send(new CopyObjectCommand({ Bucket, CopySource: `${Bucket}/from`, Key: "to" }));
    assert.equal(await get("to"), "bytes");
    await refused(get("nothing"), "NoSuchKey");
    await refused(home.send(new HeadBucketCommand({ Bucket: "absent" })), "NotFound");
  });

  it("tells what a bucket is: versions, rules, and whether it was made with Object Lock", async () => {
    const { Status } = await home.send(new GetBucketVersioningCommand({ Bucket }));
    assert.equal(Status, "Enabled");
    await refused(home.send(new GetBucketLifecycleConfigurationCommand({ Bucket })), "NoSuchLifecycleConfiguration");
    await refused(home.send(new GetObjectLockConfigurationCommand({ Bucket })), "ObjectLockConfigurationNotFoundError");
    const rule = {
      ID: "old",
      Status: "Enabled" as const,
      Filter: { Prefix: "" },
      NoncurrentVersionExpiration: { NoncurrentDays: 30 },
    };
    const rules = { Bucket, LifecycleConfiguration: { Rules: [rule] } };
    await owner.send(new PutBucketLifecycleConfigurationCommand(rules));
    const { Rules } = await home.send(new GetBucketLifecycleConfigurationCommand({ Bucket }));
    assert.equal(Rules?.[0]?.NoncurrentVersionExpiration?.NoncurrentDays, 30);
    await owner.send(new CreateBucketCommand({ Bucket: "locked", ObjectLockEnabledForBucket: true }));
    const lock = await owner.send(new GetObjectLockConfigurationCommand({ Bucket: "locked" }));
    assert.equal(lock.ObjectLockConfiguration?.ObjectLockEnabled, "Enabled");
  });

  it("deletes no bucket in which a version is left", async () => {
    await refused(owner.send(new DeleteBucketCommand({ Bucket })), "BucketNotEmpty");
    await owner.send(new CreateBucketCommand({ Bucket: "gone" }));
    await owner.send(new DeleteBucketCommand({ Bucket: "gone" }));
    await refused(owner.send(new HeadBucketCommand({ Bucket: "gone" })), "NotFound");
  });

  it("has everything again after a restart", async () => {
    await put("lasting", "bytes");
    await site.stop();
    site = await opened(directory);
    assert.equal(await get("lasting", clientOf(site, homeKey)), "bytes");
  });
});

async function opened(state: string): Promise<Site> {
  const description = { name: "spec", nodes: [], pbs: [], s3: { host: 30, region: "lab-1" } };
  const prefix = `127.${60 + (process.pid % 150)}.${(process.pid >> 8) % 250}`;
  const site = await Site.open({ state, prefix, description });
  await startS3(site);
  return site;
}
