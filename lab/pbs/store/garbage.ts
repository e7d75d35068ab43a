import { type Datastore } from "./datastore";

/** What a garbage collection found and freed; the fields of PBS's `gc-status`. */
export interface GarbageReport {
  /** Index files read. */
  readonly "index-file-count": number;
  /** Sum of the images' lengths, as their guests see them. */
  readonly "index-data-bytes": number;
  /** Bytes in chunks that stay. */
  readonly "disk-bytes": number;
  /** Chunks that stay. */
  readonly "disk-chunks": number;
  /** Bytes freed. */
  readonly "removed-bytes": number;
  /** Chunks freed. */
  readonly "removed-chunks": number;
  /** Unreferenced bytes too young to free; the lab waits for no access time, so none. */
  readonly "pending-bytes": number;
  /** Unreferenced chunks too young to free. */
  readonly "pending-chunks": number;
  /** Broken chunks freed. */
  readonly "removed-bad": number;
  /** Broken chunks that stay. */
  readonly "still-bad": number;
}

/** Report of a datastore that was never collected. */
export const NO_GARBAGE: GarbageReport = {
  "index-file-count": 0,
  "index-data-bytes": 0,
  "disk-bytes": 0,
  "disk-chunks": 0,
  "removed-bytes": 0,
  "removed-chunks": 0,
  "pending-bytes": 0,
  "pending-chunks": 0,
  "removed-bad": 0,
  "still-bad": 0,
};

/** Deepest namespace that PBS allows. */
const MAX_DEPTH = 7;

/** Frees every chunk that no index names. @param inUse Digests of backups under way, which have no index yet. */
export function collectGarbage(store: Datastore, inUse: ReadonlySet<string>): GarbageReport {
  const indices = allIndices(store);
  const named = new Set(indices.flatMap(({ digests }) => digests));
  const chunks = [...store.chunks.all()];
  const kept = chunks.filter(({ digest }) => named.has(digest) || inUse.has(digest));
  const freed = chunks.filter((chunk) => !kept.includes(chunk));
  for (const { digest } of freed) store.chunks.remove(digest);
  return {
    ...NO_GARBAGE,
    "index-file-count": indices.length,
    "index-data-bytes": sum(indices),
    "disk-bytes": sum(kept),
    "disk-chunks": kept.length,
    "removed-bytes": sum(freed),
    "removed-chunks": freed.length,
  };
}

/** Indices of all snapshots. */
export function allIndices(store: Datastore) {
  const groups = store.namespaces("", MAX_DEPTH).flatMap((ns) => store.groups(ns));
  const snapshots = groups.flatMap((group) => store.snapshots(group));
  return snapshots.flatMap((snapshot) => [...store.indices(snapshot).values()]);
}

function sum(sized: readonly { readonly size: number }[]): number {
  return sized.reduce((total, { size }) => total + size, 0);
}
