import { createHmac } from "node:crypto";
import { appendFileSync, existsSync, mkdirSync, readFileSync } from "node:fs";
import { dirname } from "node:path";

import { type HostKey, hostKeyOfLine } from "./host-key";

/** What a known_hosts text says of a machine's key. */
export type Known = { readonly is: "same" | "unknown" } | { readonly is: "other"; readonly known: HostKey };

/**
 * Looks a machine up in a known_hosts text. Another key of the same kind is a stranger; keys of other kinds say nothing.
 * Form of the file: sshd(8), "SSH_KNOWN_HOSTS FILE FORMAT".
 */
export function lookUp(text: string, host: string, port: number, key: HostKey): Known {
  const name = nameOf(host, port);
  for (const line of text.split("\n")) {
    const [names = "", type = "", blob = ""] = line.trim().split(/\s+/);
    if (type !== key.type || line.startsWith("#") || !names.split(",").some((one) => matches(one, name))) continue;
    const known = hostKeyOfLine(`${type} ${blob}`);
    return known.line === key.line ? { is: "same" } : { is: "other", known };
  }
  return { is: "unknown" };
}

/**
 * Writes a machine's key into a known_hosts file unless it stands there.
 * @throws {Error} When the file knows another key for that machine: it is never replaced by ourselves.
 */
export function pinIn(file: string, host: string, port: number, key: HostKey): void {
  const text = existsSync(file) ? readFileSync(file, "utf8") : "";
  rejectOther(file, text, host, port, key);
  if (lookUp(text, host, port, key).is === "same") return;
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const end = text === "" || text.endsWith("\n") ? "" : "\n";
  appendFileSync(file, `${end}${nameOf(host, port)} ${key.line}\n`, { mode: 0o600 });
}

/** @throws {Error} When `text`, which stands in `file`, knows another key for that machine. */
export function rejectOther(file: string, text: string, host: string, port: number, key: HostKey): void {
  const found = lookUp(text, host, port, key);
  if (found.is !== "other") return;
  throw new Error(
    `${file} knows another key for ${nameOf(host, port)}: ${found.known.fingerprint}, and the machine shows ` +
      `${key.fingerprint}. Either it was set up anew, or another machine answers. Nothing was changed.\n` +
      `Cure: compare on its console with \`ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub\`; only when the machine's ` +
      `key is the right one: ssh-keygen -f ${file} -R '${nameOf(host, port)}'`,
  );
}

/** How known_hosts writes a machine: a port that is not 22 stands beside it. */
export function nameOf(host: string, port: number): string {
  return port === DEFAULT_PORT ? host : `[${host}]:${port}`;
}

const DEFAULT_PORT = 22;

function matches(entry: string, name: string): boolean {
  if (!entry.startsWith("|1|")) return entry === name;
  const [, , salt = "", hash = ""] = entry.split("|");
  return createHmac("sha1", Buffer.from(salt, "base64")).update(name).digest("base64") === hash;
}
