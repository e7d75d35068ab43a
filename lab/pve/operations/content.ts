import { disksOf, type GuestDisk } from "../guests/guest";
import { ownerOf } from "../guests/volume-owner";
import { type Call, type Operation } from "../operation";
import { DELETE_CONTENT, LIST_CONTENT, READ_CONTENT } from "../parameters/node";
import { forbidden, impossible, notImplemented, Refusal } from "../refusal";
import { fileOf, filesOn, removeFile } from "../storage/dir-volumes";
import { connectTo } from "../storage/pbs-storage";
import { storageEntry } from "../storage/storage";
import { type BackupVolume, backupVolumeId, parseBackupVolume } from "../storage/volume-id";
import { type BackupListItem } from "../../pbs/client-interface";

const VOLUME = "/nodes/{node}/storage/{storage}/content/{volume}";

/** What a storage holds. Source: pve-storage, src/PVE/API2/Storage/Content.pm, src/PVE/Storage/PBSPlugin.pm. */
export const CONTENT: readonly Operation[] = [
  {
    name: "GET /nodes/{node}/storage/{storage}/content",
    parameters: LIST_CONTENT,
    permissions: { check: ["perm", "/storage/{storage}", ["Datastore.Audit", "Datastore.AllocateSpace"], "any", 1] },
    handle: listContent,
  },
  { name: `GET ${VOLUME}`, parameters: READ_CONTENT, permissions: { user: "all" }, handle: readContent },
  { name: `DELETE ${VOLUME}`, parameters: DELETE_CONTENT, permissions: { user: "all" }, handle: deleteContent },
];

async function listContent(call: Call): Promise<unknown[]> {
  const id = call.required("storage");
  const { type } = storageEntry(call.node, id);
  const wanted = call.text("content");
  const rows = type === "pbs" ? await backups(call, id) : type === "dir" ? files(call, id) : volumes(call, id);
  const vmid = call.number("vmid");
  return rows.filter(
    (row) => (wanted ?? row.content) === row.content && (vmid ?? row.vmid) === row.vmid && mayHave(call, id, row),
  );
}

/** One row of a content list. */
interface Row {
  readonly volid: string;
  readonly content: string;
  readonly vmid?: number;
  readonly size: number;
  readonly format: string;
  readonly ctime?: number;
  readonly protected?: number;
}

/** A backup is shown to who may back the guest up, or who may do anything with the storage. */
function mayHave(call: Call, id: string, { content, vmid }: Row): boolean {
  const { cluster, authId } = call;
  if (cluster.allows(authId, `/storage/${id}`, ["Datastore.Allocate"])) return true;
  if (content === "backup") return cluster.allows(authId, `/vms/${vmid ?? 0}`, ["VM.Backup"]);
  return cluster.allows(authId, `/storage/${id}`, ["Datastore.Audit"]);
}

async function backups(call: Call, id: string): Promise<Row[]> {
  const connection = connectTo(call.node, id, storageEntry(call.node, id));
  const items = await connection.list().catch((error: unknown) => {
    throw impossible(`error listing snapshots - ${error instanceof Error ? error.message : String(error)}`);
  });
  return items.filter(({ type }) => type === "vm" || type === "ct").map((item) => backupRow(id, item));
}

function backupRow(storage: string, item: BackupListItem): Row {
  const type = item.type as BackupVolume["type"];
  return {
    volid: backupVolumeId({ storage, type, id: item.id, time: item.time }),
    content: "backup",
    vmid: Number(item.id),
    size: item.size,
    format: `pbs-${type}`,
    ctime: item.time,
    ...{ subtype: type === "vm" ? "qemu" : "lxc" },
    ...(item.protected && { protected: 1 }),
    ...(item.comment !== undefined && { notes: item.comment }),
    ...(item.fingerprint !== undefined && { encrypted: item.fingerprint }),
    ...(item.verification !== undefined && { verification: item.verification }),
  };
}

function files(call: Call, id: string): Row[] {
  return [...filesOn(call.node, id)];
}

/** Every volume on the pool, whether a guest names it or not: it belongs to the one after which it is named. */
function volumes(call: Call, id: string): Row[] {
  const { pools, datasets } = call.node.zfs.value;
  const root = storageEntry(call.node, id)["pool"] ?? id;
  if (pools.find(({ name }) => name === root.split("/")[0])?.imported !== true) return [];
  return datasets.flatMap(({ name }) => {
    const volume = name.startsWith(`${root}/`) ? name.slice(root.length + 1) : "";
    const owner = ownerOf(volume);
    return owner === undefined ? [] : [volumeRow(call, { storage: id, volume }, owner)];
  });
}

