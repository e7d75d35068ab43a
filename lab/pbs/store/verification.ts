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
export async function verifySnapshot(store: Datastore, snapshot: SnapshotId): Promise<string[]> {
  const faults: string[] = [];
  const blobs = store.manifest(snapshot).files.filter(({ filename }) => filename.endsWith(".blob"));
  for (const { filename, csum } of blobs) {
    await attempt(faults, () => {
      if (blobChecksum(store.file(snapshot, filename)) !== csum) throw new Error(`${filename}: wrong checksum`);
    });
  }
  await attempt(faults, async () => {
    const modes = new Map(store.manifest(snapshot).files.map((file) => [file.filename, file["crypt-mode"]]));
    for (const [name, { digests }] of store.indices(snapshot)) {
      const isOpen = modes.get(name) === "none";
      for (const digest of new Set(digests)) await attempt(faults, () => verifyChunk(store, digest, isOpen));
    }
  });
  return faults;
}

async function verifyChunk(store: Datastore, digest: string, isOpen: boolean): Promise<void> {
  const blob = await wholeChunk(store, digest);
  // It is left where it is: what is wrong is that this index names it.
  if (isEncrypted(blob) === isOpen) {
    const [chunk, index] = isOpen ? ["Encrypt", "None"] : ["None", "Encrypt"];
    throw new Error(`chunk CryptMode ${chunk} does not match index CryptMode ${index}`);
  }
}

async function wholeChunk(store: Datastore, digest: string): Promise<Buffer> {
  try {
    const blob = await store.chunks.fetch(digest);
    rejectBrokenBlob(blob);
    if (isEncrypted(blob) || chunkDigest(decodeBlob(blob)) === digest) return blob;
    throw new Error(`detected chunk with wrong digest - ${digest}`);
  } catch (error) {
    await store.chunks.setAside(digest);
    throw error;
  }
}

async function attempt(faults: string[], check: () => void | Promise<void>): Promise<void> {
  try {
    await check();
  } catch (error) {
    faults.push(error instanceof Error ? error.message : String(error));
  }
}
