import { type AnySettings } from "./any-settings";
import { copyBucketsOf } from "./copy-buckets";
import { copySourcesOf } from "./copy-source-settings";
import { bucketCopiesOf, type BucketCopySettings } from "./offsite-settings";

/** Buckets that a stack's server fills: a site fills its own and may keep copies of a peer in others; a vault keeps copies alone. */
export function bucketsOf(settings: AnySettings): BucketCopySettings[] {
  if (settings.role === "vault") return copyBucketsOf(copySourcesOf(settings.sources));
  if (settings.role !== "site") return [];
  return [...bucketCopiesOf(settings), ...copyBucketsOf(copySourcesOf(settings.peers))];
}

/** Those of them that are cleaned from outside, for the server's key deletes nothing. */
export function bucketsCleanedOutside(settings: AnySettings): BucketCopySettings[] {
  return bucketsOf(settings).filter(({ mode }) => mode === "append-only");
}
