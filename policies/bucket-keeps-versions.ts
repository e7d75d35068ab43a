import { companionOf } from "./bucket";
import { listOf, ofType, stackRule, type Declared, type DeclaredInStack } from "./rule";
import { BUCKET, BUCKET_LIFECYCLE, BUCKET_LOCK, BUCKET_VERSIONING } from "./types";

/** Storage classes from which PBS cannot read at once. */
const COLD = /GLACIER|DEEP_ARCHIVE/;

/** A bucket of backups has versions, no Object Lock and no cold tier: PBS lives with neither, and without versions nothing comes back. */
export const bucketKeepsVersions = stackRule(
  {
    name: "bucket-keeps-versions",
    description: "A bucket of backups keeps old versions for a while, and has neither Object Lock nor a cold tier.",
  },
  (resources) => [
    ...ofType(resources, BUCKET).flatMap((bucket) => [...locked(bucket), ...unversioned(resources, bucket)]),
    ...ofType(resources, BUCKET_VERSIONING).flatMap(suspended),
    ...ofType(resources, BUCKET_LOCK).map((lock) => lockSentence(lock, `take ${lock.name} out`)),
    ...ofType(resources, BUCKET_LIFECYCLE).flatMap(cold),
    ...ofType(resources, BUCKET, BUCKET_LIFECYCLE).flatMap(emptied),
  ],
);

function locked(bucket: Declared): string[] {
  return bucket.props["objectLockEnabled"] === true ? [lockSentence(bucket, "leave objectLockEnabled out")] : [];
}

function lockSentence({ name }: Declared, cure: string): string {
  return `${name} must have no Object Lock, which forbids every cleaning: ${cure}.`;
}

function unversioned(resources: readonly DeclaredInStack[], bucket: DeclaredInStack): string[] {
  return companionOf(resources, bucket, BUCKET_VERSIONING) === undefined
    ? [`${bucket.name} must keep old versions, by which what was overwritten comes back: declare a BucketVersioning.`]
    : [];
}

function suspended({ name, props }: Declared): string[] {
  const { status } = (props["versioningConfiguration"] ?? {}) as { readonly status?: unknown };
  if (status === "Enabled") return [];
  return [`${name} must keep old versions, by which what was overwritten comes back: set status: "Enabled".`];
}

function cold({ name, props }: Declared): string[] {
  if (!COLD.test(JSON.stringify(props["rules"]))) return [];
  return [`${name} must not move objects where nothing reads them at once: take the transition out.`];
}

/** A rule that lets objects expire deletes backups by their age, whatever the retention says. */
function emptied({ type, name, props }: Declared): string[] {
  if (type === BUCKET) {
    return props["forceDestroy"] === true ? [`${name} must not be emptied when it goes: set forceDestroy: false.`] : [];
  }
  const expires = listOf(props["rules"]).some(({ expiration = {} }) =>
    ["days", "date"].some((field) => field in (expiration as object)),
  );
  return expires
    ? [`${name} must let no backup expire by its age: leave expiration.days and expiration.date out.`]
    : [];
}
