import { type HostedPlan } from "../../estate/hosted-settings";
import { DEFAULT_RETENTION } from "../../estate/units/retention";
import { intervalOf } from "../../planning/calendar-interval";
import { type Alarm } from "./checks";
import { futureAlarms } from "./harm";
import { AHEAD_MS, DAY_MS, GRACE_HOURS, HOUR_MS, NIGHT_HOURS } from "./hours";

/** What was seen at a server to which backups are sent. */
export interface SeenReceiver {
  /** What is wrong with the rights of the login; undefined when it can write and not delete. */
  readonly fault: string | undefined;
  /** Times of the backups there, by group `vm/140`. */
  readonly times: Readonly<Record<string, readonly Date[]>>;
}

/** How long a look at somebody else's settings counts, in days. */
const LOOK_DAYS = 365;

/**
 * Servers to which backups are sent and that let us delete, get nothing new, keep less than their owner says, or that nobody looked at.
 * @param seen By the name of the server; undefined, or a sentence, where it could not be asked.
 */
export function hostedAlarms(
  receivers: readonly HostedPlan[],
  seen: Readonly<Record<string, SeenReceiver | string>>,
  now: Date,
): Alarm[] {
  return receivers.flatMap((receiver) => {
    const found = seen[receiver.name];
    const texts =
      typeof found === "object"
        ? [
            ...(found.fault === undefined ? [] : [`${found.fault}; let its owner take that right back`]),
            ...keptThere(receiver, found, now),
          ]
        : [`it could not be asked: ${found ?? "no answer"}`];
    const own = [...texts, ...lookedAt(receiver, now)].map((text) => ({ what: `copies at ${receiver.name}`, text }));
    return [...own, ...(typeof found === "object" ? futureAlarms(datedAt(receiver, found), now) : [])];
  });
}

function datedAt({ name: store }: HostedPlan, { times }: SeenReceiver) {
  return Object.entries(times).flatMap(([group, own]) => own.map((time) => ({ store, group, time })));
}

function keptThere({ schedule, retention }: HostedPlan, { times }: SeenReceiver, now: Date): string[] {
  const all = Object.values(times).flat();
  if (all.length === 0) return ["nothing of this site is there"];
  // One that is dated ahead says nothing of when the last came, and is said by itself.
  const newest = Math.max(...all.map((time) => time.getTime()).filter((time) => time <= now.getTime() + AHEAD_MS), 0);
  const hours = Math.floor((now.getTime() - newest) / HOUR_MS);
  const late = hours > intervalOf(schedule) / 3_600 + NIGHT_HOURS + GRACE_HOURS;
  const { keepDaily = 0 } = retention ?? DEFAULT_RETENTION;
  const short = Object.entries(times).filter(([, own]) => isShort(own, keepDaily));
  return [
    ...(late ? [`the newest was backed up ${hours} hours ago`] : []),
    ...(short.length === 0
      ? []
      : [
          `days are missing between the oldest and the newest of ${short.map(([group]) => group).join(", ")}: it keeps less than ${keepDaily} days`,
        ]),
  ];
}

/** Whether, of the last days that are to be kept, there are days without a backup between the oldest there and the newest. */
function isShort(times: readonly Date[], keepDaily: number): boolean {
  const days = [...new Set(times.map((time) => Math.floor(time.getTime() / DAY_MS)))].toSorted((a, b) => b - a);
  const [newest = 0] = days;
  const oldest = days.at(-1) ?? newest;
  const wanted = Math.min(keepDaily, newest - oldest + 1);
  return days.filter((day) => day > newest - wanted).length < wanted;
}

function lookedAt({ lookedAt: day }: HostedPlan, now: Date): string[] {
  if (day === undefined || now.getTime() - Date.parse(day) <= LOOK_DAYS * DAY_MS) return [];
  return [
    `nobody has looked since ${day} whether it keeps and rereads what its owner says; look, and write the day into lookedAt`,
  ];
}
