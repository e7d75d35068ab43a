import { type DeepReadonly } from "../../core/state";

/** Kind of a guest, as PVE's paths name it. */
export type GuestType = "qemu" | "lxc";

/** A guest of a node. */
export interface Guest {
  /** Id, unique in the cluster. */
  readonly vmid: number;
  /** Virtual machine or container. */
  readonly type: GuestType;
  /** Whether it runs. */
  running: boolean;
  /** Start in seconds since 1970, while it runs. */
  startedAt?: number;
  /** Config as `GET .../config` shows it, disks included. */
  config: Record<string, string>;
  /** Snapshots by name, oldest first; absent while there never was one. */
  snapshots?: Record<string, GuestSnapshot>;
  /** Snapshot after which the guest is now; absent before the first. */
  parent?: string;
}

/** A guest as it was. */
export interface GuestSnapshot {
  /** Seconds since 1970. */
  readonly time: number;
  /** Words of who took it. */
  readonly description?: string;
  /** Snapshot before it. */
  readonly parent?: string;
  /** Config at that time. */
  readonly config: Record<string, string>;
}

/** Guests of one node. */
export interface GuestState {
  /** Guests by id. */
  readonly guests: Record<string, Guest>;
}

/** A disk of a guest that has contents. */
export interface GuestDisk {
  /** Key in the config: `scsi0`, `rootfs`. */
  readonly key: string;
  /** Storage. */
  readonly storage: string;
  /** Volume on the storage: `vm-110-disk-0`. */
  readonly volume: string;
  /** Everything after the volume, `size=8M,discard=on`. */
  readonly options: string;
}

const DISK_KEY = /^(?:(?:scsi|virtio|sata|ide|mp)\d+|efidisk0|tpmstate0|rootfs)$/;

/** Disks of a guest, in the order of their keys; CD drives and bind mounts are none. */
export function disksOf({ config }: DeepReadonly<Guest>): GuestDisk[] {
  return Object.keys(config)
    .filter((key) => DISK_KEY.test(key))
    .sort()
    .flatMap((key) => diskOf(key, config[key] ?? ""));
}

function diskOf(key: string, line: string): GuestDisk[] {
  const [volid = "", ...options] = line.split(",");
  const mark = volid.indexOf(":");
  if (mark < 0 || options.includes("media=cdrom")) return [];
  return [{ key, storage: volid.slice(0, mark), volume: volid.slice(mark + 1), options: options.join(",") }];
}

/** Whether the guest's backup takes this disk: `backup=0` leaves one out, a container's mount point needs `backup=1`. */
export function isBackedUp({ key, options }: GuestDisk): boolean {
  const parts = options.split(",");
  return key.startsWith("mp") ? parts.includes("backup=1") : !parts.includes("backup=0");
}

/** What a guest is called. */
export function nameOf({ vmid, type, config }: DeepReadonly<Guest>): string {
  return (type === "qemu" ? config["name"] : config["hostname"]) ?? `${type === "qemu" ? "VM" : "CT"} ${vmid}`;
}

/** `VM` or `CT`, as messages begin. */
export function kindOf(type: GuestType): "VM" | "CT" {
  return type === "qemu" ? "VM" : "CT";
}
