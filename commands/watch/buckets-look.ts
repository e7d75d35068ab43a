import { bucketSecretKey } from "../../estate/bucket-settings";
import { type BucketCopySettings } from "../../estate/offsite-settings";
import { isUnanswered } from "../../provider/clients/api-error";
import { S3Error } from "../../provider/clients/s3-error";
import { cleanedKey, recordKey } from "../../provider/objects/s3-marker";
import { stackSecrets } from "../secrets";
import { type SeenBucket } from "./buckets";

/** What lies beside each datastore in its bucket, seen with the key that fills it. */
export async function seenBuckets(
  settingsFile: string,
  copies: readonly BucketCopySettings[],
): Promise<Readonly<Record<string, SeenBucket | string>>> {
  const pairs = copies.map(async (copy) => [copy.name, await seen(settingsFile, copy)] as const);
  return Object.fromEntries(await Promise.all(pairs));
}

async function seen(settingsFile: string, { name, bucket: place, into }: BucketCopySettings) {
  const secretKey = await stackSecrets(settingsFile).get(bucketSecretKey(name));
  if (secretKey === undefined) return `the stack has no ${bucketSecretKey(name)}`;
  // Loading it takes 0.2 s, which a site without a bucket does not wait for.
  const { S3Bucket } = await import("../../provider/clients/s3-bucket.js");
  const bucket = new S3Bucket({ ...place, bucket: place.name, secretKey });
  try {
    const written = new Map<string, Date>();
    for await (const { key, modified } of bucket.objects(`.tappaas/${into.datastore}.`)) written.set(key, modified);
    return { cleaned: written.get(cleanedKey(into.datastore)), known: written.get(recordKey(into.datastore)) };
  } catch (error) {
    if (isUnanswered(error) || error instanceof S3Error) return error.message;
    throw error;
  } finally {
    bucket.close();
  }
}
