import { identifierProblems } from "../internal/identifiers";
import { type Problem } from "../internal/problems";
import { isCalendarEvent, type CalendarEvent } from "../../estate/units/calendar-event";
import { isDuration, toSeconds, type Duration } from "../../estate/units/duration";
import { isGuestId, type GuestId } from "../../estate/units/guest-id";
import { longestInterval, REPLICATION_RETRY, worstLoss } from "../../estate/units/replication-loss";

/** A node that may take over, and the replication job that feeds it. */
export interface FailoverNode {
  /** Name in PVE. */
  readonly node: string;
  /** Number of the replication job, `<vmid>-<job>`. It stays with the node for good: **another number is another replica.** */
  readonly job: number;
}

/** The rule that bounds where a guest runs. */
export interface AffinityRule {
  /** Name in PVE; one that PVE made from a group keeps the name that it has. */
  readonly name: string;
  /** Other guests in it, as in a rule that was a group; HA has to watch them. @default - none */
  readonly alsoHolds?: readonly GuestId[];
}

/** Arguments of {@link FailoverGuest}. */
export interface FailoverGuestArgs {
  /** The guest as HA names it, `vm:<vmid>` or `ct:<vmid>`. Its disks lie on local ZFS, on a pool that each node has under one name. */
  readonly guest: GuestId;
  /** Node that runs the guest while all nodes are up, and to which it fails back. */
  readonly homeNode: string;
  /** Nodes that may take over, best first. */
  readonly failoverNodes: readonly FailoverNode[];
  /** Recovery point objective: the most work that may be lost when a node dies. */
  readonly rpo: Duration;
  /**
   * When its disks are sent to the failover nodes, by the nodes' clock. What a failover loses is at most one interval, one run, and
   * the 30 minutes after which PVE tries a failed run again.
   * @default "*&#47;15"
   */
  readonly replicationSchedule?: CalendarEvent;
  /** How long a run takes; measure it on the site, where it is its `duration`. @default "5 minutes" */
  readonly replicationRun?: Duration;
  /** How long the first run is waited for, which copies every disk. Without it HA does not watch the guest. @default "2 hours" */
  readonly firstSyncLimit?: Duration;
  /** Starts on the same node after one that failed. @default - as it is on the site, else 1 */
  readonly maxRestart?: number;
  /** Moves to another node after starts that failed. @default - as it is on the site, else 1 */
  readonly maxRelocate?: number;
  /** Whether it goes back to its home node once that is up again. @default - as it is on the site, else true */
  readonly failback?: boolean;
  /** The rule that bounds where it runs, or `elsewhere` when another FailoverGuest declares it. @default - one of its own, `ha-<name>` */
  readonly affinityRule?: AffinityRule | "elsewhere";
  /**
   * Nodes with a cable that the guest is of no use without: it is declared for no other node. A firewall has to say it, as a
   * FirewallFailover.
   * @default - any node will do
   */
  readonly cabledNodes?: readonly string[];
  /** One line for people, beside the HA resource and its rule. @default - the ones that are there stay */
  readonly comment?: string;
}

/** TAPPaaS' own default for `replicationSchedule`. */
export const DEFAULT_REPLICATION_SCHEDULE: CalendarEvent = "*/15";
/** Assumed length of a run where nobody measured one. */
export const DEFAULT_REPLICATION_RUN: Duration = "5 minutes";

/** All that is wrong with `args`; empty when they can be declared. Needs no Pulumi runtime. */
export function failoverGuestProblems(args: FailoverGuestArgs): Problem[] {
  return [...guestProblems(args), ...nodeProblems(args), ...durationProblems(args), ...lossProblems(args)];
}

