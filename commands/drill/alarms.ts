import { type DrillPlan } from "../../estate/drill-plan";
import { cameBack, type DrillRecord } from "../../planning/drill-record";
import { type Alarm } from "../watch/checks";

/** Days after which a drill says little of the backups that there are now. */
const OLD_DAYS = 90;
const DAY_MS = 86_400_000;

/**
 * Drills that failed, that are long ago, or that were not cleaned up. A site that was never drilled is told so by its report, and not at
 * every look.
 * @param begun The drill that is not cleaned up; undefined when there is none.
 */
export function drillAlarms(records: readonly DrillRecord[], begun: DrillPlan | undefined, now: Date): Alarm[] {
  return [...leftAlarms(begun, now), ...resultAlarms(records, now)];
}

function leftAlarms(begun: DrillPlan | undefined, now: Date): Alarm[] {
  if (begun === undefined || now.getTime() - Date.parse(begun.freeSince) < DAY_MS) return [];
  const names = begun.guests.map(({ name, guest }) => `${name} as ${guest}`).join(", ");
  const text = `one that began on ${begun.freeSince} was not cleaned up (${names}): make drill DRILL_OPTIONS=--clean`;
  return [{ what: "drill", text }];
}

function resultAlarms(records: readonly DrillRecord[], now: Date): Alarm[] {
  const inOrder = records.toSorted((a, b) => a.endedAt.localeCompare(b.endedAt));
  const last = inOrder.at(-1);
  if (last === undefined) return [];
  const failed = last.guests.filter(({ verdict }) => verdict === "failed").map(({ name }) => name);
  if (failed.length > 0)
    return [{ what: "drill", text: `${failed.join(", ")} did not come back in that of ${last.endedAt}; see drills/` }];
  const good = inOrder.findLast(({ guests }) => guests.some(cameBack));
  const days = Math.floor((now.getTime() - Date.parse(good?.endedAt ?? last.endedAt)) / DAY_MS);
  if (days <= OLD_DAYS) return [];
  return [{ what: "drill", text: `no guest came back in one for ${days} days: make drill` }];
}
