import { splitList } from "../formats";
import { type Guest } from "../guests/guest";
import { driveLine, parseDrive } from "../guests/drive";
import { type Call, type Operation } from "../operation";
import { MOVE_DISK } from "../parameters/virtual-machine-change";
import { impossible, invalid, notImplemented } from "../refusal";
import { guestOf } from "./guest";
import { DRIVE } from "./guest-creation";

const NAME = "POST /nodes/{node}/qemu/{vmid}/move_disk";
const PERMISSIONS = { check: ["perm", "/vms/{vmid}", ["VM.Config.Disk"]] } as const;

/** A disk that goes from one machine to another of the same node. Source: qemu-server, src/PVE/API2/Qemu.pm, move_vm_disk. */
export const DISK_MOVES: readonly Operation[] = [
  { name: NAME, parameters: MOVE_DISK, permissions: PERMISSIONS, handle: moveDisk },
];

function moveDisk(call: Call): string {
  const { node, cluster, authId } = call;
  const target = call.number("target-vmid");
  if (target === undefined) throw notImplemented(`${NAME} to another storage`);
  if (call.text("storage") !== undefined) throw invalid({ storage: "either set storage or target-vmid, but not both" });
  const from = guestOf(call, "qemu");
  const disk = call.required("disk");
  const slot = call.text("target-disk") ?? disk;
  cluster.require(authId, `/vms/${target}`, ["VM.Config.Disk"]);
  if (target === from.vmid)
    throw invalid({ "target-vmid": "must be different than source VMID to move disk to another VM" });
  const to = node.guests.value.guests[String(target)];
  if (to?.type !== "qemu") throw impossible(`could not find target VM ${target}`);
  const line = from.config[disk];
  if (line === undefined) throw impossible(`Disk '${disk}' for VM '${from.vmid}' does not exist`);
  if (to.config[slot] !== undefined) throw impossible(`Target disk key '${slot}' is already in use for VM '${target}'`);
  const drive = parseDrive(line);
  if (drive.options["media"] === "cdrom") throw impossible("CD drive contents can't be moved to another VM");
  if (drive.file.startsWith("/")) throw impossible("Can't move physical disk to another VM");
  if (from.running && !disk.startsWith("unused"))
    throw impossible("Cannot move disk to another VM while the source VM is running - detach first");
  return node.tasks.start({ type: "qmmove", id: String(from.vmid), authId }, ({ log }) => {
    const [storage = "", volume = ""] = drive.file.split(":");
    const renamed = freeName(call, storage, target);
    const bytes = node.contents.read(node.datasetOf({ storage, volume }));
    if (bytes === undefined) throw new Error(`volume '${drive.file}' does not exist`);
    log(`moving disk '${disk}' from VM '${from.vmid}' to '${target}'`);
    node.contents.write(node.datasetOf({ storage, volume: renamed }), bytes);
    node.contents.destroy(node.datasetOf({ storage, volume }));
    node.guests.change(({ guests }) => {
      Reflect.deleteProperty(guests[String(from.vmid)]?.config ?? {}, disk);
      const there = guests[String(target)];
      if (there !== undefined) there.config[slot] = driveLine({ ...drive, file: `${storage}:${renamed}` });
    });
    log(`removing disk '${disk}' from VM '${from.vmid}' config`);
  });
}

function freeName({ node }: Call, storage: string, vmid: number): string {
  for (let number = 0; ; number += 1) {
    const volume = `vm-${vmid}-disk-${number}`;
    if (node.contents.size(node.datasetOf({ storage, volume })) === undefined) return volume;
  }
}

/** A disk that a machine gives up stays as an unused one; one that is unused already is destroyed. */
export function giveUpDisks(call: Call, draft: Guest): void {
  for (const name of splitList(call.text("delete") ?? "")) {
    const line = draft.config[name];
    if (line === undefined) continue;
    const { file, options } = parseDrive(line);
    const [storage = "", volume = ""] = file.split(":");
    if (name.startsWith("unused")) call.node.contents.destroy(call.node.datasetOf({ storage, volume }));
    if (!DRIVE.test(name) || options["media"] === "cdrom" || volume === "") continue;
    const free = Array.from({ length: 256 }, (_, at) => `unused${at}`).find((slot) => draft.config[slot] === undefined);
    if (free !== undefined) draft.config[free] = file;
  }
}
