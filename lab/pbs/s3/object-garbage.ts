import { type Datastore } from "../store/datastore";
import { allIndices, type GarbageReport, NO_GARBAGE } from "../store/garbage";
import { type ObjectBackend, PROBE } from "./object-backend";

/**
 * Frees every chunk object of a bucket that no index *of the cache* names: what another server wrote there is lost (observed on PBS
 * 4.2.3). Where the bucket refuses, nothing is lost and the task fails.
 * @param inUse Digests of backups under way, which have no index yet.
 */
export async function collectObjects(
  store: Datastore,
  backend: ObjectBackend,
  inUse: ReadonlySet<string>,
): Promise<GarbageReport> {
  await backend.client.head();
  await backend.probe();
  const indices = allIndices(store);
  const named = new Set(indices.flatMap(({ digests }) => digests));
  const sizes = new Map([...store.chunks.all()].map(({ digest, size }) => [digest, size]));
  const objects = (await backend.chunkDigests()).filter((digest) => digest !== PROBE.digest);
  const freed = objects.filter((digest) => !named.has(digest) && !inUse.has(digest));
  if (freed.length > 0) await backend.removeChunks(freed);
  for (const digest of sizes.keys()) if (!named.has(digest) && !inUse.has(digest)) store.chunks.remove(digest);
  const sum = (digests: readonly string[]): number => digests.reduce((total, one) => total + (sizes.get(one) ?? 0), 0);
  const kept = objects.filter((digest) => !freed.includes(digest));
  return {
    ...NO_GARBAGE,
    "index-file-count": indices.length,
    "index-data-bytes": indices.reduce((total, { size }) => total + size, 0),
    "disk-bytes": sum(kept),
    "disk-chunks": kept.length,
    "removed-bytes": sum(freed),
    "removed-chunks": freed.length,
  };
}
