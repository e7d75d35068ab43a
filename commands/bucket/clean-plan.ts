import { grouped } from "../../estate/units/grouped";
import { survivors, type Retention } from "../../estate/units/retention";
import { type S3Version } from "../../provider/clients/s3-bucket";
import { chunkName, digestOf, isWrittenOnce, snapshotOf, type SnapshotName } from "./object-name";

/** One version of one object, by its name without the datastore's prefix. */
export type NamedVersion = S3Version & { readonly name: string };

/** What a cleaning is planned from. Nothing is read for it. */
export interface CleanSources {
  /** All versions of all objects of the datastore, by name and newest first. */
  readonly versions: readonly NamedVersion[];
  /** Digests that the indices of all snapshots name but of those that go: {@link removedIn}. */
  readonly named: ReadonlySet<string>;
  /** What is to stay. */
  readonly retention: Retention;
  /** IANA zone by which days, weeks, months and years are counted. */
  readonly timeZone: string;
  /** Days for which what was deleted or overwritten can be brought back. */
  readonly undeleteDays: number;
  /** Moment of the plan. */
  readonly now: Date;
}

/** What a cleaning would do, and what there is. */
export interface CleanPlan {
  /** Snapshots that stay, newest first in each group. */
  readonly kept: readonly SnapshotName[];
  /** Snapshots that go: no rule of the retention keeps them. */
  readonly removed: readonly SnapshotName[];
  /** Objects that are deleted: what is left of those snapshots, and chunks that nothing names. They can be brought back. */
  readonly deleted: readonly { readonly key: string; readonly size: number }[];
  /** Chunks that an index names and that are marked as deleted: their marks go, so that they are there again. */
  readonly broughtBack: readonly { readonly key: string; readonly versionId: string }[];
  /** Versions that were deleted or overwritten longer ago than the window: they go **for good**. */
  readonly expired: readonly { readonly key: string; readonly versionId: string; readonly size: number }[];
  /** Objects that PBS writes once and that have another content now. Their old versions stay, however old. */
  readonly overwritten: readonly string[];
  /** Chunks that an index names and that are not there in any version. */
  readonly missing: readonly string[];
  /** Bytes of what is there, and of what can be brought back. */
  readonly bytes: { readonly current: number; readonly old: number };
  /** Bytes that came in each month, by `2026-11`. */
  readonly growth: Readonly<Record<string, number>>;
}

/**
 * What is younger may belong to a backup that is under way: its chunks are there before its index. What a cleaning deletes too early all
 * the same, the next one brings back, because an index names it then.
 */
const UNDER_WAY = 2 * 86_400_000;
const DAY = 86_400_000;

/** Plans a cleaning. Reads nothing and changes nothing. */
export function cleanPlan(sources: CleanSources): CleanPlan {
  const { versions, named, now } = sources;
  const objects = grouped(versions, ({ name }) => name);
  const current = currentOf(versions);
  const { kept, removed } = decided(current, sources);
  const isGone = isOf(removed);
  const isOld = ({ modified }: S3Version): boolean => now.getTime() - modified.getTime() >= UNDER_WAY;
  const isFree = (one: NamedVersion): boolean => {
    const digest = digestOf(one.name);
    return digest !== undefined && !named.has(digest) && isOld(one) && one.size !== PROBE_SIZE;
  };
  const wanted = [...named].map((digest) => objects.get(chunkName(digest)) ?? []);
  const back = wanted.filter(([newest, ...older]) => newest?.isMarker === true && older.some((one) => !one.isMarker));
  const missing = [...named].filter((digest) => (objects.get(chunkName(digest)) ?? []).every((one) => one.isMarker));
  const overwritten = [...objects]
    .filter(([name, all]) => isWrittenOnce(name) && contentsOf(all) > 1)
    .map(([name]) => name);
  const spared = new Set([...overwritten, ...back.flatMap(([one]) => one?.name ?? [])]);
  return {
    kept,
    removed,
    deleted: current.filter((one) => isGone(one.name) || isFree(one)).map(({ key, size }) => ({ key, size })),
    broughtBack: back.flatMap((all) => marksOn(all)),
    expired: [...objects].filter(([name]) => !spared.has(name)).flatMap(([, all]) => expiredOf(all, sources)),
    overwritten: overwritten.toSorted(),
    missing: missing.toSorted(),
    bytes: { current: sum(current), old: sum(versions) - sum(current) },
    growth: growthOf(versions),
  };
}

