import { type Failover } from "../../estate/failover";
import { guestId } from "../../estate/units/guest-id";
import { toSeconds, type Duration } from "../../estate/units/duration";
import { longestInterval } from "../../estate/units/replication-loss";
import { tableLines } from "../text-table";
import { type Alarm } from "../watch/checks";

/** One replication job as it was found; times are unix seconds of the node that runs it. */
export interface SeenJob {
  /** `<vmid>-<job>`. */
  readonly id: string;
  /** Node that gets the replica now; PVE turns a job round when its guest moves. */
  readonly target: string;
  /** When it runs. */
  readonly schedule: string;
  /** Whether somebody has switched it off. */
  readonly disabled: boolean;
  /** Node that has the guest now; undefined when no guest of that number is seen. */
  readonly holder: string | undefined;
  /** How its runs went; undefined when the holder does not answer. */
  readonly runs: Runs | undefined;
}

/** How the runs of a job went. */
export interface Runs {
  /** Now, by the holder's clock. */
  readonly now: number;
  /** Begin of the last run that ended well: the replica is of that second. 0 before the first. */
  readonly lastSync: number;
  /** Runs that failed since. */
  readonly failures: number;
  /** What PVE says of the last failure. */
  readonly error: string | undefined;
}

/** A guest that HA watches, as HA says. */
export interface SeenService {
  /** `vm:<vmid>` or `ct:<vmid>`. */
  readonly sid: string;
  /** State in HA's words. */
  readonly state: string;
}

/** What was seen of failover. */
export interface SeenFailover {
  /** Replication jobs of the site. */
  readonly jobs: readonly SeenJob[];
  /** Guests that HA watches. */
  readonly services: readonly SeenService[];
  /** Whether the cluster has a majority. */
  readonly quorate: boolean;
  /** Vote beside the nodes, and whether it counts at the moment; undefined where there is none. */
  readonly device: { readonly host: string; readonly votes: boolean } | undefined;
  /** Node that leads HA; undefined when none does. */
  readonly master: string | undefined;
}

/** What would become of one guest if its node were lost now. */
export interface Standing {
  /** `vm:<vmid>` or `ct:<vmid>`. */
  readonly guest: string;
  /** Its name. */
  readonly name: string;
  /** Node that has it; undefined when it is not seen. */
  readonly runsOn: string | undefined;
  /** Node with the replica; undefined when there is none. */
  readonly replicaOn: string | undefined;
  /** Whether its node could be asked how its replication went; where there is no job, that is known, too. */
  readonly isKnown: boolean;
  /** When the replica was made, RFC 3339; undefined when nobody knows, or it was never whole. */
  readonly lastSync: string | undefined;
  /** Seconds of work that would be lost now; undefined when nobody knows, or all would be. */
  readonly lostNow: number | undefined;
  /** Most seconds of work that the settings promise to lose. */
  readonly promised: number;
  /** Runs that failed since the last one that went well. */
  readonly failures: number;
  /** What keeps the promise from holding, each a sentence with its cure. */
  readonly troubles: readonly string[];
}

/** How each guest that is to fail over stands at this moment. */
export function standingsOf({ guests, rpo, replicationRun }: Failover, seen: SeenFailover): Standing[] {
  return guests.flatMap(({ guest, failoverNodes, schedule }) =>
    failoverNodes.map(({ node, job }) => {
      const id = `${guest.vmid}-${job}`;
      const found = seen.jobs.find((one) => one.id === id);
      const sid = guestId(guest.kind, guest.vmid);
      const promised = toSeconds(rpo);
      const runs = found?.runs;
      const lastSync = runs === undefined || runs.lastSync === 0 ? undefined : runs.lastSync;
      const late = latestAfter(schedule, replicationRun, promised);
      return {
        guest: sid,
        name: guest.name,
        runsOn: found?.holder,
        replicaOn: found?.target,
        isKnown: found === undefined || runs !== undefined,
        lastSync: lastSync === undefined ? undefined : new Date(lastSync * 1_000).toISOString(),
        lostNow: runs === undefined || lastSync === undefined ? undefined : Math.max(0, runs.now - lastSync),
        promised,
        failures: runs?.failures ?? 0,
        troubles: [...watchTroubles(sid, seen), ...jobTroubles(id, node, found, { late, rpo })],
      };
    }),
  );
}

/** A run is late when two intervals have gone by and none ended, and never later than the promise. */
function latestAfter(schedule: string, run: Duration, promised: number): number {
  const interval = longestInterval(schedule);
  return interval === undefined ? promised : Math.min(promised, 2 * interval + toSeconds(run));
}

function watchTroubles(sid: string, { services }: SeenFailover): string[] {
  const service = services.find((one) => one.sid === sid);
  if (service === undefined) return ["HA does not watch it: nothing starts it elsewhere; run `make up`"];
  if (service.state === "error") {
    const again = `\`ha-manager set ${sid} --state disabled\`, find out why, then \`--state started\``;
    return [`HA has given up on it, and it stays down: ${again}`];
  }
  return service.state === "ignored"
    ? ["HA is told to ignore it; `ha-manager set` it to started when that is over"]
    : [];
}

interface Bounds {
  readonly late: number;
  readonly rpo: Duration;
}

