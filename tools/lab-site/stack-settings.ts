import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";

import { parse, stringify } from "yaml";

import { type LabSheet } from "./lab";
import { type Places } from "./places";
import { type LabStack, type Program } from "./stack";

/** Name of the project, under which a stack's file keeps its values. */
export const PROJECT = "tappaas-resilience";

/** A stack's settings file. */
export interface StackFile {
  /** Values by key; secrets as `{ secure: … }`. */
  readonly config: Record<string, unknown>;
}

/** The settings file of the program's stack, as its owner wrote it. */
export function writtenStack({ repository, stack }: Program): StackFile {
  return parse(readFileSync(join(repository, `Pulumi.${stack}.yaml`), "utf8")) as StackFile;
}

interface NodeSettings {
  readonly ssh: Record<string, unknown>;
}

/** The settings, as far as the lab changes them. */
interface WrittenSettings {
  readonly site: string;
  readonly nodes: Record<string, NodeSettings>;
  readonly backupServer: Record<string, unknown>;
  readonly offsite?: unknown;
}

/** The settings among the values of a stack's file. */
export function settingsIn({ config }: StackFile): WrittenSettings {
  return config[`${PROJECT}:settings`] as WrittenSettings;
}

/** The written settings at the lab's addresses. */
export function labSettings(
  places: Places,
  sheet: LabSheet,
  keyFingerprint: string,
  { repository, stack }: Program,
  file: StackFile,
) {
  const written = settingsIn(file);
  const nodes = Object.entries(written.nodes).map(([name, node]) => {
    const machine = sheet.nodes[name];
    if (machine === undefined) throw new Error(`The lab has no node "${name}" of Pulumi.${stack}.yaml.`);
    const { host, port, user, hostKey } = machine.ssh;
    return [name, { ...node, api: machine.api, ssh: { ...node.ssh, host, port, user, hostKey } }];
  });
  const [server] = Object.values(sheet.pbs);
  if (server === undefined) throw new Error("The lab has no Proxmox Backup Server.");
  return {
    ...written,
    site: relative(repository, places.site),
    caCertificate: readFileSync(sheet.ca, "utf8"),
    nodes: Object.fromEntries(nodes) as Record<string, unknown>,
    backupServer: { ...written.backupServer, address: server.address, fingerprint: server.fingerprint },
    key: { fingerprint: keyFingerprint, file: places.keyFile, identityFile: places.identityFile },
  };
}

/** Plain values as YAML, secrets through the engine, which encrypts them. */
export async function writeConfig(
  places: Places,
  logins: Readonly<Record<string, string>>,
  stack: LabStack,
  settings: unknown,
  { config }: StackFile,
): Promise<void> {
  const old = existsSync(places.stackFile)
    ? (parse(readFileSync(places.stackFile, "utf8")) as Record<string, unknown> | null)
    : {};
  const { encryptionsalt } = old ?? {};
  const plain = Object.entries(config).filter(([, value]) => !isSecure(value));
  const file = {
    ...(encryptionsalt !== undefined && { encryptionsalt }),
    config: { ...Object.fromEntries(plain), [`${PROJECT}:settings`]: settings },
  };
  writeFileSync(places.stackFile, stringify(file), { mode: 0o600 });
  for (const [key, value] of Object.entries({ ...standIns(config), ...logins })) {
    const set = await stack.onStack(["config", "set", "--secret", key], { quiet: true, input: value });
    if (set.code !== 0) throw new Error(`The lab's settings could not be written: ${set.stderr}`);
  }
}

/** Logins of a site, as its stack keeps them. */
export function labLogins(sheet: LabSheet): Record<string, string> {
  const [node] = Object.values(sheet.nodes);
  const [server] = Object.values(sheet.pbs);
  if (node === undefined || server === undefined) throw new Error("The lab's sheet names no node or no server.");
  return {
    pveApiToken: `${node.logins.token.id}=${node.logins.token.secret}`,
    pbsToken: `${server.logins.token.id}:${server.logins.token.secret}`,
    sshPrivateKey: readFileSync(node.ssh.privateKeyFile, "utf8"),
  };
}

/** Something in the place of each of the owner's secrets: theirs can be opened only by them, and do not belong into a lab. */
function standIns(config: StackFile["config"]): Record<string, string> {
  const secrets = Object.entries(config).filter(([, value]) => isSecure(value));
  const named = secrets.map(([key]) => key.slice(key.indexOf(":") + 1));
  return Object.fromEntries(named.map((name) => [name, `https://127.0.0.1/stand-in-for-${name}`]));
}

function isSecure(value: unknown): boolean {
  return typeof value === "object" && value !== null && "secure" in value;
}
