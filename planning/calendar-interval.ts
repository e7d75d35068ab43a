import { nextFiring, type CalendarEvent } from "../estate/units/calendar-event";

/** A leap year's worth of days of a common week pattern: a Monday at midnight. */
const MONDAY = "2026-01-05T00:00:00";
/** Longest stretch that is looked at: what fires once in a week shows its gap within three. */
const FIRINGS = 64;

/**
 * Longest time in seconds between two firings of a schedule, found by going through its next firings; a year for one that fires
 * once or never.
 */
export function intervalOf(event: CalendarEvent): number {
  let before: number | undefined;
  let longest = 0;
  let at: string | undefined = MONDAY;
  for (let firing = 0; firing < FIRINGS; firing += 1) {
    at = nextFiring(event, at);
    if (at === undefined) break;
    const now = Date.parse(`${at}Z`) / 1000;
    if (before !== undefined) longest = Math.max(longest, now - before);
    before = now;
  }
  return longest === 0 ? 31_536_000 : longest;
}
