import { type S3Bucket } from "../../provider/clients/s3-bucket";
import { type NamedVersion } from "./clean-plan";
import { digestsIn, isIndex } from "./index-file";
import { snapshotOf } from "./object-name";

/** All versions of all objects of a datastore in a bucket, by name and newest first. */
export async function versionsOf(bucket: S3Bucket, datastore: string): Promise<NamedVersion[]> {
  const prefix = `${datastore}/`;
  const versions: NamedVersion[] = [];
  for await (const version of bucket.versions(prefix))
    versions.push({ ...version, name: version.key.slice(prefix.length) });
  return versions;
}

/**
 * Digests that the indices in the bucket name, as they are now. Each index is read once and let go: a site of terabytes has millions.
 * @param isGone Whether an object is part of a snapshot that goes, whose index is not read.
 * @throws {Error} When one of them cannot be read: then nobody knows what nothing names.
 */
export async function namedIn(
  bucket: S3Bucket,
  versions: readonly NamedVersion[],
  isGone: (name: string) => boolean,
): Promise<Set<string>> {
  const named = new Set<string>();
  for (const { key, name, isLatest, isMarker } of versions) {
    if (!isLatest || isMarker || isGone(name) || !isIndex(snapshotOf(name)?.file ?? "")) continue;
    const bytes = await bucket.read(key);
    if (bytes === undefined) throw new Error(`${key} went while it was looked at.\nCure: run it again.`);
    for (const digest of digestsIn(bytes, key)) named.add(digest);
  }
  return named;
}
