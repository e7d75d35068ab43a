import { bucketsOf, frequencyOf, isIndispensable, type BackupBucket } from "./backup-buckets";
import { backupServerOf } from "./backup-server";
import { configuredGuestsOf, type ConfiguredGuest } from "./configured-guest";
import { type Guest } from "./guest";
import { type Inventory } from "./inventory";
import { type Observation } from "./observation";
import { guestOf } from "./observed-inventory";
import { type Finding, type Problem } from "./problem";
import { type Settings } from "./settings";
import { type CalendarEvent } from "./units/calendar-event";
import { atLeast, DEFAULT_RETENTION, type Retention } from "./units/retention";

/** A guest that stays out of the backup, and why. */
export interface Exclusion {
  /** The guest left out. */
  readonly guest: Guest;
  /** Why, in the owner's words. */
  readonly reason: string;
}

/** What is backed up, when, and how long it stays. */
export interface BackupPlan {
  /** Identifier of PVE's storage entry. */
  readonly storage: string;
  /** Identifier of PVE's backup job. */
  readonly jobId: string;
  /** Text beside the job, by which TAPPaaS' own scripts find it. */
  readonly comment: string;
  /** When guests are backed up, by the nodes' clock. */
  readonly schedule: CalendarEvent;
  /** When the nodes' own configuration is backed up, by their clock. */
  readonly configurationTime: CalendarEvent;
  /** Guests whose configuration is kept with it. */
  readonly configuredGuests: readonly ConfiguredGuest[];
  /** Guests that are backed up, by this job or by one of the buckets, in the order of their VMIDs. */
  readonly guests: readonly Guest[];
  /** Jobs for guests that wish to be backed up less often; what is in none of them is in the nightly one. */
  readonly buckets: readonly BackupBucket[];
  /** Guests that are in the job on the site and in no inventory, as when a script of TAPPaaS added them: they stay in it. */
  readonly alsoInJob: readonly number[];
  /** Guests that are not. */
  readonly excluded: readonly Exclusion[];
  /** Identifier of the prune job on the backup server. */
  readonly pruneJobId: string;
  /** What the prune job keeps. */
  readonly retention: Retention;
  /** When it runs, by the server's clock. */
  readonly pruneSchedule: CalendarEvent;
  /** When garbage collection runs, by the server's clock. */
  readonly garbageCollection: CalendarEvent;
  /** Identifier of the verify job on the backup server. */
  readonly verifyJobId: string;
  /** When it runs, by the server's clock. */
  readonly verifySchedule: CalendarEvent;
  /** Days after which a snapshot that was verified is reread. */
  readonly reverifyAfter: number;
}

/** Comment by which TAPPaaS' scripts find the job whose guests they edit. Source: TAPPaaS, src/foundation/backup. */
export const TAPPAAS_JOB_COMMENT = "TAPPaaS-backup-vm-managed";

/** What follows for backups from the settings, the guests and the jobs that were seen. */
export function backupPlanOf(
  settings: Settings,
  inventory: Inventory,
  observation: Observation | undefined,
): BackupPlan {
  const { schedule, configurationTime, pruneSchedule, garbageCollection } = settings.backup;
  const { verifySchedule, reverifyAfter } = settings.backup;
  const { weeklySchedule: weekly, monthlySchedule: monthly } = settings.backup;
  const { datastore } = backupServerOf(settings, inventory);
  const pruneJobId = `prune-${datastore}`;
  const jobId = settings.backup.jobId ?? jobSeen(observation) ?? TAPPAAS_JOB_COMMENT.toLowerCase();
  const excluded = [
    ...inventory.guests.flatMap((guest) => exclusionOf(guest, settings) ?? []),
    ...excusedOf(settings, inventory, observation),
  ];
  const guests = inventory.guests
    .filter((guest) => !excluded.some((exclusion) => exclusion.guest === guest))
    .map((guest) => wishing(guest, settings));
  return {
    storage: settings.backup.storage ?? datastore,
    jobId,
    comment: TAPPAAS_JOB_COMMENT,
    schedule,
    configurationTime,
    configuredGuests: configuredGuestsOf(settings, inventory),
    guests,
    buckets: bucketsOf(guests, { weekly, monthly }),
    alsoInJob: strangersIn(observation, jobId, [...inventory.guests, ...excluded.map(({ guest }) => guest)]),
    excluded,
    pruneJobId,
    retention: settings.backup.retention ?? atLeast(DEFAULT_RETENTION, retentionSeen(observation, pruneJobId)),
    pruneSchedule,
    garbageCollection,
    verifyJobId: `verify-${datastore}`,
    verifySchedule,
    reverifyAfter,
  };
}

