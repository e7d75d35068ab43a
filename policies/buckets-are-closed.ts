import { companionOf } from "./bucket";
import { ofType, stackRule } from "./rule";
import { BUCKET, BUCKET_ACCESS_BLOCK } from "./types";

/** What AWS can forbid of a bucket's being open to everybody. */
const WALLS = ["blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets"] as const;

/**
 * One line in a policy or in an ACL opens a bucket to the whole internet, with what is in it and whose it is; this wall stands whatever
 * they say. Source: AWS, "Blocking public access to your Amazon S3 storage".
 */
export const bucketsAreClosed = stackRule(
  { name: "buckets-are-closed", description: "No bucket can be opened to everybody." },
  (resources) =>
    ofType(resources, BUCKET).flatMap((bucket) => {
      const block = companionOf(resources, bucket, BUCKET_ACCESS_BLOCK);
      const open = WALLS.filter((wall) => block?.props[wall] !== true);
      return open.length === 0
        ? []
        : [
            `${bucket.name} must be closed to everybody: declare a BucketPublicAccessBlock with ${open.map((wall) => `${wall}: true`).join(", ")}.`,
          ];
    }),
);