function volumeRow(call: Call, disk: Pick<GuestDisk, "storage" | "volume">, vmid: number): Row {
  const size = call.node.contents.size(call.node.datasetOf(disk)) ?? 0;
  const container = disk.volume.startsWith("subvol-");
  const volid = `${disk.storage}:${disk.volume}`;
  return { volid, content: container ? "rootdir" : "images", vmid, size, format: container ? "subvol" : "raw" };
}

function volidOf(call: Call): string {
  const volume = call.required("volume");
  return volume.includes(":") ? volume : `${call.required("storage")}:${volume}`;
}

async function readContent(call: Call): Promise<object> {
  const volid = volidOf(call);
  const id = volid.slice(0, volid.indexOf(":"));
  const { type } = storageEntry(call.node, id);
  const rows = type === "pbs" ? await backups(call, id) : type === "dir" ? files(call, id) : volumes(call, id);
  const row = rows.find((candidate) => candidate.volid === volid);
  if (row === undefined) throw impossible(`volume '${volid}' does not exist`);
  if (!mayHave(call, id, row)) throw forbidden(`/storage/${id}`, ["Datastore.Allocate"]);
  const { size, format } = row;
  return { path: volid, size, used: size, format, ...(row.protected === 1 && { protected: 1 }) };
}

/** Backups and files; and disks of guests that do not run, for who may allocate on the storage. */
function deleteContent(call: Call): string {
  const volume = parseBackupVolume(volidOf(call));
  const file = volume === undefined ? fileOf(call.node, volidOf(call)) : undefined;
  if (file !== undefined) return deleteFile(call, file);
  if (volume === undefined) return deleteVolume(call);
  const { storage, id } = volume;
  call.cluster.require(call.authId, `/storage/${storage}`, ["Datastore.AllocateSpace"]);
  const mayAll = call.cluster.allows(call.authId, `/storage/${storage}`, ["Datastore.Allocate"]);
  if (!mayAll && !call.cluster.allows(call.authId, `/vms/${id}`, ["VM.Backup"])) {
    throw new Refusal(403, `Permission check failed (/vms/${id}, VM.Backup)`);
  }
  const connection = connectTo(call.node, storage, storageEntry(call.node, storage));
  call.node.site.events.record(call.node.name, "danger", `delete backup ${volidOf(call)}`);
  const order = { type: "imgdel", id: `${storage}:backup`, authId: call.authId };
  return call.node.tasks.start(order, async ({ log }) => {
    await connection.forget(volume);
    log(`Removed volume '${backupVolumeId(volume)}'`);
  });
}

/**
 * A disk goes without its guest: `Datastore.Allocate` is the right to "delete volumes" (PVE manual, Privileges). The line in the guest's
 * configuration stays. One that is in use is busy.
 */
function deleteVolume(call: Call): string {
  const volid = volidOf(call);
  const [storage = "", volume = ""] = volid.split(":");
  call.cluster.require(call.authId, `/storage/${storage}`, ["Datastore.Allocate"]);
  const guest = call.node
    .allGuests()
    .find((one) => disksOf(one).some((disk) => disk.storage === storage && disk.volume === volume));
  if (guest === undefined) throw notImplemented(`DELETE ${VOLUME} of ${volid}`);
  call.node.site.events.record(call.node.name, "danger", `delete volume ${volid}`);
  return call.node.tasks.start({ type: "imgdel", id: storage, authId: call.authId }, ({ log }) => {
    if (guest.running) throw new Error(`zfs error: cannot destroy '${volume}': dataset is busy`);
    call.node.contents.destroy(call.node.datasetOf({ storage, volume }));
    log(`Removed volume '${volid}'`);
  });
}

function deleteFile(call: Call, file: string): string {
  const [storage = ""] = volidOf(call).split(":");
  call.cluster.require(call.authId, `/storage/${storage}`, ["Datastore.Allocate"]);
  return call.node.tasks.start({ type: "imgdel", id: storage, authId: call.authId }, ({ log }) => {
    removeFile(file);
    log(`Removed volume '${volidOf(call)}'`);
  });
}
