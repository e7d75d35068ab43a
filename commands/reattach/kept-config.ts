import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { type GuestKind } from "../../estate/units/guest-id";
import { type BackupKey } from "../../provider/keys/backup-key";
import { configSnapshots, restoreConfig } from "../restore-config";
import { type ConfigStore } from "../restore-config/script";
import { type ConfigSnapshot } from "../restore-config/snapshot";
import { type NodeShell } from "../ssh/node-shell";

/** A guest's configuration as a backup of a node has it. */
export interface KeptConfig {
  /** Number. */
  readonly vmid: number;
  /** Virtual machine or container. */
  readonly kind: GuestKind;
  /** Node that had it. */
  readonly node: string;
  /** The file. */
  readonly text: string;
}

/** What the newest backup of the nodes' configuration has of guests. */
export interface KeptConfigs {
  /** `host/tappaas1/2026-11-20T20:30:00Z`. */
  readonly snapshot: string;
  /** When it was taken. */
  readonly time: Date;
  /** The guests of the whole cluster, as it was then. */
  readonly guests: readonly KeptConfig[];
}

/** Where PVE keeps guests' configurations, by what they are. */
export const FOLDERS = { vm: "qemu-server", ct: "lxc" } as const satisfies Record<GuestKind, string>;

/**
 * Guests' configurations out of the newest backup of any node's configuration: /etc/pve is the whole cluster's. Nothing else of the
 * backup reaches this machine, and what does is removed again.
 * @throws {Error} With a cure when there is no such backup.
 */
export async function keptConfigs(
  shell: NodeShell,
  store: ConfigStore,
  nodes: readonly string[],
  key: BackupKey,
  before?: Date,
): Promise<KeptConfigs> {
  const snapshots = await configSnapshots(shell, store);
  const own = snapshots.filter(({ name, archives }) => nodes.includes(name) && archives.includes("pve.pxar"));
  const newest = own.find(({ time }) => before === undefined || time <= before);
  if (newest === undefined)
    throw new Error(
      `There is no backup of the configuration of ${nodes.join(" or ")}.\n` +
        "Cure: restore the guests from their own backups, beside their disks: make rebuild, with --beside-disks.",
    );
  const guests: KeptConfig[] = [];
  for (const node of nodes)
    for (const kind of ["vm", "ct"] as const)
      guests.push(...(await guestsOf(shell, store, newest, { node, kind }, key)));
  return { snapshot: newest.path, time: newest.time, guests };
}

async function guestsOf(
  shell: NodeShell,
  store: ConfigStore,
  { name, time }: ConfigSnapshot,
  { node, kind }: { readonly node: string; readonly kind: GuestKind },
  key: BackupKey,
): Promise<KeptConfig[]> {
  const folder = mkdtempSync(join(tmpdir(), "kept-config-"));
  const file = `/etc/pve/nodes/${node}/${FOLDERS[kind]}`;
  const here = join(folder, "read");
  const order = { shell, store, name, before: time, file, here, key: () => Promise.resolve(key), dryRun: false };
  try {
    await restoreConfig(order);
    const files = readdirSync(here, { recursive: true, encoding: "utf8" }).filter((path) =>
      /(?:^|\/)\d+\.conf$/.test(path),
    );
    return files.map((path) => {
      const vmid = Number(/(\d+)\.conf$/.exec(path)?.[1]);
      return { vmid, kind, node, text: readFileSync(join(here, path), "utf8") };
    });
  } catch (error) {
    // A node that joined later has no folder there.
    if (error instanceof Error && error.message.includes("it holds no ")) return [];
    throw error;
  } finally {
    rmSync(folder, { recursive: true });
  }
}
