import { utils } from "ssh2";

/**
 * Public half of an SSH key, `ssh-ed25519 AAAA…`.
 * @param privateKey In OpenSSH's form, without a passphrase.
 * @throws {Error} When it cannot be read; the message holds nothing of it.
 */
export function publicKeyOf(privateKey: string): string {
  const key = utils.parseKey(privateKey);
  if (key instanceof Error) throw new Error("The site's SSH key cannot be read.\nCure: make enrol HOST=…");
  return `${key.type} ${key.getPublicSSH().toString("base64")}`;
}
