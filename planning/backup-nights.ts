import { grouped } from "../estate/units/grouped";
import { withNewer } from "./drill-rates";
import { type Rates } from "./rates";
import { type PlanningRecord } from "./record";

/** A backup of one guest that was taken on the site. */
export interface BackupNight {
  /** The guest. */
  readonly vmid: number;
  /** When its backup began, in seconds since 1970. */
  readonly at: number;
  /** Seconds that it took. */
  readonly seconds: number;
  /** Bytes that were read. */
  readonly read: number;
  /** Bytes that changed since the backup before; undefined where that was not counted. */
  readonly changed: number | undefined;
  /** Bytes that hold data; undefined where only a part was read. */
  readonly used: number | undefined;
  /** Which run of the job it was part of: all that ran together, one after the other. */
  readonly run: string;
}

/** What a guest changes in a day: a snapshot of it grows by as much, as long as it is kept. */
export interface DailyChange {
  /** The guest. */
  readonly vmid: number;
  /** Days that were counted. */
  readonly days: number;
  /** Bytes of a usual day, the median. */
  readonly usual: number;
  /** Bytes of the busiest day. */
  readonly busiest: number;
  /** Day of that, `2026-11-27`. */
  readonly busiestOn: string;
  /** Whether that is more than what a pool keeps free for a snapshot. */
  readonly outgrowsReserve: boolean;
}

const DAY = 86_400;

/** What each guest changed in a day, those that change most first; guests of which nothing was counted are left out. */
export function dailyChanges(nights: readonly BackupNight[], { snapshotReserve }: Rates): DailyChange[] {
  return [...byGuest(nights)]
    .flatMap(([vmid, own]) => {
      const days = own.flatMap((night, at) => {
        const before = own[at - 1];
        if (night.changed === undefined || before === undefined || night.at <= before.at) return [];
        // What changed in less than a day is not made more than it was: the busiest day is one that there was.
        return [{ on: dayOf(night.at), bytes: night.changed / Math.max(1, (night.at - before.at) / DAY) }];
      });
      const sorted = days.toSorted((a, b) => a.bytes - b.bytes);
      const busiest = sorted.at(-1);
      if (busiest === undefined) return [];
      const outgrowsReserve = busiest.bytes > snapshotReserve.expected;
      const usual = middleOf(sorted.map(({ bytes }) => bytes));
      const figures = { usual, busiest: busiest.bytes, busiestOn: busiest.on, outgrowsReserve };
      return [{ vmid, days: days.length, ...figures }];
    })
    .toSorted((a, b) => b.busiest - a.busiest);
}

/**
 * The record of a site with what its own backups measured in the place of assumptions: bytes in use of each guest, the share of them that
 * changes in a day, and the longest run of the nightly job. What nothing measured stays as it was.
 */
export function withNights(record: PlanningRecord, nights: readonly BackupNight[], rates: Rates): PlanningRecord {
  const used = [...byGuest(nights)].flatMap(([vmid, own]) => {
    const whole = own.findLast((night) => (night.used ?? 0) > 0);
    return whole?.used === undefined ? [] : [{ vmid, bytes: Math.round(whole.used), measuredOn: dayOf(whole.at) }];
  });
  const kept = record.used.filter(({ vmid }) => !used.some((one) => one.vmid === vmid));
  const all = [...kept, ...used].toSorted((a, b) => a.vmid - b.vmid);
  const share = shareOf(dailyChanges(nights, rates), all);
  const last = nights.reduce((latest, { at }) => Math.max(latest, at), 0);
  const growth =
    share === undefined
      ? []
      : [
          {
            rate: "growthPerDay" as const,
            value: share,
            measuredOn: dayOf(last),
            how: "nightly backups, what changed from one to the next",
          },
        ];
  const measured = withNewer(record.measured, growth);
  const run = longestRun(nights);
  return { ...record, measured, used: all, ...(run !== undefined && { backupRun: run }) };
}

/** What changes in a usual day, as a share of what is in use; undefined where nothing of both is known, or nothing ever changed. */
function shareOf(changes: readonly DailyChange[], used: PlanningRecord["used"]): number | undefined {
  const both = changes.flatMap(({ vmid, usual }) => {
    const own = used.find((one) => one.vmid === vmid);
    return own === undefined ? [] : [{ usual, bytes: own.bytes }];
  });
  const [changed, whole] = [both.map((one) => one.usual), both.map((one) => one.bytes)].map((all) =>
    all.reduce((sum, one) => sum + one, 0),
  ) as [number, number];
  return changed > 0 && whole > 0 ? Math.min(1, changed / whole) : undefined;
}

/** The median of figures in order: between the two in the middle where they are even in number. */
function middleOf(sorted: readonly number[]): number {
  const half = (sorted.length - 1) / 2;
  return ((sorted[Math.floor(half)] ?? 0) + (sorted[Math.ceil(half)] ?? 0)) / 2;
}

/** The run that read most: a night in which everything is read is what its window has to hold. */
function longestRun(nights: readonly BackupNight[]): PlanningRecord["backupRun"] {
  const runs = grouped(nights, ({ run }) => run);
  const sums = [...runs.values()].map((own) => ({
    bytes: own.reduce((sum, { read }) => sum + read, 0),
    seconds: own.reduce((sum, { seconds }) => sum + seconds, 0),
    measuredOn: dayOf(Math.min(...own.map(({ at }) => at))),
  }));
  const [most] = sums.filter(({ bytes, seconds }) => bytes > 0 && seconds > 0).toSorted((a, b) => b.bytes - a.bytes);
  return most;
}

/** Nights of each guest, the oldest first. */
function byGuest(nights: readonly BackupNight[]): Map<number, BackupNight[]> {
  return grouped(
    nights.toSorted((a, b) => a.at - b.at),
    ({ vmid }) => vmid,
  );
}

function dayOf(seconds: number): string {
  return new Date(seconds * 1000).toISOString().slice(0, "2026-11-27".length);
}
