import { randomUUID } from "node:crypto";

import { disksOf, type GuestDisk, type GuestType } from "../guests/guest";
import { newMac } from "../guests/network-line";
import { type PveNode } from "../node";
import { impossible } from "../refusal";
import { connectTo } from "../storage/pbs-storage";
import { storageEntry } from "../storage/storage";
import { readSecret } from "../storage/storage-secret";
import { type BackupVolume, parseBackupVolume, timeText } from "../storage/volume-id";
import { Transfers } from "./transfers";
import { imageName } from "./backup-run";
import { parseConfigText } from "./config-text";
import { type Worker } from "../../core/tasks";
import { type BackupContents } from "../../pbs/client-interface";

/** A restore that passed every check that PVE makes before it starts the task. */
export interface RestoreOrder {
  /** Kind of guest. */
  readonly type: GuestType;
  /** Who asks: what is restored takes rights that only its configuration tells. */
  readonly authId: string;
  /** Id of the restored guest. */
  readonly vmid: number;
  /** Volume id of the backup. */
  readonly archive: string;
  /** Storage for all disks; undefined puts each where it was. */
  readonly storage: string | undefined;
  /** Whether it gets new MAC addresses. */
  readonly unique: boolean;
  /** Whether it is started afterwards. */
  readonly start: boolean;
  /** Whether an existing guest is overwritten. */
  readonly force: boolean;
  /** Lines of the request that go over those of the backup. */
  readonly lines: Readonly<Record<string, string>>;
}

/**
 * Restores a guest. A virtual machine whose restore fails stays behind without its disks, as on PVE; a container that
 * was new is cleaned up. Texts: qemu-server, src/PVE/API2/Qemu.pm, src/PVE/QemuServer.pm.
 */
export async function restore(node: PveNode, order: RestoreOrder, worker: Worker): Promise<void> {
  const known = node.guests.value.guests[String(order.vmid)] !== undefined;
  if (!known) {
    node.guests.change(({ guests }) => {
      guests[String(order.vmid)] = { vmid: order.vmid, type: order.type, running: false, config: {} };
    });
  }
  try {
    await carryOut(node, order, worker);
  } catch (error) {
    if (order.type === "lxc" && !known) {
      node.guests.change(({ guests }) => Reflect.deleteProperty(guests, String(order.vmid)));
    } else worker.log(NOT_CLEANED_UP.replace("%", String(order.vmid)));
    throw error;
  }
}

const NOT_CLEANED_UP =
  "error before or during data restore, some or all disks were not completely restored. VM % state is NOT cleaned up.";

async function carryOut(node: PveNode, order: RestoreOrder, { log }: Worker): Promise<void> {
  const volume = parseBackupVolume(order.archive);
  if (volume === undefined) throw new Error(`unable to parse volume ID '${order.archive}'`);
  const contents = await download(node, volume, log);
  const config = parseConfigText(contents.blobs[configName(order.type)]?.toString("utf8") ?? "");
  const disks = disksOf({ vmid: order.vmid, type: order.type, running: false, config });
  requireRestored(node, order, config, disks);
  const placed = disks.map((disk, index) => ({ from: disk, to: placeFor(node, order, disk, index) }));
  removeOldDisks(node, order.vmid);
  await transfer(node, volume.storage, contents, log);
  for (const { from, to } of placed) {
    const bytes = contents.images[imageName(order.type, from.key)];
    if (bytes === undefined) log(`WARN: no data for drive '${from.key}' in the backup`);
    else node.contents.write(node.datasetOf(to), bytes);
    config[from.key] = [`${to.storage}:${to.volume}`, from.options].filter((part) => part !== "").join(",");
    log(`new volume ID is '${to.storage}:${to.volume}'`);
  }
  node.guests.change(({ guests }) => {
    guests[String(order.vmid)] = {
      vmid: order.vmid,
      type: order.type,
      running: order.start,
      ...(order.start && { startedAt: node.site.clock.seconds() }),
      config: { ...renewed(config, order.unique), ...order.lines },
    };
  });
}

/**
 * What is restored takes the rights of what is made anew: room on each storage, and each bridge.
 * Sources: qemu-server, src/PVE/QemuServer.pm `check_restore_permissions`; pve-container, src/PVE/LXC/Create.pm.
 */
