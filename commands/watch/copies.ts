import { type CopySource } from "../../estate/copy-source-settings";
import { copyName, type OffsiteCopy } from "../../estate/offsite-settings";
import { toBytes } from "../../estate/units/size";
import { intervalOf } from "../../planning/calendar-interval";
import { type Alarm } from "./checks";
import { GRACE_HOURS, HOUR_MS, NIGHT_HOURS } from "./hours";

/** What was seen of the copies of one site. */
export interface SeenCopies {
  /** How the last run of its job ended; undefined when there was none. */
  readonly state: string | undefined;
  /** When it ended. */
  readonly ended: Date | undefined;
  /** When the newest copy was backed up over there; undefined when there is none. */
  readonly newest: Date | undefined;
  /** Bytes of its chunks when garbage was last collected; undefined when it never was. */
  readonly bytes: number | undefined;
}

/** From here on a limit is said. */
const NEARLY = 0.85;

/**
 * Copies of other sites that do not come in, grow old, or take more than they may.
 * @param seen By the name of the site; undefined where this side's server could not be asked.
 */
export function copyAlarms(
  sources: readonly CopySource[],
  seen: Readonly<Record<string, SeenCopies>> | undefined,
  now: Date,
): Alarm[] {
  if (seen === undefined && sources.length > 0)
    return [
      { what: "copies", text: "the backup server did not say whether they come in; look at its login and its service" },
    ];
  return sources.flatMap((source) => {
    const what = `copies of ${source.name}`;
    const texts = [...comingIn(source, seen?.[source.name], now), ...taking(source, seen?.[source.name])];
    return texts.map((text) => ({ what, text }));
  });
}

function comingIn({ name, schedule }: CopySource, seen: SeenCopies | undefined, now: Date): string[] {
  if (seen === undefined) return ["no job fetches them; `make up` makes it"];
  const { state, ended, newest } = seen;
  if (state === undefined || ended === undefined) return [`none was ever fetched; the job runs at "${schedule}"`];
  if (state !== "OK" && !state.startsWith("WARNINGS"))
    return [`the last run failed: ${state}; look at the way to ${name}, and whether its login still counts`];
  const since = (moment: Date) => Math.floor((now.getTime() - moment.getTime()) / HOUR_MS);
  const every = intervalOf(schedule) / 3_600;
  if (since(ended) > every + GRACE_HOURS)
    return [`the last run ended ${since(ended)} hours ago; the job is to run at "${schedule}"`];
  if (newest === undefined)
    return [`runs end well and bring nothing; backups of ${name} may lie open, and those are left out`];
  // This side is told nothing of when backups are made over there.
  if (since(newest) <= every + NIGHT_HOURS + GRACE_HOURS) return [];
  return [
    `the newest was backed up ${since(newest)} hours ago; ${name} makes no backups, or they lie open and are left out`,
  ];
}

/** PBS has no quota: nothing stops at the limit. */
function taking({ limit }: CopySource, seen: SeenCopies | undefined): string[] {
  if (limit === undefined || seen?.bytes === undefined) return [];
  const share = seen.bytes / toBytes(limit);
  if (share < NEARLY) return [];
  const over = share > 1 ? ", and nothing stops them" : "";
  return [
    `they take ${Math.floor(share * 100)} % of the ${limit} that they may${over}; keep less, fetch fewer groups, or allow more`,
  ];
}

/** Days for which it is looked back who fetched. */
export const FETCHED_DAYS = 31;

/**
 * Copies elsewhere that have not been fetched for long. It is seen at home, by who read: what the other side made of it is not.
 * @param fetched Last moment at which each user of `backup.readers` began to read; undefined where the server could not be asked.
 */
export function fetchAlarms(
  copies: readonly OffsiteCopy[],
  fetched: Readonly<Record<string, Date>> | undefined,
  now: Date,
): Alarm[] {
  if (fetched === undefined) return [];
  return copies.flatMap(({ name, kind, place, reader, schedule }) => {
    if (reader === undefined || (kind !== "vault" && kind !== "peer")) return [];
    const last = fetched[reader];
    const hours = last === undefined ? Infinity : Math.floor((now.getTime() - last.getTime()) / HOUR_MS);
    if (hours <= intervalOf(schedule) / 3_600 + GRACE_HOURS) return [];
    const when = last === undefined ? `in the last ${FETCHED_DAYS} days` : `for ${hours} hours`;
    const look =
      "look at the way there and at its own stack (make watch over there), and whether its login still counts";
    return [{ what: `offsite ${name}`, text: `${copyName({ kind, place })} has fetched nothing ${when}; ${look}` }];
  });
}
