import { type Guest } from "./guest";
import { type CalendarEvent } from "./units/calendar-event";

/** How often guests are backed up that need it less than once a day. */
export const BUCKETS = ["weekly", "monthly"] as const;

/** Guests that are backed up by a job of their own, less often than the others. */
export interface BackupBucket {
  /** How often. */
  readonly bucket: (typeof BUCKETS)[number];
  /** Identifier of PVE's backup job. */
  readonly jobId: string;
  /** Text beside the job, for people. TAPPaaS' scripts look for another and leave it alone. */
  readonly comment: string;
  /** When it runs, by the nodes' clock. */
  readonly schedule: CalendarEvent;
  /** Guests in it, in the order of their VMIDs; at least one. */
  readonly guests: readonly Guest[];
}

/**
 * How often a guest is backed up: as its module, its environment or the inventory wishes; once a day where nobody says anything, and
 * always where the site cannot be rebuilt without it.
 */
export function frequencyOf({ backup, wish }: Guest): "daily" | BackupBucket["bucket"] {
  if (isIndispensable(backup)) return "daily";
  return BUCKETS.find((bucket) => bucket === wish?.schedule?.value) ?? "daily";
}

/** Whether a guest's backups are not its owner's to choose: foundation guests, and those that another module needs in every backup. */
export function isIndispensable(backup: Guest["backup"]): boolean {
  return backup.covered && (backup.because === "foundation" || backup.because === "always");
}

/** The jobs beside the nightly one, each with at least one guest. */
export function bucketsOf(
  guests: readonly Guest[],
  schedules: Readonly<Record<BackupBucket["bucket"], CalendarEvent>>,
): BackupBucket[] {
  return BUCKETS.map((bucket) => ({
    bucket,
    jobId: `tappaas-backup-vm-${bucket}`,
    comment: `TAPPaaS Resilience, ${bucket}`,
    schedule: schedules[bucket],
    guests: guests.filter((guest) => frequencyOf(guest) === bucket),
  })).filter((one) => one.guests.length > 0);
}
