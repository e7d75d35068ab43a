import { createHash, createHmac, pbkdf2Sync } from "node:crypto";

/** A client-side encryption key, unlocked: what a PBS client holds while it reads or writes a backup. */
export interface EncryptionKey {
  /** The 32 bytes that encrypt chunks with AES-256-GCM. */
  readonly secret: Buffer;
  /** 32 bytes derived from the secret; they enter chunk digests and signatures, and never encrypt. */
  readonly idKey: Buffer;
  /** SHA-256 over the derived key in lower hex with colons, 32 bytes. */
  readonly fingerprint: string;
}

/** RFC 3339 without a fraction, the one spelling that PBS's own reader takes. */
const TIMESTAMP = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:Z|[+-]\d\d:\d\d)$/;
/** Says whose fingerprint this is; PBS 4.2: pbs-tools crypt config. */
const FINGERPRINT_INPUT = createHash("sha256").update("Proxmox Backup Encryption Key Fingerprint").digest();

/**
 * Reads a PBS key file. Only the form without a passphrase (`kdf` null) opens, as on a PVE storage, where nobody is
 * there to type one.
 * @throws {Error} With the text of the real client where one is known.
 */
export function parseKeyFile(text: string): EncryptionKey {
  const fields = jsonObject(text);
  if (fields["kdf"] !== null) throw new Error("unable to load encryption key: expected kdf null, got a passphrase");
  rejectTimestamp(fields, "created");
  rejectTimestamp(fields, "modified");
  const { data, fingerprint } = fields;
  const secret = typeof data === "string" ? Buffer.from(data, "base64") : Buffer.alloc(0);
  if (secret.length !== 32) throw new Error(`unable to load encryption key: expected 32 bytes, got ${secret.length}`);
  const key = encryptionKey(secret);
  rejectForeignFingerprint(fingerprint, key.fingerprint);
  return key;
}

/** Derives what PBS derives from the 32 bytes of a key. */
export function encryptionKey(secret: Buffer): EncryptionKey {
  const idKey = pbkdf2Sync(secret, "_id_key", 10, 32, "sha256");
  const digest = createHash("sha256").update(FINGERPRINT_INPUT).update(idKey).digest("hex");
  return { secret, idKey, fingerprint: colonHex(digest) };
}

/** First eight bytes of a fingerprint: the form in which the client's messages name a key. */
export function shortFingerprint(fingerprint: string): string {
  return colonHex(plainHex(fingerprint)).split(":").slice(0, 8).join(":");
}

/** Authentication tag that signs a manifest: HMAC-SHA256 in hex, under the derived key. */
export function signature(key: EncryptionKey, text: string): string {
  return createHmac("sha256", key.idKey).update(text).digest("hex");
}

function jsonObject(text: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new Error("unable to load encryption key: expected the JSON of a PBS key file, got other text");
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new Error("unable to load encryption key: expected a JSON object");
  }
  return value as Record<string, unknown>;
}

/** Observed on PBS 4.2.3: numbers and fractional seconds are refused. */
function rejectTimestamp(fields: Record<string, unknown>, name: string): void {
  const value = fields[name];
  if (typeof value === "string" && TIMESTAMP.test(value)) return;
  throw new Error(`unable to load encryption key: expected an RFC 3339 time without fraction in '${name}'`);
}

/** Observed on PBS 4.2.3: the fingerprint may be absent or plain hex; a wrong one is found when the key is used. */
function rejectForeignFingerprint(claimed: unknown, contained: string): void {
  if (claimed === undefined) return;
  if (typeof claimed === "string" && plainHex(claimed) === plainHex(contained)) return;
  const shown = typeof claimed === "string" ? shortFingerprint(claimed) : "of another type";
  throw new Error(
    `KeyConfig contains wrong fingerprint ${shown}, contained key has fingerprint ${shortFingerprint(contained)}`,
  );
}

function plainHex(fingerprint: string): string {
  return fingerprint.replaceAll(":", "").toLowerCase();
}

function colonHex(hex: string): string {
  return (hex.match(/../g) ?? []).join(":");
}
