import { type BackupPlan } from "./backup-plan";
import { type Finding } from "./problem";
import { firingsOf, type CalendarEvent } from "./units/calendar-event";
import { toSeconds, type Duration } from "./units/duration";
import { asUtc, type LocalTime } from "./units/local-time";

/** Work that the site does at its hour. */
export interface ScheduledWork {
  /** Setting that says when. */
  readonly path: string;
  /** What runs, for people. */
  readonly what: string;
  /** When it starts, by its host's clock; nodes and backup server are taken to have the same. */
  readonly schedule: CalendarEvent;
  /** How long it is taken to run. */
  readonly lasts: Duration;
}

/** Two works of which one starts while the other runs. */
export interface Clash {
  /** What runs already. */
  readonly running: ScheduledWork;
  /** When it began. */
  readonly since: LocalTime;
  /** What starts meanwhile. */
  readonly starting: ScheduledWork;
  /** When it starts. */
  readonly at: LocalTime;
}

/**
 * What a site's night holds. The times that it takes are assumptions for a home or small firm, on the safe side: a nightly
 * backup reads changed blocks only, pruning removes index files, garbage collection and verifying read the disk. A node's own
 * configuration is a few megabytes.
 */
export function worksOf(plan: BackupPlan): ScheduledWork[] {
  const { configurationTime, pruneSchedule, garbageCollection, verifySchedule } = plan;
  const configuration = "the backup of the nodes' configuration";
  return [
    { path: "backup.configurationTime", what: configuration, schedule: configurationTime, lasts: "30 minutes" },
    ...backupsOf(plan),
    { path: "backup.pruneSchedule", what: "pruning", schedule: pruneSchedule, lasts: "30 minutes" },
    { path: "backup.garbageCollection", what: "garbage collection", schedule: garbageCollection, lasts: "1 hour" },
    { path: "backup.verifySchedule", what: "verifying", schedule: verifySchedule, lasts: "6 hours" },
  ];
}

/** The nightly backup, and those of the buckets at another hour: what starts together runs one after the other, and is one window. */
function backupsOf({ schedule, buckets }: BackupPlan): ScheduledWork[] {
  const hour = (event: CalendarEvent) => event.split(" ").at(-1);
  const others = buckets.filter((one) => hour(one.schedule) !== hour(schedule));
  return [
    { path: "backup.schedule", what: "the backup", schedule, lasts: "4 hours" },
    ...others.map(({ bucket, schedule: own }) => ({
      path: `backup.${bucket}Schedule`,
      what: `the ${bucket} backup`,
      schedule: own,
      lasts: "4 hours" as const,
    })),
  ];
}

/**
 * Works of a site that get in each other's way, each pair once, both named.
 * @param inside Work inside the guests, which backups should not meet. @default - none is known
 */
export function scheduleFindings(plan: BackupPlan, inside: readonly ScheduledWork[] = []): Finding[] {
  const beside = inside.flatMap((work) => backupsOf(plan).flatMap((backup) => clashesOf([backup, work])));
  return [
    ...oftenFindings(plan),
    ...clashFindings(clashesOf(worksOf(plan))),
    ...clashFindings(beside, "; a backup of that hour may hold half of it"),
  ];
}

/** A guest is backed up once a day at most: more costs its disks and the night, and retention counts days. */
function oftenFindings({ schedule }: BackupPlan): Finding[] {
  const days = startsOf({ path: "backup.schedule", what: "the backup", schedule, lasts: "1 hour" }).map(({ at }) =>
    at.slice(0, "2026-01-01".length),
  );
  const twice = days.find((day, index) => days[index + 1] === day);
  if (twice === undefined) return [];
  const advice = `"${schedule}" backs guests up more than once a day; pruning keeps one a day, so the others are gone the next night`;
  return [{ path: "backup.schedule", advice }];
}

/** What an owner is told of works that get in each other's way. */
export function clashFindings(clashes: readonly Clash[], why = ""): Finding[] {
  return clashes.map(({ running, since, starting, at }) => ({
    path: starting.path,
    advice:
      `${starting.what} starts at ${clock(at)} (${starting.path}: "${starting.schedule}") while ${running.what} of ` +
      `${clock(since)} (${running.path}: "${running.schedule}") may still run, as it may take ${running.lasts}; ` +
      `move one of the two${why}`,
  }));
}

/** The first clash of each pair within ten weeks: every calendar event of daily, weekly and monthly work comes up in them. */
export function clashesOf(works: readonly ScheduledWork[]): Clash[] {
  const all = works.map(startsOf);
  return all.flatMap((one, index) => all.slice(index + 1).flatMap((other) => clashOf(one, other) ?? []));
}

/** Ten weeks hold every day of the week, of the month, and the first of each weekday in a month with the night before it. */
const FROM: LocalTime = "2026-01-01T00:00:00";
const HORIZON: Duration = "70 days";

/** Work that starts more often is there all the time; looking further finds nothing new. */
const MOST_FIRINGS = 1_000;

/** A time at which a work starts. */
interface Start {
  readonly work: ScheduledWork;
  readonly at: LocalTime;
  /** The same in seconds since 1970, as if the clock were UTC's. */
  readonly second: number;
}

function clashOf(one: readonly Start[], other: readonly Start[]): Clash | undefined {
  const running = new Map<ScheduledWork, Start>();
  for (const start of [...one, ...other].sort((a, b) => a.second - b.second)) {
    const { work, at, second } = start;
    const [rival] = [...running.values()].filter((since) => since.work !== work);
    if (rival !== undefined && second < rival.second + toSeconds(rival.work.lasts)) {
      return { running: rival.work, since: rival.at, starting: work, at };
    }
    running.set(work, start);
  }
  return undefined;
}

function startsOf(work: ScheduledWork): Start[] {
  const starts: Start[] = [];
  const end = secondOf(FROM) + toSeconds(HORIZON);
  for (const at of firingsOf(work.schedule, FROM)) {
    const second = secondOf(at);
    if (second >= end || starts.length === MOST_FIRINGS) break;
    starts.push({ work, at, second });
  }
  return starts;
}

function secondOf(time: LocalTime): number {
  return asUtc(time).getTime() / 1_000;
}

/** `02:00` of a local time. */
function clock(time: LocalTime): string {
  return time.slice("2026-01-01T".length, "2026-01-01T02:00".length);
}
