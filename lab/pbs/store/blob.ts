import { createCipheriv, createDecipheriv, createHash, randomBytes } from "node:crypto";
import { crc32, zstdCompressSync, zstdDecompressSync } from "node:zlib";

import { type EncryptionKey } from "./encryption-key";

/** How the contents of a file in a snapshot are protected against its server. */
export type CryptMode = "none" | "encrypt" | "sign-only";

/** First eight bytes of a blob; PBS 4.2: pbs-datastore/src/file_formats.rs. */
const MAGIC = {
  plain: Buffer.from([66, 171, 56, 7, 190, 131, 112, 161]),
  zstd: Buffer.from([49, 185, 88, 66, 111, 182, 163, 127]),
  encrypted: Buffer.from([123, 103, 133, 190, 34, 45, 76, 240]),
  encryptedZstd: Buffer.from([230, 89, 27, 191, 11, 191, 216, 11]),
} as const;
type Form = keyof typeof MAGIC;

/** Magic and checksum. */
const HEADER = 12;
/** PBS uses an IV of 16 bytes with AES-256-GCM, not the customary 12. */
const IV = 16;
const TAG = 16;

/** Name of a chunk: what its contents are, under the key that protects them. Other keys give other names on purpose. */
export function chunkDigest(data: Buffer, key?: EncryptionKey): string {
  const hash = createHash("sha256").update(data);
  if (key !== undefined) hash.update(key.idKey);
  return hash.digest("hex");
}

/** Packs contents as PBS stores them: compressed when that is shorter, encrypted when there is a key, with a checksum. */
export function encodeBlob(data: Buffer, key?: EncryptionKey): Buffer {
  const packed = zstdCompressSync(data);
  const compressed = packed.length < data.length;
  const body = compressed ? packed : data;
  if (key === undefined) return seal(compressed ? "zstd" : "plain", Buffer.alloc(0), body);
  const iv = randomBytes(IV);
  const cipher = createCipheriv("aes-256-gcm", key.secret, iv);
  const secret = Buffer.concat([cipher.update(body), cipher.final()]);
  const head = Buffer.concat([iv, cipher.getAuthTag()]);
  return seal(compressed ? "encryptedZstd" : "encrypted", head, secret);
}

/**
 * Contents of a blob.
 * @throws {Error} When the checksum or the authentication tag does not fit, or a key is needed and not given.
 */
export function decodeBlob(blob: Buffer, key?: EncryptionKey): Buffer {
  const form = rejectBrokenBlob(blob);
  const compressed = form === "zstd" || form === "encryptedZstd";
  const body = form === "plain" || form === "zstd" ? blob.subarray(HEADER) : decrypt(blob, key);
  return compressed ? zstdDecompressSync(body) : Buffer.from(body);
}

/** Whether a blob was encrypted before it reached the server. */
export function isEncrypted(blob: Buffer): boolean {
  const form = formOf(blob);
  return form === "encrypted" || form === "encryptedZstd";
}

/**
 * Checks what a server can check without a key: the form and the checksum.
 * @throws {Error} When either is wrong.
 */
export function rejectBrokenBlob(blob: Buffer): Form {
  const form = formOf(blob);
  if (form === undefined) throw new Error("blob too small or wrong magic number");
  if (blob.readUInt32LE(8) !== crc32(payload(blob, form))) throw new Error("Data blob has wrong CRC checksum.");
  return form;
}

function seal(form: Form, head: Buffer, body: Buffer): Buffer {
  const checksum = Buffer.alloc(4);
  checksum.writeUInt32LE(crc32(body));
  return Buffer.concat([MAGIC[form], checksum, head, body]);
}

function decrypt(blob: Buffer, key: EncryptionKey | undefined): Buffer {
  if (key === undefined) throw new Error("unable to decrypt blob - missing CryptConfig");
  const iv = blob.subarray(HEADER, HEADER + IV);
  const tag = blob.subarray(HEADER + IV, HEADER + IV + TAG);
  const decipher = createDecipheriv("aes-256-gcm", key.secret, iv).setAuthTag(tag);
  try {
    return Buffer.concat([decipher.update(blob.subarray(HEADER + IV + TAG)), decipher.final()]);
  } catch {
    throw new Error("unable to decrypt blob - authentication tag does not match");
  }
}

function formOf(blob: Buffer): Form | undefined {
  const magic = blob.subarray(0, 8);
  const forms = Object.keys(MAGIC) as Form[];
  return blob.length < HEADER ? undefined : forms.find((form) => MAGIC[form].equals(magic));
}

function payload(blob: Buffer, form: Form): Buffer {
  return blob.subarray(form === "plain" || form === "zstd" ? HEADER : HEADER + IV + TAG);
}
