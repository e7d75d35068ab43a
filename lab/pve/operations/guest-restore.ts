import { type RestoreOrder, restore } from "../backup/restore-run";
import { requireConfigRights } from "../guests/config-rights";
import { containerNetworkLine, networkLine } from "../guests/network-line";
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
  const lines = linesOf(call, "qemu", "POST /nodes/{node}/qemu", RESTORE_OPTIONS);
  return start(call, "qemu", archive, lines);
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
  const lines = linesOf(call, "lxc", "POST /nodes/{node}/lxc", CONTAINER_OPTIONS);
  return start(call, "lxc", call.required("ostemplate"), lines);
}

/**
 * Lines that go over those of the backup. Source: qemu-server, src/PVE/QemuServer.pm, restore_merge_config; pve-container,
 * src/PVE/LXC/Create.pm, restore_configuration.
 */
const LINES =
  /^(?:agent|balloon|cores|cpu|cpulimit|cpuunits|description|hostname|memory|name|net\d+|onboot|sockets|startup|swap|tags)$/;

/** Options of a new guest change what is restored; the lab refuses the ones that it would not carry out. */
function linesOf(call: Call, type: GuestType, operation: string, known: readonly string[]): Record<string, string> {
  const lines = Object.entries(call.except(...known));
  const other = lines.find(([name]) => !LINES.test(name));
  if (other !== undefined) throw notImplemented(`${operation} with ${other[0]}`);
  if (lines.length > 0) requireConfigRights(call, Number(call.required("vmid")), known);
  const network = type === "qemu" ? networkLine : containerNetworkLine;
  return Object.fromEntries(lines.map(([name, value]) => [name, /^net\d+$/.test(name) ? network(value) : value]));
}

function start(call: Call, type: GuestType, archive: string, lines: Record<string, string>): string {
  const order: RestoreOrder = {
    type,
    authId: call.authId,
    vmid: Number(call.required("vmid")),
    archive,
    storage: call.text("storage"),
    unique: call.flag("unique"),
    start: call.flag("start"),
    force: call.flag("force"),
    lines,
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
