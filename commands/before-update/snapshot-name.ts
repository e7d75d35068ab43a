/** A snapshot of a guest as PVE lists it. */
export interface ListedSnapshot {
  /** Name in PVE. */
  readonly name: string;
  /** Words of who took it. */
  readonly description?: string | undefined;
}

/** A snapshot that this project took before an update. */
export interface UpdateSnapshot {
  /** Name in PVE. */
  readonly name: string;
  /** Last day on which it is wanted, `2026-12-03`. */
  readonly until: string;
}

const DAY_MS = 86_400_000;
const PREFIX = "before-update-";
const NAME = /^before-update-\d{8}-\d{6}$/;
/** By it, together with the name, a snapshot is known as one of ours: nothing else is ever removed. */
const WORDS = "taken by make before-update; to be removed after ";
const DESCRIPTION = /taken by make before-update; to be removed after (?<until>\d{4}-\d{2}-\d{2})/;

/** Name and description of a snapshot that is taken now and wanted for so many days. */
export function newSnapshot(now: Date, days: number): { readonly name: string; readonly description: string } {
  const stamp = now.toISOString().replace(/[-:]/g, "").replace("T", "-").slice(0, "20261126-101500".length);
  return { name: `${PREFIX}${stamp}`, description: `${WORDS}${dayOf(now.getTime() + days * DAY_MS)}` };
}

/** Those of a guest's snapshots that this project took. Both the name and the words have to say so. */
export function ownSnapshots(listed: readonly ListedSnapshot[]): UpdateSnapshot[] {
  return listed.flatMap(({ name, description = "" }) => {
    const until = DESCRIPTION.exec(description)?.groups?.["until"];
    return until !== undefined && NAME.test(name) ? [{ name, until }] : [];
  });
}

/** Whether the day has passed on which a snapshot was to go. */
export function isOverdue({ until }: UpdateSnapshot, now: Date): boolean {
  return dayOf(now.getTime()) > until;
}

function dayOf(milliseconds: number): string {
  return new Date(milliseconds).toISOString().slice(0, "2026-11-26".length);
}
