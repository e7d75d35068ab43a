import { type Observation } from "../../estate/observation";
import { type Alarm } from "./checks";
import { AHEAD_MS } from "./hours";

/** A backup on the server, as far as somebody could have done it harm. */
export interface SeenBackup {
  /** Datastore. */
  readonly store: string;
  /** Namespace; empty for the root. */
  readonly namespace: string;
  /** `vm/140`. */
  readonly group: string;
  /** Its time. */
  readonly time: Date;
  /** Whether pruning passes it by. */
  readonly isProtected: boolean;
  /** Whether its last verification failed. */
  readonly isBroken: boolean;
}

/** Groups with a backup dated in the future: PBS then takes no new one into the group, and who did it holds the writing login. */
export function futureAlarms(backups: readonly Pick<SeenBackup, "store" | "group" | "time">[], now: Date): Alarm[] {
  const ahead = backups.filter(({ time }) => time.getTime() > now.getTime() + AHEAD_MS);
  return ahead.map(({ store, group, time }) => ({
    what: `${group} in ${store}`,
    text:
      `it has a backup dated ${time.toISOString()}, and takes no new one before then, be it written, fetched or sent; correct the clock of ` +
      "the node, or take it for an attack: rotate the nodes' login (make rotate), then remove that snapshot on the server, and in every copy",
  }));
}

/** Backups that failed their last verification: a disk that fails, or a chunk that somebody planted before its data was stored. */
export function brokenAlarms(backups: readonly SeenBackup[]): Alarm[] {
  const broken = new Map<string, SeenBackup[]>();
  for (const backup of backups) {
    const what = `${backup.group} in ${backup.store}`;
    if (backup.isBroken) broken.set(what, [...(broken.get(what) ?? []), backup]);
  }
  return [...broken].map(([what, own]) => ({
    what,
    text:
      `${timesOf(own)} failed verification and cannot be read back whole; look at the task's log and at the server's disks; with sound disks ` +
      "take it for an attack: rotate the nodes' login (make rotate). The next backup sends what is missing, and a copy elsewhere may have it whole",
  }));
}

/**
 * Backups that were protected when the site was last looked at, and are not any more. The login that writes a backup may take its
 * protection away, and pruning deletes it then.
 */
export function unprotectedAlarms(before: Observation | undefined, backups: readonly SeenBackup[]): Alarm[] {
  const still = new Set(backups.filter(({ isProtected }) => isProtected).map(nameOf));
  return (before?.backupGroups?.items ?? []).flatMap(({ store, namespace = "", group, protected: times = [] }) => {
    const lost = times
      .map((time) => ({ store, namespace, group, time: new Date(time) }))
      .filter((one) => !still.has(nameOf(one)));
    if (lost.length === 0) return [];
    const text =
      `${timesOf(lost)} was protected when the site was last looked at (${before?.takenAt ?? "?"}), and is not any more; if that was none of ` +
      "you, protect it again on the server and rotate the nodes' login (make rotate), else look again (make observe)";
    return [{ what: `${group} in ${store}`, text }];
  });
}

function nameOf({ store, namespace, group, time }: Pick<SeenBackup, "store" | "namespace" | "group" | "time">): string {
  return [store, namespace, group, time.getTime()].join("\n");
}

function timesOf(backups: readonly { readonly time: Date }[]): string {
  const [first] = backups;
  const some = `the backup of ${first?.time.toISOString() ?? "?"}`;
  return backups.length === 1 ? some : `${some} and ${backups.length - 1} more of it`;
}
