import { isEncrypted, rejectBrokenBlob, chunkDigest, decodeBlob } from "../store/blob";
import { decodeIndex, indexChecksum } from "../store/fixed-index";
import { blobChecksum, decodeManifest, type Manifest, MANIFEST_NAME } from "../store/manifest";
import { type SnapshotId, snapshotName } from "../store/snapshot-id";
import { type Pull } from "./pull";

/** Copies one snapshot, chunks first: it is there whole or not at all. What is protected over there is not protected here. */
export async function pullSnapshot(run: Pull, from: SnapshotId, to: SnapshotId): Promise<void> {
  const { source, target, order, log } = run;
  const manifestBlob = await source.file(from, MANIFEST_NAME);
  const manifest = decodeManifest(manifestBlob);
  if (order.encryptedOnly && !isWhollyEncrypted(manifest)) return;
  const isBroken = isToRepair(run, to);
  if (target.hasSnapshot(to) && !isBroken) return;
  log(`sync snapshot ${snapshotName(to)}`);
  const files = new Map<string, Buffer>();
  for (const { filename, csum } of manifest.files) {
    log(`sync archive ${filename}`);
    const bytes = await source.file(from, filename);
    if (filename.endsWith(".fidx")) await pullChunks(run, from, bytes, csum, isBroken);
    else if (blobChecksum(bytes) !== csum) throw new Error(`wrong checksum for file '${filename}'`);
    files.set(filename, bytes);
  }
  files.set(MANIFEST_NAME, manifestBlob);
  if (isBroken) await target.repairSnapshot(to, files);
  else await target.addSnapshot(to, files);
  log(`sync snapshot ${snapshotName(to)} done`);
}

/** An encrypted chunk's digest cannot be told without the key; its checksum can, and the digest of one in clear. */
async function pullChunks(run: Pull, from: SnapshotId, bytes: Buffer, csum: string, isBroken: boolean): Promise<void> {
  const { source, target, arriving } = run;
  const index = decodeIndex(bytes);
  if (indexChecksum(index) !== csum) throw new Error("wrong checksum for file in manifest");
  for (const digest of new Set(index.digests)) {
    arriving.add(digest);
    if (target.chunks.has(digest) && !isBroken) continue;
    const chunk = await source.chunk(from, digest);
    rejectBrokenBlob(chunk);
    if (!isEncrypted(chunk) && chunkDigest(decodeBlob(chunk)) !== digest) {
      throw new Error("detected chunk with wrong digest.");
    }
    if (isBroken) target.chunks.remove(digest);
    await target.chunks.put(digest, chunk);
  }
}

/** Whether a snapshot is here, failed its verification, and is to be fetched again. */
export function isToRepair({ target, order }: Pull, to: SnapshotId): boolean {
  if (!order.resyncCorrupt || !target.hasSnapshot(to)) return false;
  return target.manifest(to).unprotected.verify_state?.state === "failed";
}

/** Whether every file of a snapshot is encrypted. */
export function isWhollyEncrypted({ files }: Manifest): boolean {
  return files.every(({ filename, "crypt-mode": mode }) => mode === "encrypt" || filename === KEY_NAME);
}

/** The key itself, encrypted to the master key, is no content of the guest. */
const KEY_NAME = "rsa-encrypted.key.blob";