function jobTroubles(id: string, node: string, job: SeenJob | undefined, { late, rpo }: Bounds): string[] {
  if (job === undefined) return [`there is no replication ${id}, so ${node} has nothing to start; run \`make up\``];
  const { target, holder, runs, disabled } = job;
  if (holder === undefined) return [`no guest of its number is seen; look whether it was moved away or deleted`];
  if (runs === undefined) return [`${holder}, which has it, does not answer; what ${target} has of it is not known`];
  const troubles: string[] = [];
  if (disabled) troubles.push(`replication ${id} is switched off; \`pvesr enable ${id}\``);
  if (runs.failures > 0) troubles.push(failedText(job, runs));
  if (runs.lastSync === 0)
    return [...troubles, `${target} never had a whole copy; HA would have nothing to start there`];
  const lag = runs.now - runs.lastSync;
  if (lag > toSeconds(rpo)) troubles.push(`${spanText(lag)} of work would be lost, and ${rpo} is promised`);
  if (lag > late && runs.failures === 0 && !disabled) {
    troubles.push(
      `no run of ${id} has ended for ${spanText(lag)}, and none failed: one that hangs holds up every other of ${holder}; ` +
        `look at \`pvesr status\` there, and at \`zfs receive\` on ${target}, which a reboot of ${target} ends`,
    );
  }
  return troubles;
}

function failedText({ id, target, holder = "" }: SeenJob, { failures, error }: Runs): string {
  const times = failures === 1 ? "once" : `${failures} times`;
  const why = error === undefined ? "without a reason" : `"${error}"`;
  return `replication ${id} to ${target} failed ${times}, last with ${why}; PVE tries again; \`pvesr status\` on ${holder} says more`;
}

/** A span in the two largest units that say enough: `42 s`, `7 min`, `3 h 5 min`, `2 d 4 h`. */
export function spanText(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const [days, hours, minutes] = [whole / 86_400, (whole % 86_400) / 3_600, (whole % 3_600) / 60].map(Math.floor);
  if (days !== undefined && days > 0) return `${days} d ${hours ?? 0} h`;
  if (hours !== undefined && hours > 0) return `${hours} h ${minutes ?? 0} min`;
  return minutes !== undefined && minutes > 0 ? `${minutes} min` : `${whole} s`;
}

/** What of failover deserves a person's attention, other people's jobs included. */
export function failoverAlarms(failover: Failover, seen: SeenFailover): Alarm[] {
  const standings = standingsOf(failover, seen);
  const own = standings.flatMap(({ guest, name, troubles }) =>
    troubles.map((text) => ({ what: `failover of ${guest} ${name}`, text })),
  );
  return [...clusterAlarms(failover, seen), ...own, ...strangerAlarms(failover, seen)];
}

function clusterAlarms({ guests }: Failover, { quorate, master, device }: SeenFailover): Alarm[] {
  const what = "cluster";
  if (!quorate) {
    const text = "it has no majority: nothing fails over, and nothing can be changed; bring nodes or the QDevice back";
    return [{ what, text }];
  }
  const alarms: Alarm[] = [];
  if (device?.votes === false) {
    const text =
      `its QDevice at ${device.host} does not vote: a node lost now may take the majority with it; ` +
      "`systemctl status corosync-qnetd` there, and `pvecm status` on a node";
    alarms.push({ what, text });
  }
  if (guests.length > 0 && master === undefined) {
    const text = "no node leads HA: nothing fails over; `systemctl status pve-ha-crm` on each node";
    alarms.push({ what, text });
  }
  return alarms;
}

/** Jobs that the program did not make may fail as well, and then nobody else says it. */
function strangerAlarms({ guests }: Failover, { jobs }: SeenFailover): Alarm[] {
  const ours = new Set(
    guests.flatMap(({ guest, failoverNodes }) => failoverNodes.map(({ job }) => `${guest.vmid}-${job}`)),
  );
  return jobs.flatMap((job) => {
    if (ours.has(job.id) || job.runs === undefined || job.runs.failures === 0) return [];
    return [{ what: `replication ${job.id}`, text: failedText(job, job.runs) }];
  });
}

/** The state of failover in lines for a person. */
export function standingLines(standings: readonly Standing[], { quorate, master, device }: SeenFailover): string[] {
  const voting =
    device === undefined ? "" : ` A QDevice at ${device.host} ${device.votes ? "votes" : "does not vote"}.`;
  const majority = quorate
    ? `The cluster has a majority; HA is led by ${master ?? "nobody"}.`
    : "The cluster has no majority.";
  const head = `${majority}${voting}`;
  // Nobody leads HA where it watches nothing, as on a node that stands alone.
  if (standings.length === 0 && quorate && master === undefined && device === undefined)
    return ["No guest fails over, and HA watches nothing."];
  if (standings.length === 0) return [head, "No guest fails over."];
  const rows = standings.map((one) => [
    `${one.guest} ${one.name}`,
    one.runsOn ?? "unknown",
    one.replicaOn ?? "none",
    one.lastSync ?? (one.isKnown ? "never" : "unknown"),
    lostText(one),
    spanText(one.promised),
    String(one.failures),
  ]);
  return [head, ...tableLines([COLUMNS, ...rows])];
}

function lostText({ lostNow, isKnown }: Standing): string {
  if (lostNow !== undefined) return spanText(lostNow);
  return isKnown ? "all" : "unknown";
}

const COLUMNS = ["guest", "runs on", "replica on", "last sync", "lost now", "promised", "failures"];
