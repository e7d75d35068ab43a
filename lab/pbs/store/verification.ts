import { chunkDigest, decodeBlob, isEncrypted, rejectBrokenBlob } from "./blob";
import { type Datastore } from "./datastore";
import { blobChecksum } from "./manifest";
import { type SnapshotId } from "./snapshot-id";

/**
 * Reads a snapshot through as the server does, without its key.
 *
 * Of an encrypted chunk only the checksum can be seen: that a snapshot is verified does not prove that its key opens
 * it (PBS 4.2: pbs-datastore/src/data_blob.rs).
 * @returns What is wrong, one line a fault; empty when all is there and whole.
 */
export function verifySnapshot(store: Datastore, snapshot: SnapshotId): string[] {
  const faults: string[] = [];
  for (const { filename, csum } of store
    .manifest(snapshot)
    .files.filter(({ filename }) => filename.endsWith(".blob"))) {
    attempt(faults, () => {
      if (blobChecksum(store.file(snapshot, filename)) !== csum) throw new Error(`${filename}: wrong checksum`);
    });
  }
  attempt(faults, () => {
    const digests = [...store.indices(snapshot).values()].flatMap((index) => index.digests);
    for (const digest of new Set(digests))
      attempt(faults, () => {
        verifyChunk(store, digest);
      });
  });
  return faults;
}

function verifyChunk(store: Datastore, digest: string): void {
  const blob = store.chunks.get(digest);
  rejectBrokenBlob(blob);
  if (!isEncrypted(blob) && chunkDigest(decodeBlob(blob)) !== digest) {
    throw new Error(`detected chunk with wrong digest - ${digest}`);
  }
}

function attempt(faults: string[], check: () => void): void {
  try {
    check();
  } catch (error) {
    faults.push(error instanceof Error ? error.message : String(error));
  }
}
