import { type BackupBucket } from "../estate/backup-buckets";
import { nightlyOf } from "../estate/backup-plan";
import { type Estate } from "../estate/estate";
import { type Guest } from "../estate/guest";
import { type Observation } from "../estate/observation";
import { type CalendarEvent } from "../estate/units/calendar-event";
import { intervalOf } from "./calendar-interval";
import { NODE_ADMIN, NODE_ROOT, SERVER_ADMIN, SERVER_ROOT, WRITER } from "./credentials";
import { type Copy, type Service } from "./model";
import { offsiteCopies, type ScheduledCopy } from "./offsite-copies";
import { serverId } from "./places";
import { type Rates } from "./rates";
import { backupWindow } from "./backup-window";

/** Copies of a site's data that are declared or were seen; of what is declared and was not seen, the model says so. */
export function copiesOf(
  estate: Estate,
  services: readonly Service[],
  rates: Rates,
  observation: Observation | undefined,
): Copy[] {
  const backups = backupCopies(estate, services, rates, observation);
  return [
    ...liveCopies(services),
    ...replicaCopies(estate, observation),
    ...backups.map(({ copy }) => copy),
    ...offsiteCopies(estate, backups, [SERVER_ADMIN, SERVER_ROOT]),
  ];
}

const NO_LAG = { bound: 0, estimate: 0 };

/** The guests' own disks, pool by pool. */
function liveCopies(services: readonly Service[]): Copy[] {
  const pools = new Map<string, number[]>();
  for (const { pool, vmid } of services) {
    const vmids = pools.get(pool);
    if (vmids === undefined) pools.set(pool, [vmid]);
    else vmids.push(vmid);
  }
  return [...pools].map(([pool, vmids]) => ({
    id: `live:${pool}`,
    kind: "live",
    name: `the guests' own disks on ${pool.slice("pool:".length)}`,
    guests: new Set(vmids),
    at: pool,
    interval: 0,
    lag: NO_LAG,
    retention: undefined,
    key: undefined,
    destroyedBy: [[NODE_ROOT], [NODE_ADMIN]],
    verified: true,
    failover: false,
    overInternet: false,
  }));
}

/**
 * Replicas that were seen, and those that are declared beside them. One that was seen starts by itself only where high availability watches
 * the guest; one that is declared is watched once it is whole.
 */
function replicaCopies(estate: Estate, observation: Observation | undefined): Copy[] {
  const watched = (observation?.highAvailability?.items ?? []).filter(({ kind }) => kind === "resource");
  const seen = (observation?.replication?.items ?? []).flatMap(({ id, target, schedule = "*/15" }) => {
    const guest = estate.guests.find(({ vmid }) => id.startsWith(`${vmid}-`));
    if (guest === undefined) return [];
    const failover = watched.some((one) => one.id === `${guest.kind}:${guest.vmid}` && one.state !== "disabled");
    return [replicaCopy({ id, guest, target, schedule, failover })];
  });
  return [...seen, ...unseenReplicas(estate, observation).map((one) => replicaCopy({ ...one, failover: true }))];
}

interface Replica {
  /** Number of the guest and of the job, `140-0`. */
  readonly id: string;
  readonly guest: Guest;
  /** Node to which it goes. */
  readonly target: string;
  readonly schedule: CalendarEvent;
}

/** Replicas that are declared, and that nobody has seen: the next run makes them, or somebody took them away since. */
export function unseenReplicas({ failover }: Estate, observation: Observation | undefined): Replica[] {
  const seen = new Set((observation?.replication?.items ?? []).map(({ id }) => id));
  return failover.guests.flatMap(({ guest, failoverNodes, schedule }) =>
    failoverNodes
      .map(({ node: target, job }) => ({ id: `${guest.vmid}-${job}`, guest, target, schedule }))
      .filter(({ id }) => !seen.has(id)),
  );
}

function replicaCopy({ id, guest, target, schedule, failover }: Replica & { readonly failover: boolean }): Copy {
  return {
    id: `replica:${id}`,
    kind: "replica",
    name: `the replica of ${guest.name} on ${target}`,
    guests: new Set([guest.vmid]),
    at: `pool:${target}/${guest.storage}`,
    interval: intervalOf(schedule),
    lag: NO_LAG,
    retention: undefined,
    key: undefined,
    destroyedBy: [[NODE_ROOT], [NODE_ADMIN]],
    verified: true,
    failover,
    overInternet: false,
  };
}

/** Backups job by job: what is backed up once a week loses up to a week. */
function backupCopies(
  estate: Estate,
  services: readonly Service[],
  rates: Rates,
  observation: Observation | undefined,
): ScheduledCopy[] {
  const { backup } = estate;
  if (estate.backupServer.address === undefined) return [];
  const rarely = backup.buckets.map(({ bucket, schedule, guests }) => ({
    kind: bucket,
    schedule,
    vmids: guests.map(({ vmid }) => vmid),
  }));
  const nightly = { kind: "nightly" as const, schedule: backup.schedule, vmids: nightlyOf(backup) };
  return [nightly, ...rarely]
    .filter(({ vmids }) => vmids.length > 0)
    .map((job) => ({ copy: backupCopy(estate, job, { services, rates, observation }), schedule: job.schedule }));
}

interface Job {
  readonly kind: "nightly" | BackupBucket["bucket"];
  readonly schedule: CalendarEvent;
  readonly vmids: readonly number[];
}

interface Around {
  readonly services: readonly Service[];
  readonly rates: Rates;
  readonly observation: Observation | undefined;
}

function backupCopy(estate: Estate, { kind, schedule, vmids }: Job, { services, rates, observation }: Around): Copy {
  const { backup, key } = estate;
  const covered = new Set(vmids);
  const { datastore } = estate.backupServer;
  return {
    id: `backup:${datastore}${kind === "nightly" ? "" : `:${kind}`}`,
    kind: "backup",
    name: `the ${kind} backup in ${datastore}`,
    guests: covered,
    at: serverId(estate),
    interval: intervalOf(schedule),
    lag: backupWindow(
      services.filter(({ vmid }) => covered.has(vmid)),
      rates,
    ),
    retention: backup.retention,
    key: `key:${key.fingerprint}`,
    destroyedBy: [[SERVER_ADMIN], [SERVER_ROOT], ...(writerMayDelete(estate, observation) ? [[WRITER]] : [])],
    verified: true,
    failover: false,
    overInternet: false,
  };
}

/** Roles of PBS with which backups can be deleted. */
const DELETING_ROLES: readonly string[] = ["Admin", "DatastoreAdmin", "DatastorePowerUser"];

/** TAPPaaS' own scripts give the writer such a role, and a site may still have it. */
function writerMayDelete({ backupServer }: Estate, observation: Observation | undefined): boolean {
  return (observation?.serverLogins?.items ?? []).some(
    ({ kind, id, role = "" }) =>
      kind === "right" &&
      DELETING_ROLES.includes(role) &&
      (id === backupServer.user || id.startsWith(`${backupServer.user}!`)),
  );
}
