import { createHash } from "node:crypto";

import { type CryptMode, decodeBlob, encodeBlob } from "./blob";
import { type EncryptionKey, shortFingerprint, signature } from "./encryption-key";
import { type BackupType, type SnapshotId } from "./snapshot-id";

/** Name of the manifest inside a snapshot. */
export const MANIFEST_NAME = "index.json.blob";

/** One file of a snapshot, as its manifest lists it. */
export interface ManifestFile {
  /** Name in the snapshot: `drive-scsi0.img.fidx`, `qemu-server.conf.blob`. */
  readonly filename: string;
  /** Length in bytes: of the image for an index, of the file for a blob. */
  readonly size: number;
  /** SHA-256 of the index' digests, or of the blob as stored. */
  readonly csum: string;
  /** Protection of the contents. */
  readonly "crypt-mode": CryptMode;
}

/** Last verification of a snapshot. */
export interface VerifyState {
  /** Whether all chunks were there and whole. */
  readonly state: "ok" | "failed";
  /** Task that found out. */
  readonly upid: string;
}

/** What stands beside the signature: a server may change it. */
export interface Unprotected {
  /** Fingerprint of the key that made the backup; absent when there was none. */
  readonly "key-fingerprint"?: string;
  /** Free text; its first line is the comment of the snapshot lists. */
  readonly notes?: string;
  /** Last verification. */
  readonly verify_state?: VerifyState;
}

/** What a snapshot consists of. */
export interface Manifest {
  /** Kind of guest. */
  readonly "backup-type": BackupType;
  /** Guest id. */
  readonly "backup-id": string;
  /** Seconds since 1970. */
  readonly "backup-time": number;
  /** All files but the manifest itself. */
  readonly files: readonly ManifestFile[];
  /** HMAC over everything but `signature` and `unprotected`; absent without a key. */
  readonly signature?: string;
  /** Not signed. */
  readonly unprotected: Unprotected;
}

/** Manifest of a finished backup, signed when there is a key. */
export function createManifest(snapshot: SnapshotId, files: readonly ManifestFile[], key?: EncryptionKey): Manifest {
  const content = {
    "backup-type": snapshot.type,
    "backup-id": snapshot.id,
    "backup-time": snapshot.time,
    files,
  };
  if (key === undefined) return { ...content, unprotected: {} };
  const unprotected = { "key-fingerprint": key.fingerprint };
  return { ...content, signature: signature(key, signedText(content)), unprotected };
}

/** Stores a manifest as a blob that needs no key: the server must be able to list a snapshot. */
export function encodeManifest(manifest: Manifest): Buffer {
  return encodeBlob(Buffer.from(JSON.stringify(manifest)));
}

/** Reads a manifest as the server does, trusting it. */
export function decodeManifest(blob: Buffer): Manifest {
  return JSON.parse(decodeBlob(blob).toString("utf8")) as Manifest;
}

/**
 * Stops a restore with the wrong key before a byte of the guest is written.
 * @throws {Error} With the texts observed on PBS 4.2.3's client.
 */
export function rejectForeignKey(manifest: Manifest, key?: EncryptionKey): void {
  const made = manifest.unprotected["key-fingerprint"];
  if (made === undefined) return;
  const makers = shortFingerprint(made);
  if (key === undefined) throw new Error(`missing key - manifest was created with key ${makers}`);
  if (made !== key.fingerprint) throw new Error(wrongKey(makers, shortFingerprint(key.fingerprint)));
  if (manifest.signature !== signature(key, signedText(manifest))) throw new Error("wrong signature in manifest");
}

/** Digest of a blob as it lies on the server. */
export function blobChecksum(blob: Buffer): string {
  return createHash("sha256").update(blob).digest("hex");
}

function wrongKey(makers: string, given: string): string {
  return `wrong key - unable to verify signature since manifest's key ${makers} does not match provided key ${given}`;
}

/** What a signature covers. */
function signedText(manifest: Omit<Manifest, "signature" | "unprotected">): string {
  const { files } = manifest;
  return canonicalJson({
    "backup-type": manifest["backup-type"],
    "backup-id": manifest["backup-id"],
    "backup-time": manifest["backup-time"],
    files,
  });
}

/** JSON with sorted keys, so that a signature does not depend on who wrote the text. */
function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([name, field]) => `${JSON.stringify(name)}:${canonicalJson(field)}`).join(",")}}`;
}
