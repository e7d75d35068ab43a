import { asUtc, localTimeOf, type LocalTime } from "./local-time";

/**
 * How many backup snapshots of a group are kept of each kind of period; each count keeps the newest of its period.
 * Every count is a whole number from 1 to 1000, and a missing one keeps none of its kind. With no count at all PBS keeps all.
 * @see https://pbs.proxmox.com/docs/maintenance.html#retention
 */
export interface Retention {
  /** The newest ones, whatever their time. */
  readonly keepLast?: number;
  /** Hours. */
  readonly keepHourly?: number;
  /** Days. */
  readonly keepDaily?: number;
  /** ISO weeks, Monday to Sunday. */
  readonly keepWeekly?: number;
  /** Months. */
  readonly keepMonthly?: number;
  /** Years; 100 is for ever, and PBS has no other word for it. */
  readonly keepYearly?: number;
}

/**
 * TAPPaaS' own retention: a week of days, a month of weeks, a year of months, and the last backup of a year for ever.
 * Yearly is 100 and not the largest integer: PBS adds the counts up, and three huge ones overflow.
 */
export const DEFAULT_RETENTION = {
  keepDaily: 7,
  keepWeekly: 4,
  keepMonthly: 12,
  keepYearly: 100,
} as const satisfies Retention;

/**
 * The snapshots of one group that PBS would keep, newest first.
 *
 * A rehearsal for people and tests: what a real server would prune it says itself, in its dry run.
 * @param snapshots Instants of finished, unprotected snapshots, in any order.
 * @param timeZone IANA zone of the server's clock, by which it counts days, weeks, months and years.
 * @see PBS 4.2: pbs-datastore/src/prune.rs, `compute_prune_info`
 */
export function survivors(snapshots: readonly Date[], retention: Retention, timeZone: string): Date[] {
  const newestFirst = [...snapshots].sort((a, b) => b.getTime() - a.getTime());
  if (!keepsSomething(retention)) return newestFirst;
  const marks = new Map<Date, Mark>();
  const times = new Map(newestFirst.map((snapshot) => [snapshot, localTimeOf(snapshot, timeZone)]));
  for (const [count, period] of RULES) {
    const periodOf = (snapshot: Date) => period(times.get(snapshot) ?? "", snapshot);
    markPeriods(newestFirst, marks, retention[count] ?? 0, periodOf);
  }
  return newestFirst.filter((snapshot) => marks.get(snapshot) === "keep");
}

/**
 * Whether going from `before` to `after` can cost a snapshot that would have stayed.
 *
 * A smaller count does. So do weeks where none were counted before: they cross the ends of months and years, and what
 * they pass over is gone before months and years are counted.
 */
export function isShorter(after: Retention, before: Retention): boolean {
  if (!keepsSomething(after)) return false;
  if (!keepsSomething(before)) return true;
  const smaller = RULES.some(([count]) => (after[count] ?? 0) < (before[count] ?? 0));
  const weeksAreNew = (before.keepWeekly ?? 0) === 0 && (after.keepWeekly ?? 0) > 0;
  return smaller || (weeksAreNew && ((after.keepMonthly ?? 0) > 0 || (after.keepYearly ?? 0) > 0));
}

/**
 * The counts of both, each time the larger one: it keeps at least what either of them keeps. A retention without any count,
 * which keeps everything, is not one to be added to.
 */
export function atLeast(one: Retention, other: Retention): Retention {
  const counts = RULES.map(([count]) => [count, Math.max(one[count] ?? 0, other[count] ?? 0)] as const);
  return Object.fromEntries(counts.filter(([, number]) => number > 0));
}

/** Whether any count is given; without one PBS prunes nothing. */
export function keepsSomething(retention: Retention): boolean {
  return RULES.some(([count]) => (retention[count] ?? 0) > 0);
}

type Mark = "keep" | "pass over";

/** In PBS's order: what an earlier rule marked, a later one does not look at. */
const RULES: readonly (readonly [keyof Retention, (time: LocalTime, snapshot: Date) => string])[] = [
  ["keepLast", (_time, snapshot) => snapshot.toISOString()],
  ["keepHourly", (time) => time.slice(0, "2026-11-21T21".length)],
  ["keepDaily", (time) => time.slice(0, "2026-11-21".length)],
  ["keepWeekly", isoWeek],
  ["keepMonthly", (time) => time.slice(0, "2026-11".length)],
  ["keepYearly", (time) => time.slice(0, "2026".length)],
];

/** Keeps the newest snapshot of each of `count` periods, of those in which nothing is kept yet. */
function markPeriods(
  newestFirst: readonly Date[],
  marks: Map<Date, Mark>,
  count: number,
  periodOf: (s: Date) => string,
) {
  const covered = new Set(newestFirst.filter((snapshot) => marks.get(snapshot) === "keep").map(periodOf));
  const chosen = new Set<string>();
  for (const snapshot of newestFirst) {
    const period = periodOf(snapshot);
    if (marks.has(snapshot) || covered.has(period)) continue;
    if (chosen.has(period)) {
      marks.set(snapshot, "pass over");
      continue;
    }
    if (chosen.size >= count) return;
    chosen.add(period);
    marks.set(snapshot, "keep");
  }
}

const DAY = 86_400_000;

/** Year and number of the ISO week, `2026-W47`; its year is that of its Thursday. */
function isoWeek(time: LocalTime): string {
  const day = asUtc(`${time.slice(0, "2026-11-21".length)}T00:00:00`);
  const thursday = new Date(day.getTime() + (4 - (day.getUTCDay() || 7)) * DAY);
  const newYear = Date.UTC(thursday.getUTCFullYear(), 0, 1);
  return `${thursday.getUTCFullYear()}-W${Math.floor((thursday.getTime() - newYear) / DAY / 7) + 1}`;
}
