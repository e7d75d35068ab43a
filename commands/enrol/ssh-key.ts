import { utils, type ParsedKey } from "ssh2";

import { quoted } from "../ssh/quoted";
import { SSH_SECRET } from "./names";
import { type Enrolling, type Step } from "./step";

/** A key of the program's own, so that yours can go and this one can be taken away without the other. */
export async function sshKeyStep({ shell, secrets, record, site, newSecrets }: Enrolling): Promise<Step> {
  const held = await secrets.get(SSH_SECRET);
  const key = newSecrets || held === undefined || held === "" ? newPrivateKey(`tappaas-resilience-${site}`) : held;
  const line = publicLine(key, `tappaas-resilience-${site}`);
  const [type = "", blob = ""] = line.split(" ");
  const { stdout } = await shell.run("cat ~/.ssh/authorized_keys 2>/dev/null");
  const known = stdout.includes(`${type} ${blob}`);
  const changes = [
    ...(key === held ? [] : [`is made; its private half goes into ${SSH_SECRET}`]),
    ...(known ? [] : ["may open root's shell (authorized_keys)"]),
  ];
  return {
    thing: "SSH key of the program",
    change: changes.length === 0 ? undefined : changes.join("; "),
    apply: async () => {
      // The secret first: a key that opens a shell and that nobody holds would be there for good.
      if (key !== held) await secrets.set(SSH_SECRET, key);
      if (known) return;
      const { code, stderr } = await shell.run(APPEND, `${line}\n`);
      if (code !== 0) throw new Error(`The key could not be added to root's authorized_keys: ${stderr.trim()}`);
      record.made.sshKeys.push(line);
    },
  };
}

/**
 * Command that takes a line out of root's authorized_keys, and leaves every other as it is. The new file takes the place of the old
 * one only when it is whole: with a truncated one nobody would get in any more. On a node the file is a link into /etc/pve.
 */
export function removalOf(line: string): string {
  const file = "~/.ssh/authorized_keys";
  return `[ ! -e ${file} ] || sed -i --follow-symlinks ${quoted(`\\|^${line}$|d`)} ${file}`;
}

/** Adds standard input to the file. On a node that is a link into /etc/pve, so it is never replaced by a new file. */
const APPEND = [
  "umask 077",
  "mkdir -p ~/.ssh",
  "f=~/.ssh/authorized_keys",
  'if [ -s "$f" ] && [ -n "$(tail -c 1 "$f")" ]; then echo >> "$f"; fi',
  'cat >> "$f"',
].join("; ");

/** ssh2 now and then writes an ed25519 key that nobody can read, itself included: a key counts once it was read back. */
function newPrivateKey(comment: string): string {
  for (;;) {
    const { private: key } = utils.generateKeyPairSync("ed25519", { comment });
    if (!(utils.parseKey(key) instanceof Error)) return key;
  }
}

/** Line of authorized_keys that lets in who holds the private key. */
export function publicLine(privateKey: string, comment: string): string {
  const parsed: ParsedKey | Error = utils.parseKey(privateKey);
  if (parsed instanceof Error) throw new Error(`${SSH_SECRET} of the settings is no SSH key that could be read.`);
  return `${parsed.type} ${parsed.getPublicSSH().toString("base64")} ${comment}`;
}
