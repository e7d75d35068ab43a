import { frequencyOf } from "./backup-buckets";
import { type BackupPlan } from "./backup-plan";
import { type Guest } from "./guest";
import { type Finding } from "./problem";
import { type Retention } from "./units/retention";

/** Days of a unit of TAPPaaS' times, and of what a count of a retention adds to how far back it reaches. */
const DAYS = { d: 1, w: 7, m: 30, y: 365 } as const;

/** PBS has no other word for ever. */
const FOR_EVER = 100;

/** Days of `30d`, `8w`, `12m`, `7y`; months have 30 days and years 365. */
export function daysOf(time: string): number {
  return Number(time.slice(0, -1)) * DAYS[time.slice(-1) as keyof typeof DAYS];
}

/**
 * About how many days a retention reaches back at least, with one backup a day: each count goes on where the finer one ends. One period of
 * each kind is not counted, for the finer count may have begun it: then it does not count again.
 */
export function reachOf({
  keepLast = 0,
  keepDaily = 0,
  keepWeekly = 0,
  keepMonthly = 0,
  keepYearly = 0,
}: Retention): number {
  if (keepYearly >= FOR_EVER) return Infinity;
  const whole = (count: number, days: number) => Math.max(count - 1, 0) * days;
  const days = whole(Math.max(keepLast, keepDaily), DAYS.d);
  return days + whole(keepWeekly, DAYS.w) + whole(keepMonthly, DAYS.m) + whole(keepYearly, DAYS.y);
}

/** Where the wishes of modules, environments and site are not met. The prune job is one for all guests; none of this changes it. */
export function wishFindings(
  { guests, retention }: Pick<BackupPlan, "guests" | "retention">,
  country?: string,
): Finding[] {
  return [
    ...guests.flatMap((guest) => shortFindings(guest, retention)),
    ...longFindings(guests, retention),
    ...residencyFindings(guests, country),
    ...guests.flatMap(scheduleFindings),
  ];
}

/** Backups that will be gone before they may be missed. */
function shortFindings({ name, wish }: Guest, retention: Retention): Finding[] {
  const wanted = wish?.retention;
  if (wanted === undefined) return [];
  const reach = reachOf(retention);
  if (reach >= daysOf(wanted.value)) return [];
  const advice =
    `its backups are wanted for ${wanted.value} (${wanted.by}), and pruning keeps them for ${reach} days at least; ` +
    "raise backup.retention, or shorten the wish";
  return [{ path: name, advice }];
}

/** A wish of the site as a whole is a least; one of a module or an environment may be a promise to end. */
function longFindings(guests: readonly Guest[], retention: Retention): Finding[] {
  const reach = reachOf(retention);
  return guests.flatMap(({ name, wish }) => {
    const wanted = wish?.retention;
    if (wanted === undefined || wanted.by.startsWith("site.json") || reach <= daysOf(wanted.value)) return [];
    const kept = reach === Infinity ? "for ever" : `${reach} days at least`;
    const advice =
      `its backups are wanted for ${wanted.value} (${wanted.by}), and stay ${kept}: one prune job keeps for all guests; ` +
      "nothing is deleted earlier for it, so if the law wants an end, name it in backup.retention";
    return [{ path: name, advice }];
  });
}

/** Members of the European Union, ISO 3166. */
const UNION = new Set("AT BE BG HR CY CZ DK EE FI FR DE GR HU IE IT LV LT LU MT NL PL PT RO SK SI ES SE".split(" "));

/** Backups of what is to stay in the Union, and lie elsewhere or nobody knows where. */
function residencyFindings(guests: readonly Guest[], country: string | undefined): Finding[] {
  if (country !== undefined && UNION.has(country)) return [];
  const bound = guests.filter(({ wish }) => wish?.residency?.value === "eu-only");
  const [one] = bound;
  if (one === undefined) return [];
  const names = bound.map(({ name }) => name).join(", ");
  const by = one.wish?.residency?.by ?? "";
  const advice =
    country === undefined
      ? `nobody says where it is, and backups of ${names} are to stay in the EU (${by}); set backupServer.country`
      : `it is in ${country}, and backups of ${names} are to stay in the EU (${by}); use a server there, or change the wish`;
  return [{ path: "backupServer.country", advice }];
}

/** A guest has no hour of its own, and what the site cannot be rebuilt without is backed up every night. */
function scheduleFindings(guest: Guest): Finding[] {
  const { name, wish } = guest;
  const wanted = wish?.schedule;
  if (wanted === undefined || wanted.value === frequencyOf(guest)) return [];
  const advice = `${wanted.by} asks for a backup ${wanted.value}; it is in the nightly job with all others, at backup.schedule`;
  return [{ path: name, advice }];
}