function guestProblems({ guest, affinityRule, maxRestart, maxRelocate }: FailoverGuestArgs): Problem[] {
  const problems: Problem[] = [];
  const guests = Object.entries({ guest: [guest], "affinityRule.alsoHolds": otherGuestsOf(affinityRule) });
  for (const [path, ids] of guests) {
    const wrong = ids.filter((id) => !isGuestId(id));
    if (wrong.length > 0)
      problems.push({ path, reason: `expected "vm:<vmid>" or "ct:<vmid>", got "${wrong.join('", "')}"` });
  }
  if (typeof affinityRule === "object")
    problems.push(...identifierProblems("pveId", "affinityRule.name", affinityRule.name));
  for (const [path, count] of Object.entries({ maxRestart, maxRelocate })) {
    if (count === undefined || (Number.isInteger(count) && count >= 0)) continue;
    problems.push({ path, reason: `expected a whole number from 0 on, got ${count}` });
  }
  return problems;
}

function otherGuestsOf(rule: FailoverGuestArgs["affinityRule"]): readonly string[] {
  return typeof rule === "object" ? (rule.alsoHolds ?? []) : [];
}

function nodeProblems({ homeNode, failoverNodes, cabledNodes }: FailoverGuestArgs): Problem[] {
  const path = "failoverNodes";
  const without = [homeNode, ...failoverNodes.map(({ node }) => node)].filter(
    (node) => cabledNodes?.includes(node) === false,
  );
  const problems = identifierProblems("node", "homeNode", homeNode);
  const nodes = failoverNodes.map(({ node }) => node);
  const jobs = failoverNodes.map(({ job }) => job);
  for (const node of nodes) problems.push(...identifierProblems("node", path, node));
  if (nodes.length === 0) problems.push({ path, reason: "expected at least one node, got none" });
  if (nodes.includes(homeNode)) problems.push({ path, reason: `must not contain homeNode "${homeNode}"` });
  if (new Set(nodes).size < nodes.length)
    problems.push({ path, reason: `expected each node once, got ${nodes.join(", ")}` });
  if (new Set(jobs).size < jobs.length) {
    problems.push({ path, reason: `expected a job number of its own for each node, got ${jobs.join(", ")}` });
  }
  if (without.length > 0) {
    const reason = `expected nodes with the cable that it needs, ${cabledNodes?.join(", ") ?? ""}, got ${without.join(", ")}`;
    problems.push({ path: "cabledNodes", reason });
  }
  const wrong = jobs.filter((job) => !Number.isInteger(job) || job < 0 || job > 999_999_999);
  if (wrong.length > 0)
    problems.push({ path, reason: `expected job numbers from 0 to 999999999, got ${wrong.join(", ")}` });
  return problems;
}

function durationProblems({ rpo, replicationRun, firstSyncLimit }: FailoverGuestArgs): Problem[] {
  return Object.entries({ rpo, replicationRun, firstSyncLimit }).flatMap(([path, duration]) => {
    if (duration === undefined || isDuration(duration)) return [];
    return [{ path, reason: `expected a duration such as "15 minutes", got "${String(duration)}"` }];
  });
}

/** A promise about loss that one failed run would break is none. */
function lossProblems(args: FailoverGuestArgs): Problem[] {
  const { rpo, replicationSchedule = DEFAULT_REPLICATION_SCHEDULE, replicationRun = DEFAULT_REPLICATION_RUN } = args;
  const path = "replicationSchedule";
  if (!isDuration(rpo) || !isDuration(replicationRun)) return [];
  if (!isCalendarEvent(replicationSchedule)) {
    return [{ path, reason: `expected a calendar event such as "*/15", got "${replicationSchedule}"` }];
  }
  const interval = longestInterval(replicationSchedule);
  const loss = worstLoss(replicationSchedule, toSeconds(replicationRun));
  if (interval === undefined || loss === undefined) {
    return [
      { path, reason: `expected a run a week at least, got "${replicationSchedule}"; PVE replicates no less often` },
    ];
  }
  if (loss <= toSeconds(rpo)) return [];
  const parts = `${minutes(interval)} between two runs, a run of ${replicationRun} and a retry after ${REPLICATION_RETRY}`;
  return [{ path, reason: `expected a loss within rpo "${rpo}", got ${parts}; run more often, or promise less` }];
}

function minutes(seconds: number): string {
  const count = Math.ceil(seconds / 60);
  return `${count} minute${count === 1 ? "" : "s"}`;
}
