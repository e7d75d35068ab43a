import { DEFAULT_UNDELETE_DAYS } from "./bucket-place-settings";
import { type CopySource } from "./copy-source-settings";
import { type BucketCopySettings } from "./offsite-settings";
import { type Finding, type Problem } from "./problem";

/** Bucket in which the copies of a source lie, as a site's own are described; undefined where they lie on the server's disks. */
export function copyBucketOf({ name, into, ...source }: CopySource): BucketCopySettings | undefined {
  const { bucket, datastore, path, mode = "ordinary", undeleteDays = DEFAULT_UNDELETE_DAYS } = into;
  if (bucket === undefined) return undefined;
  const { schedule, pruneSchedule, garbageCollection, verifySchedule, retention } = source;
  return {
    ...{ name, kind: "s3", place: bucket.name, sameBuilding: false, loginAtHome: false },
    ...{ bucket, into: { datastore, path }, mode, undeleteDays, reattach: into.reattach, formerKey: into.formerKey },
    jobs: { schedule, pruneSchedule, garbageCollection, verifySchedule, retention },
  };
}

/** The buckets in which copies of sources lie. */
export function copyBucketsOf(sources: readonly CopySource[]): BucketCopySettings[] {
  return sources.flatMap((source) => copyBucketOf(source) ?? []);
}

/** What makes no sense with a bucket, and what makes none without. @param at Setting of the source: `sources.home`. */
export function copyBucketProblems({ name, into, limit }: CopySource, at: string): Problem[] {
  const given = (fields: readonly (keyof typeof into)[]) => fields.filter((field) => into[field] !== undefined);
  const problem = (field: string, expected: string, cure: string): Problem => ({
    path: `${at}.${field}`,
    expected,
    cure,
  });
  if (into.bucket === undefined) {
    return given(["mode", "undeleteDays", "reattach", "formerKey"]).map((field) =>
      problem(`into.${field}`, "a bucket beside it, and the copies lie on a disk", "write into.bucket, or take it out"),
    );
  }
  const ofDisks = given(["quota", "snapshotDays"]).map((field) =>
    problem(
      `into.${field}`,
      "copies on a ZFS dataset, and these lie in a bucket, of which only a cache is on the server",
      "take it out: a bucket keeps old versions instead of snapshots, and its provider bills what it holds instead of stopping",
    ),
  );
  const isShort = !/^[a-z][a-z0-9-]{2,31}$/.test(name);
  return [
    ...ofDisks,
    ...(isShort
      ? [{ path: at, expected: "a name of 3 to 32 characters, which the server gets too", cure: "choose a longer one" }]
      : []),
    ...(limit !== undefined && into.mode === "append-only"
      ? [
          problem(
            "limit",
            "garbage collection, which counts what copies take, and an append-only bucket has none",
            "take it out: make s3-clean shows what there is and how it grows",
          ),
        ]
      : []),
  ];
}

/** What an owner should know of copies of others in a bucket. @param at Setting that names the sources. */
export function copyBucketFindings(sources: readonly CopySource[], at: string): Finding[] {
  return sources.flatMap((source): Finding[] => {
    const bucket = copyBucketOf(source);
    if (bucket?.mode !== "append-only") return [];
    const advice =
      "nothing prunes this bucket and nothing frees it: clean it from outside, make s3-clean, best once a week";
    return [{ path: `${at}.${source.name}.into.mode`, advice }];
  });
}
