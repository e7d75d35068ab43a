import { resourceRule, type Declared } from "./rule";
import { BUCKET, BUCKET_LIFECYCLE, BUCKET_VERSIONING } from "./types";

/** Storage classes from which PBS cannot read at once. */
const COLD = /GLACIER|DEEP_ARCHIVE/;

/** A bucket of backups has versions, no Object Lock and no cold tier: PBS lives with neither, and without versions nothing comes back. */
export const bucketKeepsVersions = resourceRule(
  {
    name: "bucket-keeps-versions",
    description: "A bucket of backups keeps old versions for a while, and has neither Object Lock nor a cold tier.",
  },
  [BUCKET, BUCKET_LIFECYCLE, BUCKET_VERSIONING],
  (resource) => [...locked(resource), ...suspended(resource), ...cold(resource), ...emptied(resource)],
);

function locked({ type, name, props }: Declared): string[] {
  if (type !== BUCKET || props["objectLockEnabled"] !== true) return [];
  return [`${name} must have no Object Lock, which forbids every cleaning: leave objectLockEnabled out.`];
}

function suspended({ type, name, props }: Declared): string[] {
  const { status } = (props["versioningConfiguration"] ?? {}) as { readonly status?: unknown };
  if (type !== BUCKET_VERSIONING || status === "Enabled") return [];
  return [`${name} must keep old versions, by which what was overwritten comes back: set status: "Enabled".`];
}

function cold({ type, name, props }: Declared): string[] {
  if (type !== BUCKET_LIFECYCLE || !COLD.test(JSON.stringify(props["rules"]))) return [];
  return [`${name} must not move objects where nothing reads them at once: take the transition out.`];
}

/** A rule that lets objects expire deletes backups by their age, whatever the retention says. */
function emptied({ type, name, props }: Declared): string[] {
  if (type === BUCKET) {
    return props["forceDestroy"] === true ? [`${name} must not be emptied when it goes: set forceDestroy: false.`] : [];
  }
  const rules = (type === BUCKET_LIFECYCLE ? props["rules"] : []) as readonly { readonly expiration?: object }[];
  const expires = rules.some(({ expiration = {} }) => "days" in expiration || "date" in expiration);
  return expires
    ? [`${name} must let no backup expire by its age: leave expiration.days and expiration.date out.`]
    : [];
}
