import { type PbsTask } from "../../provider/clients/pbs-shapes";
import { type Alarm } from "./checks";

/** How far back the backups of a guest are looked at, in days: what is usual is what was usual lately. */
export const USUAL_DAYS = 31;

/** From so many earlier backups on there is something usual. The first one of a guest reads everything and says little. */
const FEWEST_EARLIER = 4;

/** So many times as long as usual is far longer. */
const FAR_LONGER = 3;

/** And by so many seconds at least: three minutes where one was usual are nobody's concern. */
const NOTABLE_SECONDS = 30 * 60;

/** Only what ended since yesterday is news, in seconds. */
const NEWS_SECONDS = 26 * 3_600;

/**
 * Guests whose last backup took far longer than theirs usually do, or has been running for far longer. It is held against the
 * median of the earlier ones that succeeded, so that one bad night does not become the usual.
 * @param tasks Backups as the server lists them, those of the last {@link USUAL_DAYS} days.
 */
export function runtimeAlarms(tasks: readonly PbsTask[], now: Date): Alarm[] {
  const ids = [...new Set(tasks.map(({ worker_id: id = "" }) => id))].sort();
  return ids.flatMap((id) => {
    const runs = tasks.filter(({ worker_id: other = "" }) => other === id);
    return runtimeAlarm(id, runs, Math.floor(now.getTime() / 1000)) ?? [];
  });
}

function runtimeAlarm(id: string, runs: readonly PbsTask[], now: number): Alarm | undefined {
  const [last, ...earlier] = runs.toSorted((a, b) => b.starttime - a.starttime);
  const usual = medianOf(earlier.flatMap((run) => (isWell(run) ? [lengthOf(run, now)] : [])));
  if (last === undefined || usual === undefined) return undefined;
  if (last.endtime !== undefined && now - last.endtime > NEWS_SECONDS) return undefined;
  const length = lengthOf(last, now);
  if (length < usual * FAR_LONGER || length - usual < NOTABLE_SECONDS) return undefined;
  const took = last.endtime === undefined ? "has been running for" : "took";
  return {
    what: `backup of ${id.slice(id.indexOf(":") + 1)}`,
    text:
      `the one of ${new Date(last.starttime * 1000).toISOString()} ${took} ${spoken(length)}, where ${spoken(usual)} is usual; ` +
      "look for a full or dying disk, a slow network, or a guest that was restarted or changed much and was read whole",
  };
}

function isWell({ endtime, status }: PbsTask): boolean {
  return endtime !== undefined && (status === "OK" || status?.startsWith("WARNINGS") === true);
}

function lengthOf({ starttime, endtime }: PbsTask, now: number): number {
  return Math.max(0, (endtime ?? now) - starttime);
}

/** Undefined when there are too few to say what is usual. */
function medianOf(lengths: readonly number[]): number | undefined {
  if (lengths.length < FEWEST_EARLIER) return undefined;
  return lengths.toSorted((a, b) => a - b)[Math.floor(lengths.length / 2)];
}

function spoken(seconds: number): string {
  const minutes = Math.round(seconds / 60);
  const rest = String(minutes % 60).padStart(2, "0");
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${rest} min`;
}
