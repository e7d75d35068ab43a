/** A parsed calendar event: the moments at which something is due, in the host's local time. */
export interface CalendarEvent {
  /** Days of the week, 0 is Sunday. */
  readonly weekdays: ReadonlySet<number>;
  /** Whether a year, month or day of the month fits. */
  readonly date: readonly [Field, Field, Field];
  /** Whether an hour or minute fits. */
  readonly time: readonly [Field, Field];
}

/** Whether a number fits one part of an event. */
export type Field = (value: number) => boolean;

const DAYS = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];
const EVERY_DAY: ReadonlySet<number> = new Set([0, 1, 2, 3, 4, 5, 6]);
const NAMED: Readonly<Record<string, string>> = {
  minutely: "*:*",
  hourly: "*:00",
  daily: "00:00",
  weekly: "mon 00:00",
  monthly: "*-*-1 00:00",
  yearly: "*-1-1 00:00",
  annually: "*-1-1 00:00",
};

/**
 * Reads a calendar event as PVE and PBS both take it; undefined when it is none.
 * Source: PBS documentation, "Calendar Events".
 */
export function parseCalendarEvent(text: string): CalendarEvent | undefined {
  let rest = (NAMED[text.trim()] ?? text.trim()).split(/\s+/);
  if (rest.length === 0 || rest[0] === "") return undefined;
  const weekdays = /^[a-z]/i.test(rest[0] ?? "") ? parseWeekdays(rest[0] ?? "") : EVERY_DAY;
  if (/^[a-z]/i.test(rest[0] ?? "")) rest = rest.slice(1);
  const dated = rest[0]?.includes("-") === true;
  const date = parseDate(dated ? rest[0] : undefined);
  if (dated) rest = rest.slice(1);
  const time = parseTime(rest[0]);
  if (weekdays === undefined || date === undefined || time === undefined || rest.length > 1) return undefined;
  return { weekdays, date, time };
}

const MINUTE = 60_000;
const LONGEST_SEARCH = 4 * 366;

/** First moment after `after`, both in milliseconds since 1970; undefined when none comes within four years. */
export function nextEvent({ weekdays, date, time }: CalendarEvent, after: number): number | undefined {
  const start = Math.floor(after / MINUTE) * MINUTE + MINUTE;
  const day = new Date(start);
  for (let days = 0; days < LONGEST_SEARCH; days += 1) {
    if (weekdays.has(day.getDay()) && fitsDate(day, date)) {
      const moment = firstMinute(day, time);
      if (moment !== undefined) return moment;
    }
    day.setHours(24, 0, 0, 0);
  }
  return undefined;
}

function fitsDate(day: Date, [year, month, dayOfMonth]: CalendarEvent["date"]): boolean {
  return year(day.getFullYear()) && month(day.getMonth() + 1) && dayOfMonth(day.getDate());
}

function firstMinute(from: Date, [hour, minute]: CalendarEvent["time"]): number | undefined {
  const moment = new Date(from);
  for (; moment.getDate() === from.getDate(); moment.setMinutes(moment.getMinutes() + 1)) {
    if (hour(moment.getHours()) && minute(moment.getMinutes())) return moment.getTime();
  }
  return undefined;
}

function parseWeekdays(text: string): ReadonlySet<number> | undefined {
  const days = new Set<number>();
  for (const part of text.toLowerCase().split(",")) {
    const [from, to = from] = part.split("..").map((name) => DAYS.indexOf(name.slice(0, 3)));
    if (from === undefined || to === undefined || from < 0 || to < 0) return undefined;
    for (let day = from; ; day = (day + 1) % 7) {
      days.add(day);
      if (day === to) break;
    }
  }
  return days;
}

function parseDate(text: string | undefined): CalendarEvent["date"] | undefined {
  const parts = (text ?? "*-*-*").split("-");
  const [year, month, day] = parts.length === 2 ? ["*", ...parts] : parts;
  const fields = [field(year, 1970, 9999), field(month, 1, 12), field(day, 1, 31)] as const;
  const [years, months, days] = fields;
  return years !== undefined && months !== undefined && days !== undefined ? [years, months, days] : undefined;
}

function parseTime(text: string | undefined): CalendarEvent["time"] | undefined {
  const parts = (text ?? "00:00").split(":");
  if (parts.length > 3 || (parts[2] !== undefined && field(parts[2], 0, 59) === undefined)) return undefined;
  const [hour, minute] = parts.length === 1 ? ["*", parts[0]] : parts;
  const hours = field(hour, 0, 23);
  const minutes = field(minute, 0, 59);
  return hours !== undefined && minutes !== undefined ? [hours, minutes] : undefined;
}

function field(text: string | undefined, lowest: number, highest: number): Field | undefined {
  const tests = (text ?? "").split(",").map((part) => element(part, lowest, highest));
  if (tests.some((test) => test === undefined)) return undefined;
  return (value) => tests.some((test) => test?.(value) === true);
}

function element(text: string, lowest: number, highest: number): Field | undefined {
  const match = /^(?:(\*)|(\d+)(?:\.\.(\d+))?)(?:\/(\d+))?$/.exec(text);
  if (match === null) return undefined;
  const [, star, from, to, step] = match;
  if (to !== undefined && step !== undefined) return undefined;
  const first = star === undefined ? Number(from) : lowest;
  const last = to === undefined ? (star === undefined && step === undefined ? first : highest) : Number(to);
  const every = Number(step ?? 1);
  if (first < lowest || last > highest || first > last || every < 1) return undefined;
  return (value) => value >= first && value <= last && (value - first) % every === 0;
}
