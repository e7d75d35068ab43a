import { diskOf, type NodeZfs, type Vdev } from "./node-zfs";

/** How `-P` and `-L` ask for the names of disks. */
export interface NameStyle {
  /** Full paths with the partition (`-P`) in place of the last part. */
  readonly fullPath: boolean;
  /** Kernel names in place of the names under which the disks were given (`-L`). */
  readonly resolved: boolean;
}

/** Name of a top-level vdev with its number, `mirror-0`; a lone disk has its own name. */
export function vdevName(zfs: NodeZfs, vdev: Vdev, index: number, style: NameStyle): string {
  return vdev.type === "disk" ? diskName(zfs, vdev.disks[0] ?? "", style) : `${vdev.type}-${index}`;
}

/** Name of a disk in a pool. */
export function diskName(zfs: NodeZfs, byId: string, { fullPath, resolved }: NameStyle): string {
  const name = resolved ? diskOf(zfs, byId).device : byId;
  if (!fullPath) return name;
  return diskPath(zfs, byId, resolved);
}

/** Path of the partition that holds the data. */
export function diskPath(zfs: NodeZfs, byId: string, resolved = false): string {
  return resolved ? `/dev/${diskOf(zfs, byId).device}1` : `/dev/disk/by-id/${byId}-part1`;
}