/** A guest with what the settings say of how often it is backed up, which goes before its module. */
function wishing(guest: Guest, { backup: { buckets } }: Settings): Guest {
  const value = buckets[String(guest.vmid)];
  if (value === undefined) return guest;
  return { ...guest, wish: { ...guest.wish, schedule: { value, by: `backup.buckets.${guest.vmid}` } } };
}

/** VMIDs in the nightly job. */
export function nightlyOf({ guests, alsoInJob }: BackupPlan): number[] {
  const nightly = guests.filter((guest) => frequencyOf(guest) === "daily").map(({ vmid }) => vmid);
  return [...nightly, ...alsoInJob].toSorted((a, b) => a - b);
}

/** Guests that the job has and nobody declared. */
export function strangerFindings({ alsoInJob, jobId }: BackupPlan): Finding[] {
  const cure = "it stays in the job; add it to the inventory, or take it out of the job and observe again";
  return alsoInJob.map((vmid) => ({
    path: `guest ${vmid}`,
    advice: `is in the backup job ${jobId} and in no inventory, as after TAPPaaS' own backup:vm script; ${cure}`,
  }));
}

/** What cannot be left out, and what is left out and is not there. */
export function exclusionProblems(
  { backup }: Settings,
  { guests }: Inventory,
  observation: Observation | undefined,
): Problem[] {
  return Object.keys(backup.exclude).flatMap((vmid) => {
    const path = `backup.exclude.${vmid}`;
    const guest = guests.find((candidate) => candidate.vmid === Number(vmid));
    if (guest === undefined) {
      const seen = observation?.guests.items.some((one) => one.vmid === Number(vmid)) ?? false;
      const expected = "the VMID of a guest in the inventory, or on the site";
      return seen ? [] : [{ path, expected, cure: "remove it or correct it" }];
    }
    if (!isIndispensable(guest.backup)) return [];
    const expected = `no exclusion of ${guest.name}, without which the site cannot be rebuilt`;
    return [{ path, expected, cure: "remove it: foundation guests are always backed up" }];
  });
}

/** Identifiers too long for the backup server, which are made from names that are not. */
export function jobIdProblems({ verifyJobId }: BackupPlan): Problem[] {
  // The longest identifier that is made from the name.
  if (verifyJobId.length <= LONGEST_PBS_ID) return [];
  const expected = `a datastore name of at most ${LONGEST_PBS_ID - "verify-".length} characters`;
  return [{ path: "backupServer.datastore.name", expected, got: `"${verifyJobId}"`, cure: "take a shorter name" }];
}

/** PBS 4.2, API viewer: identifiers of jobs have 3 to 32 characters. */
const LONGEST_PBS_ID = 32;

function exclusionOf(guest: Guest, { backup }: Settings): Exclusion | undefined {
  const reason = backup.exclude[String(guest.vmid)] ?? (guest.backup.covered ? undefined : guest.backup.reason);
  return reason === undefined ? undefined : { guest, reason };
}

/** Guests that only the site knows and that stay out: by the settings with their reason, or as templates. */
function excusedOf({ backup }: Settings, { guests }: Inventory, observation: Observation | undefined): Exclusion[] {
  const unknown = (observation?.guests.items ?? []).filter(({ vmid }) => !guests.some((guest) => guest.vmid === vmid));
  return unknown.flatMap((seen) => {
    const reason = backup.exclude[String(seen.vmid)] ?? (seen.template === true ? TEMPLATE : undefined);
    return reason === undefined ? [] : [{ guest: guestOf(seen), reason }];
  });
}

const TEMPLATE = "a template: guests are made from it, and it is made anew from its recipe";

/** The job that TAPPaaS' scripts made: its identifier is random, and a second job beside it would do everything twice. */
function jobSeen(observation: Observation | undefined): string | undefined {
  return observation?.backupJobs?.items.find(({ comment }) => comment === TAPPAAS_JOB_COMMENT)?.id;
}

/** What the site's own prune job keeps: nobody's snapshots go because a program has other habits. */
function retentionSeen(observation: Observation | undefined, pruneJobId: string): Retention {
  const jobs = observation?.serverJobs?.items ?? [];
  const { keeps = [] } = jobs.find(({ kind, id }) => kind === "prune" && id === pruneJobId) ?? {};
  return Object.fromEntries(
    keeps.map((keep) => keep.split("=")).map(([name = "", count]) => [camel(name), Number(count)]),
  );
}

/** `keep-daily` as settings say it. */
function camel(name: string): string {
  return name.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
}

/** Guests in the site's job about which neither inventory nor settings say anything. */
function strangersIn(observation: Observation | undefined, jobId: string, known: readonly Guest[]): number[] {
  const vmids = observation?.backupJobs?.items.find(({ id }) => id === jobId)?.vmids ?? [];
  return vmids.filter((vmid) => !known.some((guest) => guest.vmid === vmid)).toSorted((a, b) => a - b);
}
