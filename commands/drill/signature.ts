import { createHash } from "node:crypto";

import { utils } from "ssh2";

/** What the signatures are for: one that was made for something else does not verify. */
export const NAMESPACE = "tappaas-drill";

/**
 * Signs a text with an SSH key, as `ssh-keygen -Y sign` does.
 * @param privateKey In OpenSSH's form, without a passphrase.
 * @param namespace What it is for.
 * @see https://github.com/openssh/openssh-portable/blob/master/PROTOCOL.sshsig
 * @throws {Error} When the key cannot be read.
 */
export function signed(
  text: string,
  privateKey: string,
  namespace = NAMESPACE,
): {
  readonly signature: string;
  readonly publicKey: string;
} {
  const key = utils.parseKey(privateKey);
  if (key instanceof Error)
    throw new Error(`The site's SSH key cannot be read: ${key.message}.\nCure: make enrol HOST=…`);
  const rsa = key.type === "ssh-rsa";
  const hash = createHash("sha512").update(text).digest();
  const about = [namespace, "", "sha512"].map(lengthFirst);
  const message = Buffer.concat([Buffer.from(MAGIC), ...about, lengthFirst(hash)]);
  const raw = rsa ? key.sign(message, "sha512") : key.sign(message);
  if (raw instanceof Error) throw raw;
  const algorithm = rsa ? "rsa-sha2-512" : key.type;
  const made = Buffer.concat([lengthFirst(algorithm), lengthFirst(raw)]);
  const version = Buffer.from([0, 0, 0, 1]);
  const publicBlob = key.getPublicSSH();
  const blob = Buffer.concat([Buffer.from(MAGIC), version, lengthFirst(publicBlob), ...about, lengthFirst(made)]);
  const lines = blob.toString("base64").match(/.{1,70}/g) ?? [];
  return {
    signature: ["-----BEGIN SSH SIGNATURE-----", ...lines, "-----END SSH SIGNATURE-----", ""].join("\n"),
    publicKey: `${key.type} ${publicBlob.toString("base64")}`,
  };
}

const MAGIC = "SSHSIG";

function lengthFirst(part: string | Buffer): Buffer {
  const bytes = typeof part === "string" ? Buffer.from(part) : part;
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}
