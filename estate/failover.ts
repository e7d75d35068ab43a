import { type Guest } from "./guest";
import { type Inventory } from "./inventory";
import { type Observation } from "./observation";
import { replicationJobsOf, type ReplicationJobs } from "./replication-jobs";
import { type Settings } from "./settings";
import { calendarEventEvery, type CalendarEvent } from "./units/calendar-event";
import { type Duration } from "./units/duration";
import { guestId, type GuestId } from "./units/guest-id";

/** A node that takes over, with the number of the replication job that feeds it. */
export interface FailoverNode {
  /** Name in PVE. */
  readonly node: string;
  /** Number of the job; it is the node's for good. */
  readonly job: number;
}

/** The node affinity rule of a guest; `elsewhere` when another guest of the same rule stands for it. */
export type GuestRule = { readonly name: string; readonly alsoHolds: readonly GuestId[] } | "elsewhere";

/** Failover of one guest. */
export interface GuestFailover {
  /** The guest, which is on the site as far as anybody has looked. */
  readonly guest: Guest;
  /** Nodes that take over, best first. */
  readonly failoverNodes: readonly FailoverNode[];
  /** When its disks are replicated. */
  readonly schedule: CalendarEvent;
  /** The rule that bounds where it runs. */
  readonly rule: GuestRule;
  /** Nodes with a cable without which it is of no use; absent where the settings name none, or it needs none. */
  readonly cabledNodes?: readonly string[];
}

/** What a site promises of failover, and what it takes. */
export interface Failover {
  /** Guests that fail over, in the order of their VMIDs. */
  readonly guests: readonly GuestFailover[];
  /** Most work that may be lost when a node dies. */
  readonly rpo: Duration;
  /** How long a run of replication is taken to last. */
  readonly replicationRun: Duration;
  /** How long the first run is waited for. */
  readonly firstSyncLimit: Duration;
  /** Numbers of all replication jobs that there are or were. */
  readonly replicationJobs: ReplicationJobs;
}

/** Failover of the guests that ask for it and are on the site. */
export function failoverOf(
  { failover }: Pick<Settings, "failover">,
  { guests }: Pick<Inventory, "guests">,
  observation: Observation | undefined,
  kept: ReplicationJobs = {},
): Failover {
  const wishing = guests.filter((guest) => isOnSite(guest, observation)).flatMap(wishOf);
  const replicated = wishing.map(({ guest: { vmid, node: home }, target }) => ({ vmid, home, targets: [target] }));
  const replicationJobs = replicationJobsOf(replicated, kept, observation);
  const { rpo, replicationRun, firstSyncLimit, replicationInterval } = failover;
  const every = replicationInterval === undefined ? undefined : calendarEventEvery(replicationInterval);
  const planned = wishing.map(({ guest, target, schedule }) => ({
    guest,
    failoverNodes: [{ node: target, job: replicationJobs[String(guest.vmid)]?.[target] ?? 0 }],
    schedule: every ?? schedule,
    rule: ruleOf(guest, wishing, observation),
  }));
  return { guests: planned, rpo, replicationRun, firstSyncLimit, replicationJobs };
}

/** A guest that is not on the site cannot be watched; it fails over once it is installed and was seen. */
function isOnSite({ vmid }: Guest, observation: Observation | undefined): boolean {
  if (observation?.guests.complete !== true) return true;
  return observation.guests.items.some((seen) => seen.vmid === vmid);
}

interface Wish {
  readonly guest: Guest;
  readonly target: string;
  readonly schedule: CalendarEvent;
}

function wishOf(guest: Guest): Wish[] {
  const { failoverNode: target, replicationSchedule: schedule } = guest.ha ?? {};
  return target === undefined || schedule === undefined ? [] : [{ guest, target, schedule }];
}

/** The rule that holds the guest on the site keeps its name, and the first of several guests stands for it. */
function ruleOf(guest: Guest, wishing: readonly Wish[], observation: Observation | undefined): GuestRule {
  const own = guestId(guest.kind, guest.vmid);
  const [seen] = rulesWith(own, observation);
  if (seen === undefined) return { name: `ha-${guest.name}`, alsoHolds: [] };
  const members = wishing
    .map((wish) => guestId(wish.guest.kind, wish.guest.vmid))
    .filter((id) => seen.resources?.includes(id) === true);
  return members[0] === own ? { name: seen.id, alsoHolds: members.slice(1) } : "elsewhere";
}

/** Node affinity rules that hold a guest on the site; PVE allows one that counts. */
export function rulesWith(guest: GuestId, observation: Observation | undefined) {
  return (observation?.highAvailability?.items ?? []).filter(
    ({ kind, state, resources = [] }) => kind === "rule" && state === "node-affinity" && resources.includes(guest),
  );
}
