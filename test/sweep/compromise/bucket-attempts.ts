import { strict as assert } from "node:assert";

import { GetUserPolicyCommand, IAMClient, PutUserPolicyCommand } from "@aws-sdk/client-iam";
import { NodeHttpHandler } from "@smithy/node-http-handler";

import { decodeBlob, isEncrypted } from "../../../lab/pbs/store/blob";
import { parseKeyFile } from "../../../lab/pbs/store/encryption-key";
import { decodeIndex } from "../../../lab/pbs/store/fixed-index";
import { TrustedAgent } from "../../../provider/clients/s3-agent";
import { S3Bucket } from "../../../provider/clients/s3-bucket";
import { as, anyOf, succeeds } from "./client";
import { type Door } from "./door";
import { keptOut, runJob } from "./lock-out";
import { deletedBy } from "./server-attempts";
import { best, newest, readBy, type Snapshot } from "./snapshot";
import { type Row, type Verdict } from "./table";
import { type StolenKey, type Thief } from "./thief";

/** Tries everything to a copy in a bucket: with keys at the provider, and with logins at the server that fills it. */
export async function triedOnBucket(thief: Thief, door: Door, home: Door): Promise<Row> {
  const account = door.lab.sheet.s3!.owner;
  const owner = bucketOf(door, account);
  try {
    const victim = await newest(door);
    const read = best([
      await readBy(thief, door, victim),
      ...(await Promise.all(thief.buckets.map((key) => readIn(door, key, victim, thief.backupKey)))),
    ]);
    const overwritten = await most(thief.buckets, (key) => overwrittenIn(door, key, owner, victim));
    const isReplaced = await anyOf(thief.logins, (login) =>
      as(door, login).backup({ ...victim, blobs: { "fake.conf": Buffer.from("x") }, images: {} }),
    );
    const locked =
      (await keptOut(thief, door, home)) || (await someKey(thief.buckets, (key) => keyTaken(door, key, account)));
    const deleted = await most(thief.buckets, (key) => deletedIn(door, key, owner, victim));
    return {
      delete: deleted === "no" && (await forgotten(thief, door, owner)) ? "undone" : deleted,
      overwrite: isReplaced ? "yes" : overwritten,
      read,
      "lock out": locked ? "yes" : "no",
    };
  } finally {
    owner.close();
  }
}

/** The bucket as somebody with a key stands before it. */
export function bucketOf({ lab, bucket = "" }: Door, { accessKey, secretKey }: StolenKey): S3Bucket {
  const { address: endpoint, port, region, fingerprint } = lab.sheet.s3!;
  return new S3Bucket({ endpoint, port, region, fingerprint, bucket, accessKey, secretKey });
}

/** Whether the server forgets a backup in the bucket for one of the logins, of which old versions stay. */
async function forgotten(thief: Thief, door: Door, owner: S3Bucket): Promise<boolean> {
  const manifest = manifestOf(door, await newest(door));
  if (!(await deletedBy(thief, door))) return false;
  assert.equal(await owner.read(manifest), undefined, `${manifest} was not deleted`);
  assert.ok(await hasOld(owner, manifest), `${manifest} is gone for good`);
  await runJob(door);
  return true;
}

/** What a key gets deleted. What is gone for good is written again. */
async function deletedIn(door: Door, key: StolenKey, owner: S3Bucket, victim: Snapshot): Promise<Verdict> {
  const manifest = manifestOf(door, victim);
  const before = await owner.read(manifest);
  const thief = bucketOf(door, key);
  try {
    if (!(await succeeds(thief.remove(manifest)))) return "no";
    assert.equal(await owner.read(manifest), undefined);
    return (await withoutOld(thief, owner, manifest)) ? "yes" : "undone";
  } finally {
    thief.close();
    if ((await owner.read(manifest)) === undefined) await owner.write(manifest, before!);
  }
}

async function overwrittenIn(door: Door, key: StolenKey, owner: S3Bucket, victim: Snapshot): Promise<Verdict> {
  const manifest = manifestOf(door, victim);
  const before = await owner.read(manifest);
  const thief = bucketOf(door, key);
  try {
    if (!(await succeeds(thief.write(manifest, "overwritten")))) return "no";
    return (await withoutOld(thief, owner, manifest)) ? "yes" : "undone";
  } finally {
    thief.close();
    if (!(await owner.read(manifest))?.equals(before!)) await owner.write(manifest, before!);
  }
}

