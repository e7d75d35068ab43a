import { type BackupJob, selectedGuests } from "../backup-job";
import { disksOf, type Guest, isBackedUp, kindOf, nameOf } from "../guests/guest";
import { type PveNode } from "../node";
import { connectTo } from "../storage/pbs-storage";
import { type StorageEntry, storageEntry } from "../storage/storage";
import { readSecret } from "../storage/storage-secret";
import { timeText } from "../storage/volume-id";
import { configText } from "./config-text";
import { DiskReads } from "./dirty-bitmaps";
import { type DeepReadonly } from "../../core/state";

/**
 * Starts a backup of the guests that `job` selects on this node, as a task; returns its UPID.
 * Texts: pve-manager, PVE/VZDump.pm; qemu-server, src/PVE/VZDump/QemuServer.pm.
 */
export function startBackup(node: PveNode, job: BackupJob, authId: string, jobId = job["job-id"]): string {
  const ids = selectedGuests(
    job,
    node.allGuests().map(({ vmid }) => vmid),
  );
  const missing = (job["vmid"] ?? "").split(",").filter((id) => id !== "" && !ids.includes(Number(id)));
  const single = ids.length + missing.length === 1 ? String(ids[0] ?? missing[0]) : "";
  return node.tasks.start({ type: "vzdump", id: single, authId }, async (worker) => {
    const lines: string[] = [];
    const log = (line: string): void => {
      lines.push(line);
      worker.log(line);
    };
    try {
      await run(node, job, ids, missing, log);
    } catch (error) {
      await tell(node, job, jobId, lines, error instanceof Error ? error.message : String(error));
      throw error;
    }
    await tell(node, job, jobId, lines, undefined);
  });
}

/** Tells how a backup went; the old way, by mail, reaches nobody in the lab. Source: pve-manager, PVE/VZDump.pm. */
async function tell(node: PveNode, job: BackupJob, jobId: string | undefined, lines: string[], failure?: string) {
  const mode = job["notification-mode"] ?? "auto";
  if (mode === "legacy-sendmail" || (mode === "auto" && job["mailto"] !== undefined)) return;
  await node.cluster.notifications.notify({
    severity: failure === undefined ? "info" : "error",
    title: `vzdump backup status (${node.name}): backup ${failure === undefined ? "successful" : `failed: ${failure}`}`,
    message: lines.join("\n"),
    timestamp: node.site.clock.seconds(),
    fields: { type: "vzdump", hostname: node.name, ...(jobId !== undefined && { "job-id": jobId }) },
  });
}

async function run(
  node: PveNode,
  job: BackupJob,
  ids: readonly number[],
  missing: readonly string[],
  log: (line: string) => void,
): Promise<void> {
  const storage = job["storage"] ?? "local";
  log(
    `INFO: starting new backup job: vzdump ${ids.join(" ")} --storage ${storage} --mode ${job["mode"] ?? "snapshot"}`,
  );
  const entry = storageFor(node, storage, job);
  // PVE goes on with the guests that are on this node; one that is on none is not its business.
  for (const id of missing) log(`INFO: skip external VMs: ${id}`);
  let failed = false;
  for (const vmid of ids) failed = !(await backUp(node, job, storage, entry, vmid, log)) || failed;
  log(failed ? "INFO: Backup job finished with errors" : "INFO: Backup job finished successfully");
  if (failed) throw new Error("job errors");
}

function storageFor(node: PveNode, id: string, job: BackupJob): StorageEntry {
  const entry = node.cluster.storages.value.storages[id];
  if (entry === undefined)
    throw new Error(`could not get storage information for '${id}': storage '${id}' does not exist`);
  if (entry["disable"] === "1") throw new Error(`storage '${id}' is disabled`);
  if (entry["type"] !== "pbs") throw new Error(`the lab backs up to storages of type pbs only, '${id}' is not one`);
  const keep = job["prune-backups"];
  if (keep !== undefined && !keep.includes("keep-all=1")) {
    throw new Error("the lab's client does not prune; leave prune-backups to the backup server");
  }
  return storageEntry(node, id);
}

