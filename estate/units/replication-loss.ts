import { nextFiring, parseCalendarEvent, type CalendarEvent } from "./calendar-event";
import { toSeconds, type Duration } from "./duration";
import { asUtc, type LocalTime } from "./local-time";

/**
 * Time until PVE tries a failed replication again.
 * @see https://pve.proxmox.com/pve-docs/chapter-pvesr.html#pvesr_error_handling
 */
export const REPLICATION_RETRY: Duration = "30 minutes";

/** Replication runs at least this often. Source: the same manual, "at most once a week". */
const LONGEST_INTERVAL: Duration = "7 days";

/** Any Thursday will do: nine days from it hold every gap of at most a week. */
const FROM: LocalTime = "2026-01-01T00:00:00";
const HORIZON: Duration = "9 days";
const HORIZON_OF_EVERY_DAY: Duration = "2 days";

/**
 * Longest time between two starts, in seconds; undefined for a schedule that leaves more than a week between two of them, which is
 * more than PVE allows for replication.
 * @throws {RangeError} If the event is malformed.
 */
export function longestInterval(schedule: CalendarEvent): number | undefined {
  const { years, months, days, weekdays } = parseCalendarEvent(schedule);
  const daily = [years, months, days, weekdays].every((field) => field === undefined);
  const end = secondOf(FROM) + toSeconds(daily ? HORIZON_OF_EVERY_DAY : HORIZON);
  let longest = 0;
  let before = nextFiring(schedule, FROM);
  while (before !== undefined && secondOf(before) < end) {
    const next = nextFiring(schedule, before);
    if (next === undefined) return undefined;
    longest = Math.max(longest, secondOf(next) - secondOf(before));
    before = next;
  }
  return longest > 0 && longest <= toSeconds(LONGEST_INTERVAL) ? longest : undefined;
}

/**
 * Most work that a failover may lose, in seconds: a node dies at the end of a run that was tried again after one that failed.
 * @param run Length of a run in seconds.
 */
export function worstLoss(schedule: CalendarEvent, run: number): number | undefined {
  const interval = longestInterval(schedule);
  return interval === undefined ? undefined : interval + run + toSeconds(REPLICATION_RETRY);
}

function secondOf(time: LocalTime): number {
  return asUtc(time).getTime() / 1_000;
}
