/** A task of a node about a guest, in seconds since 1970. */
export interface GuestWork {
  /** `qmstart`, `qmshutdown`, `vzdump`. */
  readonly type: string;
  /** When it began. */
  readonly start: number;
  /** When it ended; undefined while it runs. */
  readonly end: number | undefined;
}

/** A backup of a guest. */
export interface GuestBackup {
  /** When it was taken, in seconds since 1970. */
  readonly time: number;
  /** Whether the server read it again, and found it whole. */
  readonly verified: boolean;
  /** Whether the guest was off while it was taken, by the log of the task that took it; undefined where none tells. */
  readonly wasOff: boolean | undefined;
}

/** What is known of a guest and of its newest backup. */
export interface SavedEvidence {
  /** `running`, `stopped`, or what else PVE says of it. */
  readonly status: string | undefined;
  /** Its newest backup; undefined without one. */
  readonly backup: GuestBackup | undefined;
  /** Every task about it that can change what it holds, or let it do so, and that began after it was made. */
  readonly work: readonly GuestWork[];
}

/** Work that changes nothing of what a guest holds. */
const HARMLESS: ReadonlySet<string> = new Set(["vzdump", "vncproxy", "spiceproxy", "termproxy", "vncshell"]);

/**
 * Why a guest may hold something that its newest backup does not; undefined when that backup has all of it. A guest that runs always
 * writes, and one that went off by itself left no task: only a backup of which the task itself says that the guest was off counts.
 */
export function unsavedBecause({ status, backup, work }: SavedEvidence): string | undefined {
  const of = backup === undefined ? "there is no backup of it" : `its newest backup is of ${momentText(backup.time)}`;
  if (status !== "stopped") return `it is ${status ?? "in an unknown state"}, so it writes; ${of}`;
  if (backup === undefined) return of;
  if (backup.wasOff !== true) return `${of}, when it was not off, or nothing says that it was`;
  const later = work.find(({ type, end }) => !HARMLESS.has(type) && (end === undefined || end > backup.time));
  if (later !== undefined) return `${of}, and ${later.type} was after that, at ${momentText(later.start)}`;
  return backup.verified ? undefined : `${of}, and nobody has read that again since`;
}

/** Whether nothing is lacking but that the server reads that backup again. */
export function isOnlyUnread(evidence: SavedEvidence): boolean {
  const { backup } = evidence;
  if (backup === undefined || backup.verified) return false;
  return unsavedBecause({ ...evidence, backup: { ...backup, verified: true } }) === undefined;
}

function momentText(seconds: number): string {
  return new Date(seconds * 1000).toISOString();
}
