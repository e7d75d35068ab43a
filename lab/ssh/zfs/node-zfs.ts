/** A whole disk of a node. */
export interface Disk {
  /** Name in /dev/disk/by-id, such as `ata-LAB_DISK_A`. */
  readonly byId: string;
  /** Kernel name without `/dev/`, such as `sdb`; it may change at the next boot, as in life. */
  readonly device: string;
  /** Size in bytes. */
  readonly size: number;
  /** What blkid finds on the disk when it is no pool's: `ext4`, `LVM2_member` …; absent for a blank disk. */
  readonly content?: string;
  /** The disk is gone from the node: its pool is degraded, or cannot be imported. */
  readonly missing?: boolean;
}

/** Redundancy group of a pool; `disk` stands alone. */
export type VdevType = "disk" | "mirror" | "raidz1" | "raidz2" | "raidz3";

/** One top-level vdev. */
export interface Vdev {
  /** Redundancy, as the group is named in `zpool status`. */
  readonly type: VdevType;
  /** By-id names of its disks, in the order in which they were given. */
  readonly disks: readonly string[];
}

/** A filesystem, a volume, or a snapshot of one, `tanka1/vm@before`, in a pool. */
export interface Dataset {
  /** Full name, `tanka1/vm`. */
  readonly name: string;
  /** Which of them it is. */
  readonly type: "filesystem" | "volume" | "snapshot";
  /** Seconds since 1970. */
  readonly created: number;
  /** Unique number as decimal text: it does not fit a double. */
  readonly guid: string;
  /** Properties set on this dataset, native and user ones, as they were written; inherited ones are not repeated. */
  readonly properties: Readonly<Record<string, string>>;
  /** Space taken by the dataset itself, in bytes. */
  readonly used: number;
}

/** A pool on the disks of a node. */
export interface Pool {
  /** Name by which commands know it. */
  readonly name: string;
  /** Unique number as decimal text: it does not fit a double. */
  readonly guid: string;
  /** Seconds since 1970. */
  readonly created: number;
  /**
   * `imported` is in use here; `exported` and `foreign` (last used by another machine) wait for `zpool import`;
   * `destroyed` is gone for every command except `zpool import -D`.
   */
  readonly state: "imported" | "exported" | "foreign" | "destroyed";
  /** Redundancy groups, in order. */
  readonly vdevs: readonly Vdev[];
  /** Pool properties that were set, such as `ashift`. */
  readonly properties: Readonly<Record<string, string>>;
  /** Datasets, the pool's own first. */
  readonly datasets: readonly Dataset[];
}

/** Disks and pools of one node. */
export interface NodeZfs {
  /** Every disk, also those of no pool. */
  readonly disks: readonly Disk[];
  /** Every pool whose labels are on the disks, imported or not. */
  readonly pools: readonly Pool[];
}

/** Where a node keeps its disks and pools between two commands. */
export interface ZfsStore {
  /** What is there now. */
  readonly read: () => NodeZfs;
  /** Replaces it; durable when this returns. */
  readonly write: (zfs: NodeZfs) => void;
}

/** How a command sees the world. */
export interface ZfsContext extends ZfsStore {
  /** Milliseconds since 1970, on the lab's clock. */
  readonly now: () => number;
  /** Notes something that a test must be able to notice: a pool destroyed, a check overridden. */
  readonly alarm: (what: string) => void;
}

/** How many bytes of a whole disk ZFS leaves out: 1 MiB before its partition and the 8 MiB of partition 9. */
const PARTITION_OVERHEAD = 9 * 2 ** 20;
/** Four labels of 256 KiB and the boot area of 3.5 MiB. */
const LABEL_OVERHEAD = 4.5 * 2 ** 20;
const SMALLEST_METASLAB = 16 * 2 ** 20;

/** Bytes of a disk's first partition. */
export function partitionSize(disk: Disk): number {
  return Math.max(0, disk.size - PARTITION_OVERHEAD);
}

/** Raw bytes of a vdev as `zpool list` counts them: a mirror once, a raidz with its parity. */
export function vdevSize(zfs: NodeZfs, vdev: Vdev): number {
  const sizes = vdev.disks.map((byId) => partitionSize(diskOf(zfs, byId)) - LABEL_OVERHEAD);
  const smallest = Math.min(...sizes);
  const raw = vdev.type.startsWith("raidz") ? smallest * sizes.length : smallest;
  const metaslab = Math.max(SMALLEST_METASLAB, 2 ** Math.floor(Math.log2(raw / 200)));
  return Math.floor(raw / metaslab) * metaslab;
}

/** Raw bytes of a pool. */
export function poolSize(zfs: NodeZfs, pool: Pool): number {
  return pool.vdevs.reduce((sum, vdev) => sum + vdevSize(zfs, vdev), 0);
}

/** Bytes that the datasets of a pool take. */
export function poolAllocated(pool: Pool): number {
  return pool.datasets.reduce((sum, { used }) => sum + used, 0);
}

/** The disk by its by-id name; one that the node does not know counts as missing, without a size. */
export function diskOf(zfs: NodeZfs, byId: string): Disk {
  return zfs.disks.find((disk) => disk.byId === byId) ?? { byId, device: byId, size: 0, missing: true };
}

/** Disks of a vdev that may fail before it is lost. */
function parityOf({ type, disks }: Vdev): number {
  if (type === "mirror") return disks.length - 1;
  return type === "disk" ? 0 : Number(type.slice("raidz".length));
}

/** Health of one vdev. */
export function vdevHealth(zfs: NodeZfs, vdev: Vdev): "ONLINE" | "DEGRADED" | "UNAVAIL" {
  const missing = vdev.disks.filter((byId) => diskOf(zfs, byId).missing).length;
  if (missing === 0) return "ONLINE";
  return missing <= parityOf(vdev) ? "DEGRADED" : "UNAVAIL";
}

/** Health of a pool: that of its worst vdev. */
export function poolHealth(zfs: NodeZfs, pool: Pool): "ONLINE" | "DEGRADED" | "UNAVAIL" {
  const states = pool.vdevs.map((vdev) => vdevHealth(zfs, vdev));
  if (states.includes("UNAVAIL")) return "UNAVAIL";
  return states.includes("DEGRADED") ? "DEGRADED" : "ONLINE";
}

/** The pools in use, by name, as every list prints them. */
export function importedPools(zfs: NodeZfs): Pool[] {
  const pools = zfs.pools.filter(({ state }) => state === "imported");
  return pools.sort((one, other) => one.name.localeCompare(other.name));
}

/** Replaces one pool, found by its guid. */
export function withPool(zfs: NodeZfs, changed: Pool): NodeZfs {
  return { ...zfs, pools: zfs.pools.map((pool) => (pool.guid === changed.guid ? changed : pool)) };
}

/** A number of 63 bits as decimal text, as pools and datasets carry it. */
export function newGuid(): string {
  const [high, low] = crypto.getRandomValues(new Uint32Array(2));
  return String((BigInt(high ?? 1) << 31n) ^ BigInt(low ?? 1));
}
