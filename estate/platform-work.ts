import { type ScheduledWork } from "./schedules";
import { type CalendarEvent } from "./units/calendar-event";

/** Applications write their databases out into files between 02:00 and 03:00. Source: TAPPaaS, update scripts of its modules. */
const DUMPS: ScheduledWork = {
  path: "modules",
  what: "the dump of TAPPaaS' applications",
  schedule: "02:00",
  lasts: "1 hour",
};

/**
 * Work of TAPPaaS inside the guests, by their own clock. A backup beside it holds half a dump, or a guest in the middle of an update.
 * @param updateSchedule `["monthly", "Thursday", 2]`: how often, on which day, at which hour.
 */
export function platformWork(updateSchedule: readonly unknown[] | undefined): ScheduledWork[] {
  const schedule = updateSchedule === undefined ? undefined : updatesAt(updateSchedule);
  if (schedule === undefined) return [DUMPS];
  const path = "configuration.json: tappaas.updateSchedule";
  return [DUMPS, { path, what: "TAPPaaS' update", schedule, lasts: "2 hours" }];
}

/** As a calendar event; undefined for a form that is not known, of which nothing follows. */
function updatesAt([frequency, weekday, hour]: readonly unknown[]): CalendarEvent | undefined {
  if (!Number.isInteger(hour) || Number(hour) < 0 || Number(hour) > 23) return undefined;
  const at = `${String(hour).padStart(2, "0")}:00`;
  const day = typeof weekday === "string" ? DAYS.find((one) => weekday.toLowerCase().startsWith(one)) : undefined;
  if (frequency === "daily") return at;
  if (day === undefined) return undefined;
  if (frequency === "weekly") return `${day} ${at}`;
  return frequency === "monthly" ? `${day} *-*-1..7 ${at}` : undefined;
}

const DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] as const;
