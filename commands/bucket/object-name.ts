/** Objects of a snapshot in a bucket. Source: observed on PBS 4.2.3. */
export interface SnapshotName {
  /** Namespace, components joined by `/`; empty for the root. */
  readonly namespace: string;
  /** `vm/101`. */
  readonly group: string;
  /** When the backup began. */
  readonly time: Date;
  /** Everything but the file: `.cnt/vm/101/2026-01-02T03:04:05Z`. */
  readonly path: string;
}

const SNAPSHOT =
  /^\.cnt\/(?<ns>(?:ns\/[^/]+\/)*)(?<group>(?:vm|ct|host)\/[^/]+)\/(?<time>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)\/(?<file>[^/]+)$/;
const CHUNK = /^\.chunks\/[0-9a-f]{4}\/(?<digest>[0-9a-f]{64})$/;

/** Snapshot and file that an object is part of; undefined for any other. @param name Without the datastore's prefix. */
export function snapshotOf(name: string): { readonly snapshot: SnapshotName; readonly file: string } | undefined {
  const { ns = "", group = "", time = "", file = "" } = SNAPSHOT.exec(name)?.groups ?? {};
  if (group === "") return undefined;
  const namespace = ns
    .split("/")
    .filter((_, index) => index % 2 === 1)
    .join("/");
  const path = name.slice(0, name.length - file.length - 1);
  return { snapshot: { namespace, group, time: new Date(time), path }, file };
}

/** Digest of a chunk by the name of its object; undefined for any other. */
export function digestOf(name: string): string | undefined {
  return CHUNK.exec(name)?.groups?.["digest"];
}

/** Name of the object of a chunk. */
export function chunkName(digest: string): string {
  return `.chunks/${digest.slice(0, 4)}/${digest}`;
}

/** Whether PBS writes an object once and never again: another content of it is somebody's doing. */
export function isWrittenOnce(name: string): boolean {
  const file = snapshotOf(name)?.file;
  return digestOf(name) !== undefined || (file !== undefined && file !== "index.json.blob" && file !== ".protected");
}
