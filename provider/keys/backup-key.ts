import { createHash, pbkdf2Sync, randomBytes } from "node:crypto";

import { fingerprint, fingerprintOfBytes, shortFingerprint, type Fingerprint } from "../../estate/units/fingerprint";

/** A key with which backups are encrypted before they leave a node. **Who holds it reads every backup; who lost it, none.** */
export interface BackupKey {
  /** The key in PBS' own form, without a passphrase, as PVE's storage takes it. Secret. */
  readonly json: string;
  /** SHA-256 fingerprint of the key, in lower-case hex with colons. No secret. */
  readonly fingerprint: Fingerprint;
}

/** Something is wrong with a key. The message never holds any of it. */
export class KeyError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "KeyError";
  }
}

/**
 * A new AES-256-GCM key from the system's random source.
 * @param now Time written into it as that of its making.
 * @see PBS 4.2: pbs-key-config/src/lib.rs
 */
export function mintBackupKey(now: Date = new Date()): BackupKey {
  const secret = randomBytes(KEY_BYTES);
  const keyFingerprint = fingerprintOfKey(secret);
  // PBS refuses fractions of a second here, and integers.
  const time = `${now.toISOString().slice(0, "2026-11-21T21:00:00".length)}+00:00`;
  const data = secret.toString("base64");
  const json = JSON.stringify({ kdf: null, created: time, modified: time, data, fingerprint: keyFingerprint });
  secret.fill(0);
  return { json, fingerprint: keyFingerprint };
}

/**
 * Reads a key in PBS' form and proves that its fingerprint is its own.
 * @throws {KeyError} When it is none, has a passphrase, or carries a fingerprint that is not that of its data.
 */
export function parseBackupKey(json: string): BackupKey {
  const fields = fieldsOf(json);
  if (fields["kdf"] !== null) {
    throw new KeyError(
      "Expected a key without a passphrase (kdf null), for PVE takes no other; " +
        "remove it with `proxmox-backup-client key change-passphrase --kdf none <file>`.",
    );
  }
  const secret = secretOf(fields["data"]);
  const actual = fingerprintOfKey(secret);
  secret.fill(0);
  expectTimes(fields);
  expectOwnFingerprint(fields["fingerprint"], actual);
  return { json, fingerprint: actual };
}

/**
 * Stops unless `key` is the one that is expected.
 * @throws {KeyError} Naming both fingerprints.
 */
export function expectKey(key: BackupKey, expected: Fingerprint): void {
  if (key.fingerprint === fingerprint(expected)) return;
  throw new KeyError(
    `Expected the backup key ${shortFingerprint(expected)}…, got ${shortFingerprint(key.fingerprint)}…; ` +
      "use the key file that belongs to this site, or correct the key's fingerprint in the settings. " +
      "What the one encrypted the other cannot read.",
  );
}

/**
 * Fingerprint of 32 bytes of key, as PBS computes it.
 * @see PBS 4.2: pbs-tools/src/crypt_config.rs
 */
export function fingerprintOfKey(secret: Uint8Array): Fingerprint {
  const idKey = pbkdf2Sync(secret, "_id_key", 10, KEY_BYTES, "sha256");
  const label = createHash("sha256").update("Proxmox Backup Encryption Key Fingerprint").digest();
  return fingerprintOfBytes(createHash("sha256").update(label).update(idKey).digest());
}

/** AES-256. */
const KEY_BYTES = 32;

const NO_KEY = "Expected a backup key in Proxmox Backup Server's JSON form";

function fieldsOf(json: string): Record<string, unknown> {
  const value = parsedJson(json);
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw new KeyError(`${NO_KEY}, got something else; take it from the key file or from the escrow sheet, whole.`);
}

/** Undefined for what is no JSON: the parser's own message would quote the text, and so the key. */
function parsedJson(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}

function secretOf(data: unknown): Buffer {
  const bytes = typeof data === "string" && BASE64.test(data) ? Buffer.from(data, "base64") : Buffer.alloc(0);
  if (bytes.length === KEY_BYTES) return bytes;
  throw new KeyError(
    `${NO_KEY} with ${KEY_BYTES} bytes of data, got ${bytes.length}; the copy is cut or mistyped, take another.`,
  );
}

const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;
const RFC3339 = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:Z|[+-]\d{2}:\d{2})$/;

/** PBS refuses a key whose times are integers or have fractions of a second (observed on 4.2.3). */
function expectTimes(fields: Record<string, unknown>): void {
  for (const name of ["created", "modified"]) {
    const time = fields[name];
    if (typeof time === "string" && RFC3339.test(time)) continue;
    throw new KeyError(`${NO_KEY} with ${name} such as "2026-11-21T21:00:00+00:00"; correct that field.`);
  }
}

/** PBS shows such a file as sound and fails when it is used: "KeyConfig contains wrong fingerprint". */
function expectOwnFingerprint(written: unknown, actual: Fingerprint): void {
  if (written === undefined || written === null) return;
  if (typeof written === "string" && fingerprintOrNothing(written) === actual) return;
  throw new KeyError(
    `The backup key carries a fingerprint that is not its own: its data has ${shortFingerprint(actual)}…. ` +
      "The copy was changed or mixed from two keys; take another copy, such as the escrow sheet.",
  );
}

function fingerprintOrNothing(text: string): Fingerprint | undefined {
  try {
    return fingerprint(text);
  } catch {
    return undefined;
  }
}
