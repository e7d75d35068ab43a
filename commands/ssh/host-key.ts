import { createHash } from "node:crypto";

/** A machine's SSH host key, public. */
export interface HostKey {
  /** Kind in OpenSSH's words: `ssh-ed25519`. */
  readonly type: string;
  /** As it stands in the settings and in known_hosts: `ssh-ed25519 AAAA…`. */
  readonly line: string;
  /** As `ssh-keygen -l` prints it: `SHA256:…`. */
  readonly fingerprint: string;
}

/** The key in the form in which a server shows it. */
export function hostKeyOf(blob: Buffer): HostKey {
  const type = blob.toString("latin1", LENGTH, LENGTH + blob.readUInt32BE(0));
  return { type, line: `${type} ${blob.toString("base64")}`, fingerprint: fingerprintOf(blob) };
}

/** The key of a line such as `ssh-ed25519 AAAA… comment`. */
export function hostKeyOfLine(line: string): HostKey {
  return hostKeyOf(Buffer.from(line.split(" ")[1] ?? "", "base64"));
}

/** Short name of a kind, as `ssh-keygen -l` puts it in brackets. */
export function kindOf({ type }: HostKey): string {
  return type.replace(/^ssh-|-sha2-.*$/g, "").toUpperCase();
}

/** A field of an SSH key begins with its length in four bytes. RFC 4251, section 5. */
const LENGTH = 4;

function fingerprintOf(blob: Buffer): string {
  return `SHA256:${createHash("sha256").update(blob).digest("base64").replace(/=+$/, "")}`;
}
