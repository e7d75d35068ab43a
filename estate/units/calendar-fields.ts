/** Values that a field may have; undefined stands for every value. */
export type Values = ReadonlySet<number> | undefined;

/** Days of the week, Monday 1 to Sunday 7. */
export type Weekdays = ReadonlySet<number>;

/** Dates on which a calendar event runs. */
export interface DateFields {
  /** Years, up to 2199. */
  readonly years: Values;
  /** Months, 1 to 12. */
  readonly months: Values;
  /** Days of the month, 1 to 31. */
  readonly days: Values;
}

/** Times of day at which a calendar event runs. */
export interface TimeFields {
  /** Hours, 0 to 23. */
  readonly hours: Values;
  /** Minutes, 0 to 59. */
  readonly minutes: Values;
  /** Seconds, 0 to 59. */
  readonly seconds: Values;
}

/** Reads `mon,wed..fri`, in any case, long or short; a range may pass over Sunday. Undefined when it is none. */
export function parseWeekdays(text: string): { readonly weekdays: Weekdays } | undefined {
  const ranges = text.split(",").map(weekdayRange);
  return ranges.includes(undefined) ? undefined : { weekdays: new Set(ranges.flatMap((range) => range ?? [])) };
}

/** Reads `2026-11-21`, `*-1..7` or `02-28`; undefined when it is no date. */
export function parseDate(text: string): DateFields | undefined {
  const parts = text.split("-");
  const [days, months, years = EVERY] = parts.reverse();
  if (days === undefined || months === undefined) return undefined;
  return fields({ years: field(years, 0, 2199), months: field(months, 1, 12), days: field(days, 1, 31) });
}

/** Reads `21:00`, `*:0/15`, `20` (a minute) or `1:2:3`; undefined when it is no time. */
export function parseTime(text: string): TimeFields | undefined {
  const parts = text.split(":");
  if (parts.length > 3) return undefined;
  const [hours, minutes, seconds] = parts.length === 1 ? [EVERY, text] : parts;
  return fields({
    hours: field(hours ?? "", 0, 23),
    minutes: field(minutes ?? "", 0, 59),
    seconds: field(seconds ?? "0", 0, 59),
  });
}

const EVERY = "*";
const INVALID = "invalid";

type Field = Values | typeof INVALID;

/** All fields, or undefined when one of them is invalid. */
function fields<K extends string>(parsed: Record<K, Field>): Record<K, Values> | undefined {
  return Object.values(parsed).includes(INVALID) ? undefined : (parsed as Record<K, Values>);
}

/**
 * Values of one field, from `first` to `last`. A `*` stands alone, or with a step: lists hold numbers only.
 * Stricter than PVE, which reads hour 25 as minute 25 and takes a month 0 that never comes: nobody means that.
 */
function field(text: string, first: number, last: number): Field {
  const { step } = /^\*(?:\/(?<step>\d{1,4}))?$/.exec(text)?.groups ?? {};
  if (text === EVERY) return undefined;
  if (step !== undefined) {
    return Number(step) > 0 && Number(step) <= last ? new Set(range(first, last, Number(step))) : INVALID;
  }
  const items = text.split(",").map((item) => itemValues(item, first, last));
  return items.includes(undefined) ? INVALID : new Set(items.flatMap((values) => values ?? []));
}

const ITEM = /^(?<from>\d{1,4})(?:\.\.(?<to>\d{1,4}))?(?:\/(?<step>\d{1,4}))?$/;

/** Values of `5`, `1..7`, `5/10` or `4..10/2`; a step of 0 means the first value alone. */
function itemValues(item: string, first: number, last: number): readonly number[] | undefined {
  const { from, to, step } = ITEM.exec(item)?.groups ?? {};
  if (from === undefined) return undefined;
  const start = Number(from);
  const end = to !== undefined ? Number(to) : step !== undefined ? last : start;
  if (start < first || start > end || end > last || Number(step ?? 1) > last) return undefined;
  return Number(step ?? 1) === 0 ? [start] : range(start, end, Number(step ?? 1));
}

function range(first: number, last: number, step: number): number[] {
  return Array.from({ length: Math.floor((last - first) / step) + 1 }, (_, index) => first + index * step);
}

const WEEKDAYS = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

function weekdayRange(text: string): readonly number[] | undefined {
  const [first, last, ...rest] = text.split("..").map(weekday);
  if (first === undefined || rest.length > 0) return undefined;
  if (!text.includes("..")) return [first];
  if (last === undefined) return undefined;
  return first <= last ? range(first, last, 1) : [...range(first, 7, 1), ...range(1, last, 1)];
}

function weekday(text: string): number | undefined {
  const lower = text.toLowerCase();
  const index = WEEKDAYS.findIndex((name) => name === lower || name.slice(0, 3) === lower);
  return index === -1 ? undefined : index + 1;
}
