import { type DiskDescription, type NodeDescription, type PbsDescription } from "./site-description";
import { type Site } from "./site";
import { type Document } from "./state";

/** A disk as the node's kernel sees it. */
export interface Disk extends DiskDescription {
  /** Name of the pool that has it; absent while it is free. */
  pool?: string;
  /** Whether it was pulled out of the node, or has died. */
  missing?: boolean;
}

/** A top-level vdev. */
export interface Vdev {
  /** Redundancy; `stripe` is a single disk. */
  readonly type: "stripe" | "mirror" | "raidz1" | "raidz2" | "raidz3";
  /** Disks by their by-id names. */
  readonly disks: string[];
}

/** A ZFS pool of a node. */
export interface Pool {
  /** Name of the pool and of its root dataset. */
  readonly name: string;
  /** Identifier that never changes. */
  readonly guid: string;
  /** Top-level vdevs. */
  readonly vdevs: Vdev[];
  /** Whether it is imported; an exported pool shows only in `zpool import`. */
  imported: boolean;
  /** Pool properties set by hand: `ashift`, `autotrim`, ... */
  readonly properties: Record<string, string>;
}

/** A dataset or volume. */
export interface Dataset {
  /** Full name, `tanka1/vm-110-disk-0`. */
  readonly name: string;
  /** `volume` has a size. */
  readonly type: "filesystem" | "volume" | "snapshot";
  /** Size of a volume in bytes. */
  readonly volsize?: number;
  /** Properties set locally. */
  readonly properties: Record<string, string>;
}

/** Disks, pools and datasets of one node: what `zpool`, `zfs` and the PVE API of that node all look at. */
export interface ZfsState {
  /** All disks, pooled or free. */
  disks: Disk[];
  /** All pools, exported ones too. */
  pools: Pool[];
  /** All datasets; every pool has one of its own name. */
  datasets: Dataset[];
}

/** The disks and pools of a node, made from its description at first. */
export function zfsOf(site: Site, node: string): Document<ZfsState> {
  const { nodes, pbs } = site.description;
  const described = [...nodes, ...pbs].find(({ name }) => name === node);
  if (described === undefined) throw new Error(`The site has no node "${node}".`);
  return site.state.document(`machines/${node}/zfs`, () => dayOne(described));
}

function dayOne({ disks, ...rest }: NodeDescription | PbsDescription): ZfsState {
  const pools = "pools" in rest ? rest.pools : [];
  const poolOf = (id: string): string | undefined => pools.find((pool) => pool.disks.includes(id))?.name;
  return {
    disks: disks.map((disk) => ({ ...disk, ...withPool(poolOf(disk.id)) })),
    pools: pools.map(({ name, vdev, disks: members, properties }, index) => ({
      name,
      guid: String(10_000_000_000_000_000_000n + BigInt(index + 1) * 987_654_321n),
      vdevs: vdev === "stripe" ? members.map((id) => ({ type: vdev, disks: [id] })) : [{ type: vdev, disks: members }],
      imported: true,
      properties,
    })),
    datasets: pools.map(({ name, dataset }) => ({ name, type: "filesystem", properties: dataset })),
  };
}

function withPool(pool: string | undefined): { pool?: string } {
  return pool === undefined ? {} : { pool };
}
