import { nextEvent, parseCalendarEvent } from "../../pve/calendar-event";

/** When a job of this schedule runs next, as the lists of jobs tell it. */
export function nextRun(schedule: string, now: number): { readonly "next-run"?: number } {
  const event = parseCalendarEvent(schedule);
  const next = event === undefined ? undefined : nextEvent(event, now);
  return next === undefined ? {} : { "next-run": Math.floor(next / 1000) };
}
