import { type ObservedGuest } from "../../estate/observation";
import { bytesOf } from "./size-text";

type Disk = ObservedGuest["disks"][number];

/** Keys of a guest's configuration that name disks with data. */
const SLOTS = { qemu: /^(?:scsi|virtio|sata|ide)\d+$|^(?:efidisk|tpmstate)0$/, lxc: /^(?:rootfs|mp\d+)$/ } as const;

/** Disks with data in a guest's configuration, by their slots; CD drives and cloud-init images are none. */
export function disksOf(type: "qemu" | "lxc", config: Readonly<Record<string, unknown>>): Disk[] {
  return Object.entries(config)
    .filter((entry): entry is [string, string] => SLOTS[type].test(entry[0]) && typeof entry[1] === "string")
    .filter(([, line]) => !/(?:^|,)media=cdrom(?:,|$)/.test(line) && !line.includes("cloudinit"))
    .map(([slot, line]) => diskOf(type, slot, line))
    .sort((a, b) => (a.slot < b.slot ? -1 : 1));
}

/** `tanka1:vm-140-disk-0,iothread=1,size=32G`, or a path of the node for a bind mount. */
function diskOf(type: "qemu" | "lxc", slot: string, line: string): Disk {
  const [volume = "", ...options] = line.split(",");
  const option = (name: string) => options.find((text) => text.startsWith(`${name}=`))?.slice(name.length + 1);
  const storage = volume.startsWith("/") ? undefined : volume.split(":")[0];
  const size = bytesOf(option("size"));
  return {
    slot,
    ...(storage !== undefined && { storage }),
    volume,
    ...(size !== undefined && { size }),
    backup: storage !== undefined && isBackedUp(type, slot, option("backup")),
    ...(option("replicate") === "0" && { unreplicated: true as const }),
  };
}

/** VM disks are read unless switched off; a container's mount points only when switched on, its root always. */
function isBackedUp(type: "qemu" | "lxc", slot: string, backup: string | undefined): boolean {
  if (type === "lxc") return slot === "rootfs" || backup === "1";
  return backup !== "0";
}
