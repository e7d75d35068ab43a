import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync } from "node:fs";
import { resolve } from "node:path";

import { type BackupKey } from "../provider/keys/backup-key";
import { listing, READ_BACK, shellCommand, type ConfigStore } from "./restore-config/script";
import {
  newestConfig,
  parseConfigSnapshots,
  partOf,
  type ConfigPart,
  type ConfigSnapshot,
} from "./restore-config/snapshot";
import { type NodeShell } from "./ssh/node-shell";

/** What is read back, through which node, and to where. */
export interface ConfigOrder {
  /** Root's shell on a node that has the storage. */
  readonly shell: NodeShell;
  /** Where the snapshots are. */
  readonly store: ConfigStore;
  /** Node or guest whose configuration it is: its backup group is `host/<name>`. */
  readonly name: string;
  /** Takes the newest snapshot not later than this. @default - the newest */
  readonly before?: Date | undefined;
  /** One file or directory, as it was called where it came from: `/etc/network/interfaces`. @default - everything */
  readonly file?: string | undefined;
  /** Directory on the node, which must not be there. @default - one below /var/lib/tappaas-restored */
  readonly to?: string | undefined;
  /** Directory on this machine instead, which must not be there. */
  readonly here?: string | undefined;
  /** The key; asked for only when something is read back. */
  readonly key: () => Promise<BackupKey>;
  /** Shows what would be done, and does nothing. */
  readonly dryRun: boolean;
}

/** What was, or would be, read back. */
export interface ConfigReport {
  /** What was read: `host/tappaas1/2026-11-20T20:30:00Z`. */
  readonly snapshot: string;
  /** When it was taken, RFC 3339. */
  readonly time: string;
  /** Archives, or the one with the file. */
  readonly archives: readonly string[];
  /** Directory that holds it now. */
  readonly directory: string;
  /** Whether that is on the node or on this machine. */
  readonly on: "node" | "here";
  /** Whether it was done, and not only shown. */
  readonly restored: boolean;
}

/** Snapshots of configuration that the server keeps, newest first. @throws {Error} With the client's own words. */
export async function configSnapshots(shell: NodeShell, store: ConfigStore): Promise<ConfigSnapshot[]> {
  const { code, stdout, stderr } = await shell.run(listing(store));
  if (code === 0) return parseConfigSnapshots(stdout);
  throw new Error(
    `The snapshots could not be listed: ${lastLine(stderr)}\n` +
      `Cure: see that the backup server answers and that /etc/pve/priv/storage/${store.storage}.pw is there on the node.`,
  );
}

/**
 * Reads configuration back into a directory of its own, for root or its owner alone. It writes over nothing: what is needed of it
 * a person copies.
 * @throws {Error} With a cure when there is no such snapshot, the key is another, or the directory is there.
 */
export async function restoreConfig(order: ConfigOrder): Promise<ConfigReport> {
  const { shell, store, name, before, file, here } = order;
  const snapshot = newestConfig(await configSnapshots(shell, store), name, before);
  const part = file === undefined ? undefined : partOf(snapshot, file);
  const directory = here === undefined ? (order.to ?? usualDirectory(snapshot)) : resolve(here);
  if (here === undefined) rejectLiving(directory);
  else if (existsSync(directory))
    throw new Error(`${directory} is there already; nothing was written.\nCure: say another.`);
  const archives = part === undefined ? snapshot.archives : [part.archive];
  const report = { snapshot: snapshot.path, time: snapshot.time.toISOString(), archives, directory };
  const on = here === undefined ? ("node" as const) : ("here" as const);
  if (order.dryRun) return { ...report, on, restored: false };
  const key = await order.key();
  rejectOtherKey(snapshot, key);
  await readBack(order, key, { snapshot, archives, part, directory });
  return { ...report, on, restored: true };
}

interface Reading {
  readonly snapshot: ConfigSnapshot;
  readonly archives: readonly string[];
  readonly part: ConfigPart | undefined;
  readonly directory: string;
}

async function readBack({ shell, store, here }: ConfigOrder, key: BackupKey, reading: Reading): Promise<void> {
  const { snapshot, archives, part, directory } = reading;
  const where = here === undefined ? directory : "";
  const words = [snapshot.path, where, part?.path ?? "", ...archives];
  const { code, stdout, stderr } = await shell.run(shellCommand(store, READ_BACK, words), key.json);
  if (code !== 0) throw new Error(`${snapshot.path} was not read back: ${lastLine(stderr)}`);
  if (here === undefined) return;
  mkdirSync(directory, { mode: 0o700, recursive: true });
  const input = Buffer.from(stdout, "base64");
  execFileSync("tar", ["-C", directory, "--no-same-owner", "-xpzf", "-"], { input, stdio: ["pipe", "ignore", "pipe"] });
}

/** `/var/lib/tappaas-restored/tappaas1-2026-11-20T203000Z`. */
function usualDirectory({ name, time }: ConfigSnapshot): string {
  const stamp = time
    .toISOString()
    .replace(/\.\d+Z$/, "Z")
    .replaceAll(":", "");
  return `/var/lib/tappaas-restored/${name}-${stamp}`;
}

/** Places in which a living system reads what it finds. */
const LIVING = ["bin", "boot", "dev", "etc", "lib", "lib64", "proc", "sbin", "sys", "usr"];

function rejectLiving(directory: string): void {
  const first = /^\/([^/]+)\/[^\0]+$/.exec(directory)?.[1];
  if (first !== undefined && !LIVING.includes(first) && !/\/\.\.?(?:\/|$)/.test(directory)) return;
  throw new Error(
    `Expected a new directory that no living system reads, got "${directory}"; nothing was written.\n` +
      "Cure: say one such as /root/read-back, and copy from it by hand what is needed.",
  );
}

function rejectOtherKey({ path, encryptedWith }: ConfigSnapshot, { fingerprint }: BackupKey): void {
  if (encryptedWith === undefined || encryptedWith === fingerprint) return;
  throw new Error(
    `${path} was encrypted with the key ${encryptedWith.slice(0, 23)}…, and this one is ${fingerprint.slice(0, 23)}…; ` +
      "nothing was read back.\nCure: find the escrow sheet with that fingerprint, and say it with --from-paper.",
  );
}

function lastLine(stderr: string): string {
  return stderr.trim().split("\n").at(-1) ?? "";
}
