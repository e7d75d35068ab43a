/**
 * A SHA-256 fingerprint as PVE and PBS show it: 32 bytes in lower-case hex with colons. It names a TLS certificate or an
 * encryption key, and is no secret.
 */
export type Fingerprint = string;

const COLONS = /^(?:[0-9a-f]{2}:){31}[0-9a-f]{2}$/;
const PLAIN = /^[0-9a-f]{64}$/;

/** Whether `text` is a SHA-256 fingerprint in any of the forms in use: with colons or without, in either case. */
export function isFingerprint(text: string): boolean {
  const lower = text.toLowerCase();
  return COLONS.test(lower) || PLAIN.test(lower);
}

/**
 * The one form in which fingerprints are kept and compared here.
 * @throws {RangeError} If the text is no SHA-256 fingerprint.
 */
export function fingerprint(text: string): Fingerprint {
  if (!isFingerprint(text)) throw new RangeError(`Expected 32 bytes in hex such as "0e:ab:…:d4", got "${text}".`);
  return withColons(text.toLowerCase().replaceAll(":", ""));
}

/** Fingerprint of 32 bytes. */
export function fingerprintOfBytes(bytes: Uint8Array): Fingerprint {
  return fingerprint(Buffer.from(bytes).toString("hex"));
}

/** First 8 bytes, as proxmox-backup-client prints them in its messages: enough to tell two keys apart by eye, not to trust. */
export function shortFingerprint(full: Fingerprint): string {
  return fingerprint(full).slice(0, 8 * 3 - 1);
}

function withColons(hex: string): Fingerprint {
  return (hex.match(/../g) ?? []).join(":");
}