/** Whether a key deletes the old versions too, so that nothing brings the object back. */
async function withoutOld(thief: S3Bucket, owner: S3Bucket, name: string): Promise<boolean> {
  assert.ok(await hasOld(owner, name), `${name} has no old version`);
  await succeeds(
    (async () => {
      for await (const { key, versionId, isLatest } of thief.versions(name))
        if (!isLatest) await thief.remove(key, versionId);
    })(),
  );
  return !(await hasOld(owner, name));
}

async function hasOld(owner: S3Bucket, name: string): Promise<boolean> {
  for await (const { isLatest, isMarker } of owner.versions(name)) if (!isLatest && !isMarker) return true;
  return false;
}

/** What a key reads of a backup in the bucket, chunk and all. */
async function readIn(
  door: Door,
  stolen: StolenKey,
  { type, id, time }: Snapshot,
  backupKey: string | undefined,
): Promise<Verdict> {
  const bucket = bucketOf(door, stolen);
  try {
    const folder = `${door.store}/.cnt/${type}/${id}/${moment(time)}`;
    const index = await bucket.read(`${folder}/${type === "ct" ? "rootfs.img.fidx" : "drive-scsi0.img.fidx"}`);
    const [digest = ""] = decodeIndex(index!).digests;
    const chunk = await bucket.read(`${door.store}/.chunks/${digest.slice(0, 4)}/${digest}`);
    assert.ok(chunk !== undefined && isEncrypted(chunk));
    if (backupKey === undefined) return "encrypted";
    return (await succeeds(Promise.resolve().then(() => decodeBlob(chunk, parseKeyFile(backupKey)))))
      ? "yes"
      : "encrypted";
  } catch (error) {
    if (error instanceof assert.AssertionError) throw error;
    return "no";
  } finally {
    bucket.close();
  }
}

/** Whether a key takes home's key every right, so that no copy comes in any more. It gets them back. */
async function keyTaken(door: Door, key: StolenKey, account: StolenKey): Promise<boolean> {
  const user = { UserName: `${door.bucket ?? ""}-home`, PolicyName: "lab" };
  const [thief, owner] = [iamOf(door, key), iamOf(door, account)];
  try {
    const { PolicyDocument: before = "" } = await owner.send(new GetUserPolicyCommand(user));
    const denied = { Effect: "Deny", Action: "*", Resource: "*" };
    const none = JSON.stringify({ Version: "2012-10-17", Statement: [denied] });
    if (!(await succeeds(thief.send(new PutUserPolicyCommand({ ...user, PolicyDocument: none }))))) return false;
    const isStopped = !(await succeeds(bucketOf(door, homeKeyOf(door)).write(".tappaas/tried", "x")));
    await owner.send(new PutUserPolicyCommand({ ...user, PolicyDocument: decodeURIComponent(before) }));
    return isStopped;
  } finally {
    thief.destroy();
    owner.destroy();
  }
}

function homeKeyOf({ homeKey }: Door): StolenKey {
  return homeKey ?? assert.fail("a bucket without home's key");
}

function iamOf({ lab }: Door, { accessKey: accessKeyId, secretKey: secretAccessKey }: StolenKey): IAMClient {
  const { address, port, region, fingerprint } = lab.sheet.s3!;
  return new IAMClient({
    endpoint: `https://${address}:${port}`,
    region,
    credentials: { accessKeyId, secretAccessKey },
    maxAttempts: 1,
    requestHandler: new NodeHttpHandler({ httpsAgent: new TrustedAgent({ fingerprint }) }),
  });
}

function manifestOf({ store }: Door, { type, id, time }: Snapshot): string {
  return `${store}/.cnt/${type}/${id}/${moment(time)}/index.json.blob`;
}

function moment(time: number): string {
  return new Date(time * 1_000).toISOString().replace(".000", "");
}

async function most(keys: readonly StolenKey[], work: (key: StolenKey) => Promise<Verdict>): Promise<Verdict> {
  const found: Verdict[] = [];
  for (const key of keys) found.push(await work(key));
  return found.includes("yes") ? "yes" : found.includes("undone") ? "undone" : "no";
}

async function someKey(keys: readonly StolenKey[], work: (key: StolenKey) => Promise<boolean>): Promise<boolean> {
  for (const key of keys) if (await work(key)) return true;
  return false;
}