async function backUp(
  node: PveNode,
  job: BackupJob,
  storage: string,
  entry: StorageEntry,
  vmid: number,
  log: (line: string) => void,
): Promise<boolean> {
  const guest = node.guests.value.guests[String(vmid)];
  if (guest === undefined) return true;
  const kind = kindOf(guest.type);
  log(`INFO: Starting Backup of VM ${vmid} (${guest.type})`);
  log(`INFO: status = ${guest.running ? "running" : "stopped"}`);
  log(`INFO: ${kind} Name: ${nameOf(guest)}`);
  try {
    await upload(node, job, storage, entry, guest, log);
    log(`INFO: Finished Backup of VM ${vmid} (00:00:00)`);
    return true;
  } catch (error) {
    log(`ERROR: Backup of VM ${vmid} failed - ${error instanceof Error ? error.message : String(error)}`);
    return false;
  }
}

async function upload(
  node: PveNode,
  job: BackupJob,
  storage: string,
  entry: StorageEntry,
  guest: DeepReadonly<Guest>,
  log: (line: string) => void,
): Promise<void> {
  if (guest.config["lock"] !== undefined) throw new Error(`VM is locked (${guest.config["lock"]})`);
  const { vmid, type } = guest;
  const key = readSecret(node.cluster, storage, "enc");
  if (entry["encryption-key"] !== undefined && key === undefined) {
    throw new Error(`encryption configured ('${entry["encryption-key"]}') but no encryption key file found!`);
  }
  const masterKey = readSecret(node.cluster, storage, "master.pem");
  if (key !== undefined && masterKey === undefined && entry["master-pubkey"] !== undefined) {
    throw new Error("master public key configured but no key file found");
  }
  const connection = connectTo(node, storage, entry);
  const time = node.site.clock.seconds();
  const group = type === "qemu" ? "vm" : "ct";
  log(`INFO: creating Proxmox Backup Server archive '${group}/${vmid}/${timeText(time)}'`);
  if (key !== undefined) log(`INFO: enabling encryption${masterKey === undefined ? "" : " with master key feature"}`);
  const notes = expandNotes(job["notes-template"], node, guest);
  const disks = diskContents(node, guest);
  const reads = new DiskReads(node, guest, storage);
  for (const line of reads.before(disks)) log(`INFO: ${line}`);
  const began = performance.now();
  await connection.backup({
    type: group,
    id: String(vmid),
    time,
    blobs: { [type === "qemu" ? "qemu-server.conf" : "pct.conf"]: Buffer.from(configText(guest.config)) },
    images: Object.fromEntries(Object.entries(disks).map(([disk, bytes]) => [imageName(type, disk), bytes])),
    log: (line) => {
      log(`INFO: ${line}`);
    },
    ...(key !== undefined && { key, ...(masterKey !== undefined && { masterKey }) }),
    ...(notes !== undefined && { notes }),
  });
  for (const line of reads.after((performance.now() - began) / 1000)) log(`INFO: ${line}`);
}

/** Contents of the disks that its backup takes, by their keys. */
function diskContents(node: PveNode, guest: DeepReadonly<Guest>): Record<string, Buffer> {
  const wanted = disksOf(guest).filter(isBackedUp);
  const contents = wanted.map((disk) => {
    const bytes = node.contents.read(node.datasetOf(disk));
    if (bytes === undefined) throw new Error(`volume '${disk.storage}:${disk.volume}' does not exist`);
    return [disk.key, bytes] as const;
  });
  return Object.fromEntries(contents);
}

/** `drive-scsi0.img` for a machine's disk; the lab stores a container's volumes as images, too. */
export function imageName(type: "qemu" | "lxc", key: string): string {
  return type === "qemu" ? `drive-${key}.img` : `${key}.img`;
}

function expandNotes(template: string | undefined, node: PveNode, guest: DeepReadonly<Guest>): string | undefined {
  const values: Record<string, string> = {
    cluster: node.cluster.name ?? "standalone node",
    guestname: nameOf(guest),
    node: node.name,
    vmid: String(guest.vmid),
  };
  return template?.replace(/\{\{(\w+)\}\}/g, (whole, name: string) => values[name] ?? whole).replaceAll("\\n", "\n");
}
