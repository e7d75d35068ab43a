import { createHash, pbkdf2Sync } from "node:crypto";

const SUBJECT = "Proxmox Backup Encryption Key Fingerprint";

/** Fingerprint of a 32-byte backup key, hex with colons. Source: pbs-datastore, src/crypt_config.rs. */
export function keyFingerprint(key: Buffer): string {
  const idKey = pbkdf2Sync(key, "_id_key", 10, 32, "sha256");
  const subject = createHash("sha256").update(SUBJECT).digest();
  const digest = createHash("sha256").update(subject).update(idKey).digest("hex");
  return (digest.match(/../g) ?? []).join(":");
}
