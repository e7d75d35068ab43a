import { type BucketCopySettings } from "../../estate/offsite-settings";
import { type CleanPlan } from "./clean-plan";
import { type SnapshotName } from "./object-name";
import { type RewindPlan } from "./rewind-plan";

/** A cleaning for people, before it is asked for. */
export function cleanLines({ undeleteDays }: BucketCopySettings, plan: CleanPlan): string[] {
  const { kept, removed, deleted, broughtBack, expired, overwritten, bytes, growth } = plan;
  const months = Object.entries(growth).slice(-6);
  return [
    `There are ${sizeText(bytes.current)}, and ${sizeText(bytes.old)} of old versions.`,
    ...months.map(([month, size]) => `  ${month}: ${sizeText(size)} came in`),
    `${kept.length} backups stay, ${removed.length} go:`,
    ...removed.map((one) => `  - ${snapshotText(one)}`),
    `${deleted.length} objects (${sizeText(sum(deleted))}) are deleted; for ${undeleteDays} days they can be brought back.`,
    `${expired.length} old versions (${sizeText(sum(expired))}) go for good: they were deleted or overwritten more than ${undeleteDays} days ago.`,
    ...(broughtBack.length === 0
      ? []
      : [`${broughtBack.length} deleted chunks are brought back, because a backup names them.`]),
    ...overwrittenLines(overwritten),
  ];
}

/** PBS never does this; whoever holds home's key can. */
function overwrittenLines(overwritten: readonly string[]): string[] {
  if (overwritten.length === 0) return [];
  return [
    `WARNING: ${overwritten.length} objects have another content than when they were written, such as ${overwritten[0] ?? ""}. ` +
      "PBS writes them once: somebody overwrote them with home's key, or a broken one was sent again.",
    "Their old versions stay, however old. Cure: find out when it began, and go back before it: make bucket-rewind AT=…",
  ];
}

/** A way back for people, before it is asked for. */
export function rewindLines({ into }: BucketCopySettings, plan: RewindPlan): string[] {
  const { unmarked, restored, hidden } = plan;
  return [
    `Datastore ${into.datastore} would be as it was at ${plan.at.toISOString()}:`,
    `  ${unmarked.length} deletions are undone`,
    `  ${restored.length} objects get back what they held; what they hold now stays as an old version`,
    `  ${hidden.length} objects that came later are marked as deleted, and stay as old versions`,
    "Nothing is deleted for good: the same command with a later moment goes forward again, as long as the bucket keeps old versions.",
  ];
}

/** What home's server needs after a way back: it believes its cache, and would not send again what the bucket has lost. */
export function homeLines({ into: { datastore, path }, name }: BucketCopySettings): string[] {
  return [
    "The bucket is done. Home's backup server still believes its cache, and would leave out chunks that the bucket no longer has.",
    `At home, before its next run: make bucket-refresh COPY=${name}`,
    "Or on that server, as root (files only: without the directories nothing works any more):",
    `  find ${path}/.chunks -type f -delete`,
    `  proxmox-backup-manager datastore s3-refresh ${datastore}`,
    'After its next run, from here: make s3-clean BUCKET_OPTIONS="--dry-run" says whether a backup lacks a chunk.',
  ];
}

/** What somebody does who has no login here that can: the cache is on the server's disk, and no API empties it. */
export function emptyLines({ datastore, path }: BucketCopySettings["into"]): string[] {
  return [
    `No root's shell of the backup server is in this stack, and no API empties the cached chunks of ${datastore}.`,
    "On that server, as root (files only: without the directories nothing works any more):",
    `  find ${path}/.chunks -type f -delete`,
    `  find ${path}/.chunks -type f | wc -l            # has to print 0`,
    'Then: make bucket-refresh BUCKET_OPTIONS="--emptied", which has the server read its bucket again and looks at the result.',
  ];
}

function snapshotText({ namespace, group, time }: SnapshotName): string {
  return `${namespace === "" ? "" : `${namespace}: `}${group} of ${time.toISOString().replace(".000Z", "Z")}`;
}

const UNITS = ["B", "KiB", "MiB", "GiB", "TiB"];

function sizeText(bytes: number): string {
  const power = bytes === 0 ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log2(bytes) / 10));
  return `${Number((bytes / 1024 ** power).toFixed(power === 0 ? 0 : 1))} ${UNITS[power] ?? ""}`;
}

function sum(items: readonly { readonly size: number }[]): number {
  return items.reduce((total, { size }) => total + size, 0);
}
