import { type Retention } from "../estate/units/retention";

/** Day as a number: days since 1970-01-01. */
type Day = number;

const DAY_MS = 86_400_000;
/** 1970-01-01 was a Thursday; weeks begin on Monday. */
const DAYS_TO_MONDAY = 3;

/** In PBS' order: what an earlier rule marked, a later one does not look at. One backup a day is the one of its hour, too. */
const RULES: readonly (readonly [keyof Retention, (day: Day) => number])[] = [
  ["keepLast", (day) => day],
  ["keepHourly", (day) => day],
  ["keepDaily", (day) => day],
  ["keepWeekly", (day) => Math.floor((day + DAYS_TO_MONDAY) / 7)],
  ["keepMonthly", monthOf],
  ["keepYearly", (day) => Math.floor(monthOf(day) / 12)],
];

/**
 * Days whose backup PBS keeps of those on `days`, by the rules of {@link Retention}; the same as estate/units/retention says of
 * instants, fast enough to go through years night by night.
 * @param days Newest first, each once.
 */
export function keptDays(days: readonly Day[], retention: Retention): Day[] {
  if (RULES.every(([count]) => (retention[count] ?? 0) === 0)) return [...days];
  const kept = new Set<Day>();
  const passed = new Set<Day>();
  for (const [name, periodOf] of RULES) {
    const count = retention[name] ?? 0;
    if (count === 0) continue;
    const covered = new Set([...kept].map(periodOf));
    const chosen = new Set<number>();
    for (const day of days) {
      if (kept.has(day) || passed.has(day)) continue;
      const period = periodOf(day);
      if (covered.has(period)) continue;
      if (chosen.has(period)) {
        passed.add(day);
        continue;
      }
      if (chosen.size >= count) break;
      chosen.add(period);
      kept.add(day);
    }
  }
  return days.filter((day) => kept.has(day));
}

/** Days held each night of a run of nights, newest first: one backup a night, then pruning. */
export function nightsOf(retention: Retention, first: Day, nights: number, everyDays = 1): Day[][] {
  const held: Day[][] = [];
  let days: Day[] = [];
  for (let night = 0; night < nights; night += 1) {
    const today = first + night;
    if (night % everyDays === 0) days = keptDays([today, ...days], retention);
    held.push(days);
  }
  return held;
}

/** 2026-01-01, a day to begin with. */
const FIRST: Day = 20_454;
/** Nights that are gone through: two years to fill up, and one to look at. */
const NIGHTS = 3 * 366;

/** How much work going back costs, by the days until a deletion was noticed. */
export type VersionGap = (noticedAfterDays: number) => number | undefined;

/**
 * Seconds of work, at worst, between the newest version from before a deletion and the deletion, by the days until somebody notices
 * it. Looks at every night of a year after two years of backups; undefined where on some night no version is old enough.
 */
export function versionGap(retention: Retention, intervalSeconds: number): VersionGap {
  const everyDays = Math.max(1, Math.round(intervalSeconds / 86_400));
  const nights = nightsOf(retention, FIRST, NIGHTS, everyDays);
  return (days) => {
    let worst = 0;
    for (let night = NIGHTS - 366; night < NIGHTS; night += 1) {
      const deleted = FIRST + night - days;
      const version = nights[night]?.find((day) => day <= deleted);
      if (version === undefined) return undefined;
      worst = Math.max(worst, deleted - version);
    }
    return worst * 86_400 + Math.min(intervalSeconds, 86_400);
  };
}

function monthOf(day: Day): number {
  const known = MONTHS.get(day);
  if (known !== undefined) return known;
  const date = new Date(day * DAY_MS);
  const month = date.getUTCFullYear() * 12 + date.getUTCMonth();
  MONTHS.set(day, month);
  return month;
}

/** Months of the days that were asked for: the same few thousand come again and again. */
const MONTHS = new Map<Day, number>();
