/** Kind of what was backed up. */
export type BackupType = "vm" | "ct" | "host";

/** All backups of one guest in one namespace. */
export interface GroupId {
  /** Namespace, components joined by `/`; empty for the root. */
  readonly ns: string;
  /** Kind of guest. */
  readonly type: BackupType;
  /** Guest id, or a host's name. */
  readonly id: string;
}

/** One backup of one guest. */
export interface SnapshotId extends GroupId {
  /** Start of the backup in seconds since 1970. */
  readonly time: number;
}

/** Kinds in the order in which PBS lists them. */
export const BACKUP_TYPES: readonly BackupType[] = ["vm", "ct", "host"];

/** `vm/101`, as PBS's messages name a group. */
export function groupName({ type, id }: GroupId): string {
  return `${type}/${id}`;
}

/** `vm/101/2026-01-02T03:04:05Z`, as PBS's messages name a snapshot. */
export function snapshotName(snapshot: SnapshotId): string {
  return `${groupName(snapshot)}/${timeName(snapshot.time)}`;
}

/** Directory name of a backup time: RFC 3339 in UTC, whole seconds. */
export function timeName(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace(/\.\d+Z$/, "Z");
}

/** Backup time of a directory name; undefined when the name is none. */
export function parseTimeName(name: string): number | undefined {
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(name)) return undefined;
  const milliseconds = Date.parse(name);
  return Number.isNaN(milliseconds) ? undefined : milliseconds / 1000;
}

/** Path of a namespace below a datastore: every component stands under its own `ns`. */
export function namespacePath(ns: string): string {
  return ns === ""
    ? ""
    : ns
        .split("/")
        .flatMap((part) => ["ns", part])
        .join("/");
}

/** Path of a group below a datastore. */
export function groupPath(group: GroupId): string {
  return [namespacePath(group.ns), group.type, group.id].filter((part) => part !== "").join("/");
}

/** Path of a snapshot below a datastore. */
export function snapshotPath(snapshot: SnapshotId): string {
  return `${groupPath(snapshot)}/${timeName(snapshot.time)}`;
}
