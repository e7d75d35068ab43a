/**
 * Time on a wall clock, without a zone: `"2026-11-21T21:00:00"`. Schedules of PVE and PBS mean the clock of the host that
 * runs them, and two hosts may disagree.
 */
export type LocalTime = string;

const PATTERN = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}$/;

/**
 * What the wall clock shows at an instant.
 * @param timeZone IANA name, such as `"Europe/Amsterdam"`.
 * @throws {RangeError} If the zone is unknown.
 */
export function localTimeOf(instant: Date, timeZone: string): LocalTime {
  // Swedish writes dates as ISO 8601 does, and h23 keeps midnight from being 24:00.
  return clock(timeZone).format(instant).replace(" ", "T");
}

/** Whether `timeZone` is an IANA zone that this machine knows, such as `"Europe/Amsterdam"`. */
export function isTimeZone(timeZone: string): boolean {
  try {
    clock(timeZone);
    return true;
  } catch {
    return false;
  }
}

/**
 * The same numbers read as if they were UTC's: for arithmetic on the calendar, where no hour is missing or doubled.
 * @throws {RangeError} If the text is not `YYYY-MM-DDTHH:MM:SS`, or no day of the calendar.
 */
export function asUtc(time: LocalTime): Date {
  const date = new Date(`${time}Z`);
  if (!PATTERN.test(time) || Number.isNaN(date.getTime()) || fromUtc(date) !== time) {
    throw new RangeError(`Expected a local time such as "2026-11-21T21:00:00", got "${time}".`);
  }
  return date;
}

/** Wall clock of UTC at an instant; undoes {@link asUtc}. */
export function fromUtc(date: Date): LocalTime {
  return date.toISOString().slice(0, "2026-11-21T21:00:00".length);
}

const clocks = new Map<string, Intl.DateTimeFormat>();

/** One formatter a zone: making them takes longer than using them. */
function clock(timeZone: string): Intl.DateTimeFormat {
  const known = clocks.get(timeZone);
  if (known !== undefined) return known;
  const made = new Intl.DateTimeFormat("sv-SE", { timeZone, hourCycle: "h23", ...NUMERIC });
  clocks.set(timeZone, made);
  return made;
}

const NUMERIC = {
  year: "numeric",
  month: "2-digit",
  day: "2-digit",
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
} as const;
