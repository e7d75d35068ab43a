import { copyBucketFindings, copyBucketProblems } from "./copy-buckets";
import { type CopySource } from "./copy-source-settings";
import { type Finding, type Problem } from "./problem";
import { clashesOf, clashFindings, type ScheduledWork } from "./schedules";

/** The server that keeps copies, and what of it is taken. */
export interface CopyKeeper {
  /** Its name or address; undefined while there is none. */
  readonly address: string | undefined;
  /** Whether there is a way to a root shell of its machine. */
  readonly hasShell: boolean;
  /** Datastore of the server's own backups; undefined where it keeps copies alone. */
  readonly own?: { readonly datastore: string; readonly path: string };
}

/**
 * What is wrong with the sites of which copies are kept.
 * @param at Setting that names them: `sources` or `peers`.
 */
export function copySourceProblems(sources: readonly CopySource[], at: string, keeper: CopyKeeper): Problem[] {
  const [first] = sources;
  if (first !== undefined && keeper.address === undefined) {
    const expected = "a backup server that keeps them, and backupServer.address names none";
    return [{ path: `${at}.${first.name}`, expected, cure: "name the backup server, or take it out" }];
  }
  return [
    ...sources.flatMap((source) => samePlaceProblems(source, at, keeper)),
    ...sources.flatMap((source) => shellProblems(source, at, keeper)),
    ...sources.flatMap((source) => copyBucketProblems(source, `${at}.${source.name}`)),
    ...sharedProblems(sources, at, "datastore", keeper.own?.datastore),
    ...sharedProblems(sources, at, "path", keeper.own?.path),
  ];
}

/** Work of each source that gets in its own way. */
export function copySourceFindings(sources: readonly CopySource[], at: string): Finding[] {
  return [
    ...sources.flatMap((source) => clashFindings(clashesOf(worksOn(source, at)))),
    ...copyBucketFindings(sources, at),
  ];
}

/** A copy on the server that it is a copy of goes with it. */
function samePlaceProblems({ name, address }: CopySource, at: string, keeper: CopyKeeper): Problem[] {
  if (address !== keeper.address) return [];
  const expected = `the server of another place, and ${address} is the one that keeps the copies`;
  return [{ path: `${at}.${name}.address`, expected, cure: "fetch from the other site's server" }];
}

/** Whether a source wants a dataset of ours. */
export function wantsDataset({ into: { quota, snapshotDays } }: CopySource): boolean {
  return quota !== undefined || snapshotDays !== undefined;
}

function shellProblems(source: CopySource, at: string, { hasShell }: CopyKeeper): Problem[] {
  if (hasShell || !wantsDataset(source)) return [];
  const expected = "the way to a root shell of the backup server's machine, for quota and snapshots are ZFS's";
  return [{ path: "backupServer.ssh", expected, cure: `write it, or take both out of ${at}.${source.name}.into` }];
}

/** One full disk, or one mistake, would end the copies of both. */
function sharedProblems(
  sources: readonly CopySource[],
  at: string,
  what: "datastore" | "path",
  own: string | undefined,
): Problem[] {
  return sources.flatMap(({ name, into }, index) => {
    const other = sources.slice(0, index).find((one) => one.into[what] === into[what]);
    const whose = into[what] === own ? "this site's own backups" : other?.name;
    if (whose === undefined) return [];
    const expected = `a ${what} of its own, and ${into[what]} is that of ${whose}`;
    return [{ path: `${at}.${name}.into.${what}`, expected, cure: "give each source its own" }];
  });
}

/** What one source's copies cost the server's disks. The times that it takes are assumptions on the safe side. */
function worksOn(source: CopySource, where: string): ScheduledWork[] {
  const { name, schedule, pruneSchedule, garbageCollection, verifySchedule } = source;
  const at = `${where}.${name}`;
  const isCleanedHere = source.into.mode !== "append-only";
  const cleaning: ScheduledWork[] = [
    { path: `${at}.pruneSchedule`, what: "pruning", schedule: pruneSchedule, lasts: "30 minutes" },
    { path: `${at}.garbageCollection`, what: "garbage collection", schedule: garbageCollection, lasts: "1 hour" },
  ];
  return [
    { path: `${at}.schedule`, what: `fetching from ${name}`, schedule, lasts: "4 hours" },
    ...(isCleanedHere ? cleaning : []),
    { path: `${at}.verifySchedule`, what: "verifying", schedule: verifySchedule, lasts: "6 hours" },
  ];
}
