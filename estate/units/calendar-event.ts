import {
  parseDate,
  parseTime,
  parseWeekdays,
  type DateFields,
  type TimeFields,
  type Weekdays,
} from "./calendar-fields";
import { toSeconds, type Duration } from "./duration";
import { asUtc, fromUtc, type LocalTime } from "./local-time";

/**
 * When something runs on a PVE or PBS host, by that host's clock: `"21:00"`, `"mon..fri 22:30"`, `"sat *-1..7 15:00"`,
 * `"daily"`. One number alone is a minute: `"22"` runs every hour. Checked once a minute, so seconds say little.
 * @see https://pbs.proxmox.com/docs/calendarevents.html
 */
export type CalendarEvent = string;

/** A calendar event taken apart; an undefined field matches every value. */
export interface CalendarFields extends DateFields, TimeFields {
  /** Days of the week on which it runs, Monday 1 to Sunday 7. */
  readonly weekdays: Weekdays | undefined;
  /** Whether it means UTC and not the host's clock: the text ends in `UTC`. */
  readonly utc: boolean;
}

/** Whether PVE and PBS would take `text` as a schedule. It may still never fire, such as `"02-30"`. */
export function isCalendarEvent(text: string): boolean {
  return fieldsOf(text) !== undefined;
}

/**
 * Fields of a calendar event.
 * @throws {RangeError} If PVE and PBS would refuse it.
 * @see proxmox-rs: proxmox-time/src/calendar_event.rs
 */
export function parseCalendarEvent(text: CalendarEvent): CalendarFields {
  const fields = fieldsOf(text);
  if (fields !== undefined) return fields;
  throw new RangeError(`Expected a calendar event such as "21:00" or "mon..fri 22:30", got "${text}".`);
}

/**
 * First time at which the event fires after `after`, on the same wall clock; undefined when it never does again.
 *
 * It knows no daylight saving: a time that the clock skips or shows twice is the host's to interpret.
 * @throws {RangeError} If the event or the time is malformed.
 */
export function nextFiring(event: CalendarEvent, after: LocalTime): LocalTime | undefined {
  return firingAfter(parseCalendarEvent(event), after);
}

/**
 * The times at which the event fires after `after`, one after the other, as {@link nextFiring} tells each.
 * @throws {RangeError} If the event or the time is malformed.
 */
export function* firingsOf(event: CalendarEvent, after: LocalTime): Generator<LocalTime, void> {
  const fields = parseCalendarEvent(event);
  for (let at = firingAfter(fields, after); at !== undefined; at = firingAfter(fields, at)) yield at;
}

function firingAfter(fields: CalendarFields, after: LocalTime): LocalTime | undefined {
  const earliest = asUtc(after).getTime() + 1_000;
  for (let day = startOfDay(earliest); ; day += DAY) {
    const date = new Date(day);
    if (date.getUTCFullYear() >= LAST_YEAR) return undefined;
    if (!runsOn(fields, date)) continue;
    const second = firstSecond(fields, Math.max(earliest - day, 0) / 1_000);
    if (second !== undefined) return fromUtc(new Date(day + second * 1_000));
  }
}

/** Calendar event that fires once every `interval`; undefined where none does so evenly, as for "90 minutes". */
export function calendarEventEvery(interval: Duration): CalendarEvent | undefined {
  const minutes = toSeconds(interval) / 60;
  if (minutes < 60) return 60 % minutes === 0 ? `*/${minutes}` : undefined;
  if (minutes === 24 * 60) return "daily";
  return (24 * 60) % minutes === 0 && minutes % 60 === 0 ? `0/${minutes / 60}:00` : undefined;
}

const DAY = 86_400_000;

/** Years beyond are no part of a calendar event in PVE and PBS, nor in systemd. */
const LAST_YEAR = 2200;

const SHORTHANDS: Readonly<Record<string, string>> = {
  minutely: "*:*:00",
  hourly: "*:00:00",
  daily: "00:00:00",
  weekly: "mon 00:00:00",
  monthly: "*-01 00:00:00",
  quarterly: "01,04,07,10-01 00:00:00",
  semiannually: "01,07-01 00:00:00",
  "semi-annually": "01,07-01 00:00:00",
  yearly: "01-01 00:00:00",
  annually: "01-01 00:00:00",
};

const SHAPE = /^(?<weekdays>[A-Za-z][A-Za-z.,]*)? *(?<date>[\d*./,]+-[\d*./,]+(?:-[\d*./,]+)?)? *(?<time>[\d*./,:]+)?$/;
const UTC_SUFFIX = / *UTC$/;
const MIDNIGHT: TimeFields = { hours: new Set([0]), minutes: new Set([0]), seconds: new Set([0]) };

function fieldsOf(text: string): CalendarFields | undefined {
  const utc = UTC_SUFFIX.test(text);
  const local = text.replace(UTC_SUFFIX, "");
  const parts = SHAPE.exec(SHORTHANDS[local] ?? local)?.groups;
  if (parts === undefined || /^ | $/.test(local) || local === "") return undefined;
  const { weekdays, date, time } = parts;
  const days = weekdays === undefined ? EVERY : parseWeekdays(weekdays);
  const dates = date === undefined ? EVERY : parseDate(date);
  const times = time === undefined ? MIDNIGHT : parseTime(time);
  if (days === undefined || dates === undefined || times === undefined) return undefined;
  return {
    years: undefined,
    months: undefined,
    days: undefined,
    weekdays: undefined,
    ...days,
    ...dates,
    ...times,
    utc,
  };
}

/** Stands for a part that is not written: it restricts nothing. */
const EVERY = {} as const;

function startOfDay(instant: number): number {
  return Math.floor(instant / DAY) * DAY;
}

function runsOn({ years, months, days, weekdays }: CalendarFields, date: Date): boolean {
  return (
    (years?.has(date.getUTCFullYear()) ?? true) &&
    (months?.has(date.getUTCMonth() + 1) ?? true) &&
    (days?.has(date.getUTCDate()) ?? true) &&
    (weekdays?.has(date.getUTCDay() || 7) ?? true)
  );
}

/** First second of the day from `from` on that matches; undefined when the day holds none. */
function firstSecond({ hours, minutes, seconds }: TimeFields, from: number): number | undefined {
  for (let hour = Math.floor(from / 3_600); hour < 24; hour++) {
    if (hours?.has(hour) === false) continue;
    for (let minute = 0; minute < 60; minute++) {
      if (minutes?.has(minute) === false) continue;
      for (let second = 0; second < 60; second++) {
        const at = hour * 3_600 + minute * 60 + second;
        if (at >= from && seconds?.has(second) !== false) return at;
      }
    }
  }
  return undefined;
}
