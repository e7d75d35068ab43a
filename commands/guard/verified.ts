import { createHash } from "node:crypto";

import { utils } from "ssh2";

const MAGIC = "SSHSIG";

/**
 * Whether a signature of `ssh-keygen -Y sign` is one of this text, by this key and for this purpose.
 * @param publicKey `ssh-ed25519 AAAA…`; the one in the signature counts for nothing.
 * @see https://github.com/openssh/openssh-portable/blob/master/PROTOCOL.sshsig
 */
export function isSignedBy(publicKey: string, text: string, signature: string, namespace: string): boolean {
  const blob = Buffer.from(signature.replaceAll(/^-----.*-----$|\s/gm, ""), "base64");
  const key = utils.parseKey(publicKey);
  if (key instanceof Error || blob.subarray(0, MAGIC.length).toString() !== MAGIC) return false;
  const [, purpose, , hashName, made] = partsOf(blob.subarray(MAGIC.length + 4));
  if (purpose?.toString() !== namespace || made === undefined) return false;
  const name = hashName?.toString();
  if (name !== "sha512" && name !== "sha256") return false;
  const [algorithm, raw] = partsOf(made);
  if (raw === undefined) return false;
  const hash = createHash(name).update(text).digest();
  const about = [Buffer.from(namespace), Buffer.alloc(0), Buffer.from(name), hash].map(lengthFirst);
  const isRsa = algorithm?.toString().startsWith("rsa-") === true;
  return key.verify(Buffer.concat([Buffer.from(MAGIC), ...about]), raw, isRsa ? "sha512" : undefined);
}

/** Parts of a message, each with its length before it. */
function partsOf(bytes: Buffer): Buffer[] {
  const parts: Buffer[] = [];
  for (let at = 0; at + 4 <= bytes.length;) {
    const length = bytes.readUInt32BE(at);
    parts.push(bytes.subarray(at + 4, at + 4 + length));
    at += 4 + length;
  }
  return parts;
}

function lengthFirst(part: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(part.length);
  return Buffer.concat([length, part]);
}
