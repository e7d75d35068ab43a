import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { utils, type ParsedKey } from "ssh2";

/**
 * A new ed25519 key in OpenSSH's own form. ssh2 now and then writes one that neither it nor OpenSSH reads (leading zero
 * bytes get lost), so a key counts only once it was read back.
 */
export function newPrivateKey(comment: string): string {
  for (;;) {
    const { private: key } = utils.generateKeyPairSync("ed25519", { comment });
    if (!(utils.parseKey(key) instanceof Error)) return key;
  }
}

/** The key in that text. */
export function parsedKey(key: string): ParsedKey {
  const parsed = utils.parseKey(key);
  if (parsed instanceof Error) throw parsed;
  return parsed;
}

/** The public half as a line of authorized_keys, without a comment. */
export function publicLine(privateKey: string): string {
  const key = parsedKey(privateKey);
  return `${key.type} ${key.getPublicSSH().toString("base64")}`;
}

/** Keys in `~/.ssh/authorized_keys` below `home`; lines that are none are passed over, as sshd does. */
export function authorizedKeys(home: string): ParsedKey[] {
  const file = join(home, ".ssh", "authorized_keys");
  if (!existsSync(file)) return [];
  return readFileSync(file, "utf8")
    .split("\n")
    .flatMap((line) => {
      const parsed: ParsedKey | ParsedKey[] | Error = utils.parseKey(line);
      return parsed instanceof Error ? [] : parsed;
    });
}
