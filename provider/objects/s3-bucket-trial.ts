import { type S3Bucket } from "../clients/s3-bucket";
import { isDenied, seen } from "../clients/s3-error";
import { Refusal } from "./refusal";

/** What a key may do with a bucket: never delete, or delete, with old versions that stay for a while. */
export const S3_MODES = ["append-only", "ordinary"] as const;

/** One of them. */
export type S3Mode = (typeof S3_MODES)[number];

/** Storage classes from which nothing can be read at once. */
const COLD = ["GLACIER", "DEEP_ARCHIVE"];

/** Object with which the rights of a key are tried; it belongs to no datastore, whose names do not begin with a dot. */
const CANARY = ".tappaas/canary";

/**
 * Refuses a bucket in which a datastore would be lost, or would not be what is promised of it, as far as the key may look.
 * @throws {Refusal} Naming what is wrong and what to do.
 */
export async function refuseUnfitBucket(bucket: S3Bucket): Promise<void> {
  const name = `Bucket ${bucket.place.bucket}`;
  const versioning = await seen(bucket.versioning());
  if (versioning !== "Enabled") {
    const got = versioning ?? "none that this key may see";
    throw new Refusal(
      `${name}: expected versioning to be on, got ${got}. Without versions an overwritten or deleted backup is gone at once. ` +
        "Cure: turn versioning on, and let the key read it (s3:GetBucketVersioning)",
    );
  }
  if ((await seen(bucket.hasObjectLock())) === true) {
    throw new Refusal(
      `${name} has Object Lock. PBS overwrites its own files (owner, manifest, notes) and deletes what is pruned, and a lock of one ` +
        "version stops neither deletion markers nor overwriting, while it forbids every cleaning. " +
        "Cure: make another bucket, with versioning and without Object Lock",
    );
  }
  const cold = ((await seen(bucket.coldClasses())) ?? []).filter((one) => COLD.includes(one));
  if (cold.length > 0) {
    throw new Refusal(
      `${name} moves objects to ${cold.join(", ")}, from which nothing can be read for hours. PBS rereads and restores at once, and ` +
        "would take them for lost. Cure: take the transition out of the bucket's lifecycle rules",
    );
  }
}

/**
 * Tries what the key may do, with an object of its own: what is promised of a bucket is never believed.
 * @throws {Refusal} When it may do more than the mode says.
 */
export async function tryKey(bucket: S3Bucket, mode: S3Mode): Promise<void> {
  const { accessKey, bucket: name } = bucket.place;
  const versionId = await bucket.write(CANARY, "tries what this key may delete\n");
  if (versionId !== undefined && (await succeeds(bucket.remove(CANARY, versionId)))) {
    throw new Refusal(
      `Key ${accessKey} may delete versions in bucket ${name} for good: whoever takes home over deletes every copy at once. ` +
        "Cure: give home a key without s3:DeleteObjectVersion (docs/how-to/s3.md has the policy)",
    );
  }
  if (mode === "ordinary" || !(await succeeds(bucket.remove(CANARY)))) return;
  throw new Refusal(
    `Key ${accessKey} may delete in bucket ${name}, and the copy is to be append-only. Only an object of this program was deleted, and ` +
      "its versions are there. Cure: give home a key without s3:DeleteObject (docs/how-to/s3.md has the policy), or write mode: ordinary",
  );
}

async function succeeds(attempt: Promise<unknown>): Promise<boolean> {
  try {
    await attempt;
    return true;
  } catch (error) {
    if (isDenied(error)) return false;
    throw error;
  }
}
