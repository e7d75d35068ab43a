/** How many snapshots of each kind a prune keeps; an absent rule keeps none of its own. */
export interface KeepOptions {
  /** The newest ones, whatever their age. */
  readonly "keep-last"?: number;
  /** Hours with a backup. */
  readonly "keep-hourly"?: number;
  /** Days with a backup. */
  readonly "keep-daily"?: number;
  /** ISO weeks with a backup. */
  readonly "keep-weekly"?: number;
  /** Months with a backup. */
  readonly "keep-monthly"?: number;
  /** Years with a backup. */
  readonly "keep-yearly"?: number;
}

/** What a prune looks at. */
export interface Prunable {
  /** Seconds since 1970. */
  readonly time: number;
  /** Never removed, and never counted as kept by a rule. */
  readonly protected: boolean;
}

/** Names of the rules, in the order in which PBS applies them. */
export const KEEP_NAMES = [
  "keep-last",
  "keep-hourly",
  "keep-daily",
  "keep-weekly",
  "keep-monthly",
  "keep-yearly",
] as const;

type KeepName = (typeof KEEP_NAMES)[number];
type Verdict = "keep" | "remove";

/** Whether any rule is set. Without one PBS keeps everything (PBS 4.2: pbs-datastore/src/prune.rs). */
export function keepsSomething(options: KeepOptions): boolean {
  return KEEP_NAMES.some((name) => (options[name] ?? 0) > 0);
}

/**
 * Decides which of a group's snapshots a prune keeps, newest first.
 *
 * Every rule walks from the newest to the oldest and keeps the newest snapshot of a period, until it has kept its
 * number. A period in which an earlier rule kept something does not count, and what a rule passed over within its own
 * periods is lost to the rules after it.
 * @param timeZone IANA name; the server's own when absent, as in PBS.
 * @see PBS 4.2: pbs-datastore/src/prune.rs
 */
export function prune<T extends Prunable>(
  snapshots: readonly T[],
  options: KeepOptions,
  timeZone?: string,
): { readonly snapshot: T; readonly keep: boolean }[] {
  const newestFirst = [...snapshots].sort((a, b) => b.time - a.time);
  if (!keepsSomething(options)) return newestFirst.map((snapshot) => ({ snapshot, keep: true }));
  const verdicts = new Map<T, Verdict>();
  const candidates = newestFirst.filter((snapshot) => !snapshot.protected);
  for (const name of KEEP_NAMES) applyRule(candidates, verdicts, options[name] ?? 0, periodNamer(name, timeZone));
  return newestFirst.map((snapshot) => ({ snapshot, keep: snapshot.protected || verdicts.get(snapshot) === "keep" }));
}

function applyRule<T extends Prunable>(
  candidates: readonly T[],
  verdicts: Map<T, Verdict>,
  limit: number,
  periodOf: (seconds: number) => string,
): void {
  if (limit === 0) return;
  const covered = new Set(candidates.filter((one) => verdicts.get(one) === "keep").map(({ time }) => periodOf(time)));
  const kept = new Set<string>();
  for (const snapshot of candidates) {
    const period = periodOf(snapshot.time);
    if (verdicts.has(snapshot) || covered.has(period)) continue;
    if (!kept.has(period) && kept.size === limit) return;
    verdicts.set(snapshot, kept.has(period) ? "remove" : "keep");
    kept.add(period);
  }
}

/** Gives two times the same name exactly when they lie in one period of the rule. */
function periodNamer(rule: KeepName, timeZone?: string): (seconds: number) => string {
  if (rule === "keep-last") return String;
  const localTime = localTimeReader(timeZone);
  return (seconds) => {
    const [year, month, day, hour] = localTime(seconds);
    switch (rule) {
      case "keep-hourly":
        return `${year}/${month}/${day}/${hour}`;
      case "keep-daily":
        return `${year}/${month}/${day}`;
      case "keep-weekly":
        return isoWeek(year, month, day);
      case "keep-monthly":
        return `${year}/${month}`;
      case "keep-yearly":
        return String(year);
    }
  };
}

type LocalTime = readonly [year: number, month: number, day: number, hour: number];

function localTimeReader(timeZone?: string): (seconds: number) => LocalTime {
  const format = new Intl.DateTimeFormat("en-GB", {
    ...(timeZone !== undefined && { timeZone }),
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    hourCycle: "h23",
  });
  return (seconds) => {
    const parts = format.formatToParts(seconds * 1000);
    const number = (type: string): number => Number(parts.find((part) => part.type === type)?.value);
    return [number("year"), number("month"), number("day"), number("hour")];
  };
}

/** `<ISO year>/<ISO week>`: a week belongs to the year of its Thursday. */
function isoWeek(year: number, month: number, day: number): string {
  const date = new Date(Date.UTC(year, month - 1, day));
  const fromMonday = (date.getUTCDay() + 6) % 7;
  date.setUTCDate(date.getUTCDate() - fromMonday + 3);
  const firstDay = Date.UTC(date.getUTCFullYear(), 0, 1);
  return `${date.getUTCFullYear()}/${Math.floor((date.getTime() - firstDay) / (7 * 86_400_000)) + 1}`;
}
