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
 * Digests that each index in the bucket names, as it is now.
 * @throws {Error} When one of them cannot be read: then nobody knows what nothing names.
 */
export async function indicesOf(
  bucket: S3Bucket,
  versions: readonly NamedVersion[],
): Promise<Map<string, ReadonlySet<string>>> {
  const indices = new Map<string, ReadonlySet<string>>();
  for (const { key, name, isLatest, isMarker } of versions) {
    if (!isLatest || isMarker || !isIndex(snapshotOf(name)?.file ?? "")) continue;
    const bytes = await bucket.read(key);
    if (bytes === undefined) throw new Error(`${key} went while it was looked at.\nCure: run it again.`);
    indices.set(name, digestsIn(bytes, key));
  }
  return indices;
}
