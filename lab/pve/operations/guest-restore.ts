import { type RestoreOrder, restore } from "../backup/restore-run";
import { type GuestType, kindOf } from "../guests/guest";
import { type Call, type Operation } from "../operation";
import { CREATE_CONTAINER } from "../parameters/container";
import { CREATE_VM } from "../parameters/virtual-machine";
import { forbidden, impossible, invalid, notImplemented } from "../refusal";
import { createVm } from "./guest-creation";
import { storageEntry } from "../storage/storage";

/** Guests out of backups. Texts: qemu-server, src/PVE/API2/Qemu.pm; pve-container, src/PVE/API2/LXC.pm. */
export const GUEST_RESTORE: readonly Operation[] = [
  { name: "POST /nodes/{node}/qemu", parameters: CREATE_VM, permissions: { user: "all" }, handle: restoreVm },
  {
    name: "POST /nodes/{node}/lxc",
    parameters: CREATE_CONTAINER,
    permissions: { user: "all" },
    handle: restoreContainer,
  },
];

const RESTORE_OPTIONS = ["archive", "bwlimit", "force", "node", "start", "storage", "unique", "vmid"];
const DRIVE = /^(?:ide|sata|scsi|virtio)\d+$|^efidisk0$|^tpmstate0$/;

function restoreVm(call: Call): string {
  const archive = call.text("archive");
  if (archive === undefined) return createVm(call);
  const drive = Object.keys(call.parameters).find((name) => DRIVE.test(name));
  if (drive !== undefined) throw invalid({ [drive]: "option conflicts with option 'archive'" });
  requireKnown(call, "POST /nodes/{node}/qemu", RESTORE_OPTIONS);
  return start(call, "qemu", archive);
}

const CONTAINER_OPTIONS = [
  ...[
    "bwlimit",
    "force",
    "ignore-unpack-errors",
    "node",
    "ostemplate",
    "restore",
    "start",
    "storage",
    "unique",
    "vmid",
  ],
];

function restoreContainer(call: Call): string {
  if (!call.flag("restore")) throw notImplemented("POST /nodes/{node}/lxc without restore");
  requireKnown(call, "POST /nodes/{node}/lxc", CONTAINER_OPTIONS);
  return start(call, "lxc", call.required("ostemplate"));
}

/** Options of a new guest change what is restored; the lab refuses the ones that it would not carry out. */
function requireKnown(call: Call, operation: string, known: readonly string[]): void {
  const other = Object.keys(call.parameters).find((name) => !known.includes(name));
  if (other !== undefined) throw notImplemented(`${operation} with ${other}`);
}

function start(call: Call, type: GuestType, archive: string): string {
  const order: RestoreOrder = {
    type,
    vmid: Number(call.required("vmid")),
    archive,
    storage: call.text("storage"),
    unique: call.flag("unique"),
    start: call.flag("start"),
    force: call.flag("force"),
  };
  requireRights(call, order);
  requireFree(call, order);
  const task = { type: type === "qemu" ? "qmrestore" : "vzrestore", id: String(order.vmid), authId: call.authId };
  return call.node.tasks.start(task, (worker) => restore(call.node, order, worker));
}

function requireRights(call: Call, { vmid, force, storage, archive }: RestoreOrder): void {
  const { cluster, authId } = call;
  const overwrites = force && cluster.allows(authId, `/vms/${vmid}`, ["VM.Backup"]);
  if (!overwrites && !cluster.allows(authId, `/vms/${vmid}`, ["VM.Allocate"])) {
    throw forbidden(`/vms/${vmid}`, ["VM.Allocate"]);
  }
  if (storage !== undefined) {
    storageEntry(call.node, storage);
    cluster.require(authId, `/storage/${storage}`, ["Datastore.AllocateSpace"]);
  }
  const source = /^([A-Za-z][\w.-]*):/.exec(archive)?.[1];
  if (source === undefined) return;
  storageEntry(call.node, source);
  cluster.require(authId, `/storage/${source}`, ["Datastore.Audit", "Datastore.AllocateSpace"], true);
}

/** Nothing is overwritten without `force`, and nothing that runs or is protected at all. */
function requireFree(call: Call, { type, vmid, force }: RestoreOrder): void {
  const kind = kindOf(type);
  const refuse = `unable to restore ${kind} ${vmid} -`;
  for (const node of call.cluster.nodes.values()) {
    const there = node.guests.value.guests[String(vmid)];
    if (there === undefined) continue;
    if (!force || node !== call.node || there.type !== type) {
      throw impossible(`${refuse} ${kindOf(there.type)} ${vmid} already exists on node '${node.name}'`);
    }
    if (there.config["protection"] === "1") throw impossible(`${refuse} protection mode enabled`);
    if (there.running) throw impossible(`${refuse} ${type === "qemu" ? "vm" : "container"} is running`);
  }
}