/** Whether an object is part of a snapshot that goes. What only such snapshots name is not needed. */
export function removedIn(
  sources: Pick<CleanSources, "versions" | "retention" | "timeZone">,
): (name: string) => boolean {
  return isOf(decided(currentOf(sources.versions), sources).removed);
}

function isOf(snapshots: readonly SnapshotName[]): (name: string) => boolean {
  const paths = new Set(snapshots.map(({ path }) => path));
  return (name) => paths.has(snapshotOf(name)?.snapshot.path ?? "");
}

function currentOf(versions: readonly NamedVersion[]): NamedVersion[] {
  return versions.filter(({ isLatest, isMarker }) => isLatest && !isMarker);
}

/** The chunk with which PBS tries whether it may write; nothing names it (observed on PBS 4.2.3). */
const PROBE_SIZE = 159;

/** What is protected stays, and so does a snapshot without a manifest: it is under way, or broken, and a person should look. */
function decided(
  current: readonly NamedVersion[],
  { retention, timeZone }: Pick<CleanSources, "retention" | "timeZone">,
) {
  const files = current.flatMap(({ name }) => snapshotOf(name) ?? []);
  const whole = files.filter(({ file }) => file === "index.json.blob").map(({ snapshot }) => snapshot);
  const safe = new Set(files.filter(({ file }) => file === ".protected").map(({ snapshot }) => snapshot.path));
  const groups = grouped(whole, ({ namespace, group }) => `${namespace}\n${group}`);
  const kept: SnapshotName[] = [];
  const removed: SnapshotName[] = [];
  for (const snapshots of groups.values()) {
    const free = snapshots.filter(({ path }) => !safe.has(path));
    const staying = new Set(
      survivors(
        free.map(({ time }) => time),
        retention,
        timeZone,
      ).map((time) => time.getTime()),
    );
    for (const one of snapshots.toSorted((a, b) => b.time.getTime() - a.time.getTime())) {
      if (safe.has(one.path) || staying.has(one.time.getTime())) kept.push(one);
      else removed.push(one);
    }
  }
  return { kept, removed };
}

/** Marks above the newest content of an object. */
function marksOn(all: readonly NamedVersion[]): { readonly key: string; readonly versionId: string }[] {
  const content = all.findIndex(({ isMarker }) => !isMarker);
  return all.slice(0, content).map(({ key, versionId }) => ({ key, versionId }));
}

/** Versions that another one followed before the window, and a mark with nothing below it. */
function expiredOf(all: readonly NamedVersion[], { undeleteDays, now }: CleanSources) {
  const before = now.getTime() - undeleteDays * DAY;
  const old = all.filter((_, index) => (all[index - 1]?.modified.getTime() ?? Infinity) < before);
  const [newest] = all;
  const isBare = newest?.isMarker === true && old.length === all.length - 1 && newest.modified.getTime() < before;
  return [...(isBare ? [newest] : []), ...old].map(({ key, versionId, size }) => ({ key, versionId, size }));
}

function contentsOf(all: readonly NamedVersion[]): number {
  return new Set(all.filter(({ isMarker }) => !isMarker).map(({ etag }) => etag)).size;
}

function growthOf(versions: readonly NamedVersion[]): Record<string, number> {
  const months: Record<string, number> = {};
  for (const { modified, size } of versions) {
    const month = modified.toISOString().slice(0, "2026-01".length);
    months[month] = (months[month] ?? 0) + size;
  }
  return Object.fromEntries(Object.entries(months).toSorted());
}

function sum(versions: readonly { readonly size: number }[]): number {
  return versions.reduce((total, { size }) => total + size, 0);
}