function requireRestored(
  { cluster }: PveNode,
  { authId, storage, lines }: RestoreOrder,
  config: Readonly<Record<string, string>>,
  disks: readonly GuestDisk[],
): void {
  for (const disk of disks) cluster.require(authId, `/storage/${storage ?? disk.storage}`, ["Datastore.AllocateSpace"]);
  for (const [name, value] of Object.entries({ ...config, ...lines })) {
    const bridge = /^net\d+$/.test(name) ? /(?:^|,)bridge=([^,]+)/.exec(value)?.[1] : undefined;
    if (bridge !== undefined) cluster.require(authId, `/sdn/zones/localnetwork/${bridge}`, ["SDN.Use"]);
  }
}

/** Takes as long as the site's rates say. The lines are those of proxmox-backup-qemu, src/restore.rs. */
async function transfer(
  node: PveNode,
  storage: string,
  { images }: BackupContents,
  log: (line: string) => void,
): Promise<void> {
  const bytes = Object.values(images).reduce((sum, image) => sum + image.length, 0);
  const server = storageEntry(node, storage)["server"] ?? storage;
  const begun = node.site.clock.passed();
  await Transfers.of(node.site).carry(server, node.name, bytes, (came) => {
    const seconds = Math.floor((node.site.clock.passed() - begun) / 1000);
    const percent = Math.floor((came / bytes) * 100);
    log(`progress ${percent}% (read ${Math.floor(came)} bytes, zeroes = 0% (0 bytes), duration ${seconds} sec)`);
  });
}

/** Text of the guest's configuration in a backup. @throws {Error} As the backup client says it. */
export async function backupConfig(node: PveNode, archive: string): Promise<string> {
  const volume = parseBackupVolume(archive);
  if (volume === undefined) throw new Error(`unable to parse volume ID '${archive}'`);
  const { blobs } = await download(node, volume, () => undefined, "blobs").catch((error: unknown) => {
    throw impossible(error instanceof Error ? error.message : String(error));
  });
  return (blobs["qemu-server.conf"] ?? blobs["pct.conf"])?.toString("utf8") ?? "";
}

function configName(type: GuestType): string {
  return type === "qemu" ? "qemu-server.conf" : "pct.conf";
}

/** What the client says goes to the log; the task ends with the failed command. */
async function download(
  node: PveNode,
  volume: BackupVolume,
  log: (line: string) => void,
  parts: "all" | "blobs" = "all",
): Promise<BackupContents> {
  const { storage, type, id, time } = volume;
  const connection = connectTo(node, storage, storageEntry(node, storage));
  const key = readSecret(node.cluster, storage, "enc");
  const snapshot = `${type}/${id}/${timeText(time)}`;
  try {
    return await connection.restore({ type, id, time }, key, parts);
  } catch (error) {
    log(`Error: ${error instanceof Error ? error.message : String(error)}`);
    throw new Error(`command '/usr/bin/proxmox-backup-client restore ${snapshot} ...' failed: exit code 255`, {
      cause: error,
    });
  }
}

function placeFor(node: PveNode, order: RestoreOrder, disk: GuestDisk, index: number): GuestDisk {
  const storage = order.storage ?? disk.storage;
  const entry = storageEntry(node, storage);
  if (entry["type"] !== "zfspool") throw new Error(`storage '${storage}' does not support vm images`);
  const volume = order.type === "qemu" ? `vm-${order.vmid}-disk-${index}` : `subvol-${order.vmid}-disk-${index}`;
  return { ...disk, storage, volume };
}

function removeOldDisks(node: PveNode, vmid: number): void {
  const old = node.guests.value.guests[String(vmid)];
  if (old === undefined) return;
  const disks = disksOf(old);
  if (disks.length > 0) node.site.events.record(node.name, "danger", `restore overwrites the disks of guest ${vmid}`);
  for (const disk of disks) node.contents.destroy(node.datasetOf(disk));
}

const MAC = /([0-9A-F]{2}:){5}[0-9A-F]{2}/gi;

function renewed(config: Record<string, string>, unique: boolean): Record<string, string> {
  if (!unique) return config;
  const fresh = Object.entries(config).map(([key, value]) => [
    key,
    key.startsWith("net") ? value.replace(MAC, () => newMac()) : value,
  ]);
  const renamed = Object.fromEntries(fresh) as Record<string, string>;
  if (renamed["vmgenid"] !== undefined) renamed["vmgenid"] = randomUUID();
  if (renamed["smbios1"] !== undefined) renamed["smbios1"] = `uuid=${randomUUID()}`;
  return renamed;
}
