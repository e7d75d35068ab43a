import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

import { utils } from "ssh2";

import { hiddenQuestion, isInteractive } from "../terminal";
import { type SshLogin } from "./node-shell";

/**
 * The login of the person who runs a command: their key from a file, or their agent.
 * @param key File with a private key. @default - the agent's, else ~/.ssh/id_ed25519
 * @throws {Error} With a cure when there is none that can be used.
 */
export async function ownLogin(user: string, key?: string): Promise<SshLogin> {
  const agent = process.env["SSH_AUTH_SOCK"];
  if (key === undefined && agent !== undefined) return { user, agent };
  const file = key?.replace(/^~(?=\/)/, homedir()) ?? join(homedir(), ".ssh", "id_ed25519");
  if (!existsSync(file)) throw new Error(`There is no key ${file}.\nCure: say --key, or start an SSH agent.`);
  const privateKey = readFileSync(file, "utf8");
  const parsed: unknown = utils.parseKey(privateKey);
  if (!(parsed instanceof Error)) return { user, privateKey };
  if (!/passphrase|encrypted/i.test(parsed.message)) {
    throw new Error(`${file} is no private key: ${parsed.message}.\nCure: say --key.`);
  }
  if (!isInteractive()) {
    throw new Error(`${file} needs its passphrase, and nobody is here to be asked.\nCure: add it to an SSH agent.`);
  }
  return { user, privateKey, passphrase: await hiddenQuestion(`Passphrase of ${file}: `) };
}
