import { createHash } from "node:crypto";

import { type Site } from "../core/site";
import { type Document } from "../core/state";
import * as core from "../core/zfs";
import { type Dataset, type Disk, type NodeZfs, type Pool, type VdevType, type ZfsStore } from "./zfs/node-zfs";
import { parseSize } from "./zfs/size-text";

/** What only labels and disks know: the node's API shows none of it. */
interface Labels {
  /** Seconds since 1970 at which pools and datasets were made, by name. */
  created: Record<string, number>;
  /** Pools last used by another machine, by guid. */
  foreign: string[];
  /** Pools that were destroyed; their labels are still on the disks. */
  destroyed: Pool[];
}

/** What an empty filesystem takes. */
const EMPTY_FILESYSTEM = 24 * 1024;

/** Disks and pools of a node as `zpool` and `zfs` see them, kept in the same document that the node's API reads. */
export class NodeZfsStore implements ZfsStore {
  private readonly zfs: Document<core.ZfsState>;
  private readonly labels: Document<Labels>;

  constructor(site: Site, node: string) {
    this.zfs = core.zfsOf(site, node);
    this.labels = site.state.document<Labels>(`machines/${node}/zfs-labels`, () => ({
      created: {},
      foreign: [],
      destroyed: [],
    }));
  }

  /** Everything that is on the disks now. */
  readonly read = (): NodeZfs => {
    const { disks, pools } = this.zfs.value as core.ZfsState;
    const living = pools.map((pool) => this.poolOf(pool));
    return {
      disks: disks.map((disk) => this.diskOf(disk)),
      pools: [...living, ...(this.labels.value.destroyed as Pool[])],
    };
  };

  /** Replaces it, labels first: a pool that is half written must not look like one that was never there. */
  readonly write = ({ disks, pools }: NodeZfs): void => {
    this.labels.change((labels) => {
      labels.destroyed = pools.filter(({ state }) => state === "destroyed");
      labels.foreign = pools.filter(({ state }) => state === "foreign").map(({ guid }) => guid);
      for (const { datasets } of pools) for (const { name, created } of datasets) labels.created[name] = created;
    });
    const living = pools.filter(({ state }) => state !== "destroyed");
    this.zfs.change((state) => {
      state.disks = state.disks.map((disk) => pooledDisk(disk, disks, living));
      state.pools = living.map((pool) => ({ ...named(state.pools, pool.name), ...corePool(pool) }));
      const datasets = living.flatMap((pool) => pool.datasets.map(coreDataset));
      state.datasets = datasets.map((dataset) => ({ ...named(state.datasets, dataset.name), ...dataset }));
    });
  };

  /** Pulls a disk out of the node, or puts it back. */
  setMissing(byId: string, missing: boolean): void {
    this.zfs.change(({ disks }) => {
      for (const disk of disks.filter(({ id }) => id === byId)) disk.missing = missing;
    });
  }

  private diskOf({ id, device, size, holds, missing = false }: core.Disk): Disk {
    return { byId: id, device, size, ...(holds !== undefined && { content: holds }), ...(missing && { missing }) };
  }

  private poolOf({ name, guid, vdevs, imported, properties }: core.Pool): Pool {
    const datasets = (this.zfs.value.datasets as core.Dataset[]).filter((set) => set.name.split("/")[0] === name);
    const { created, foreign } = this.labels.value;
    return {
      name,
      guid,
      created: created[name] ?? 0,
      state: imported ? "imported" : foreign.includes(guid) ? "foreign" : "exported",
      vdevs: vdevs.map(({ type, disks }) => ({ type: type === "stripe" ? "disk" : type, disks })),
      properties,
      datasets: datasets.map((dataset) => zfsDataset(guid, dataset, created[dataset.name] ?? 0)),
    };
  }
}

function zfsDataset(poolGuid: string, { name, type, volsize, properties }: core.Dataset, created: number): Dataset {
  const digest = createHash("sha256").update(`${poolGuid} ${name}`).digest();
  const guid = String(digest.readBigUInt64BE() >> 1n);
  const own = { ...properties, ...(volsize !== undefined && { volsize: String(volsize) }) };
  return { name, type, created, guid, properties: own, used: volsize ?? EMPTY_FILESYSTEM };
}

/** What is kept of one that exists: other parts of the lab may know more of it. */
function named<T extends { readonly name: string }>(known: readonly T[], name: string): T | undefined {
  return known.find((one) => one.name === name);
}

function coreDataset({ name, type, properties: { volsize, ...properties } }: Dataset): core.Dataset {
  const size = volsize === undefined ? undefined : parseSize(volsize);
  return { name, type, properties, ...(size !== undefined && { volsize: size }) };
}

function corePool({ name, guid, vdevs, state, properties }: Pool): core.Pool {
  const coreVdevs = vdevs.map(({ type, disks }) => ({ type: coreVdevType(type), disks: [...disks] }));
  return { name, guid, vdevs: coreVdevs, imported: state === "imported", properties: { ...properties } };
}

function coreVdevType(type: VdevType): core.Vdev["type"] {
  return type === "disk" ? "stripe" : type;
}

/** A disk with the pool that has it now; what a new pool overwrote is gone. */
function pooledDisk(known: core.Disk, disks: readonly Disk[], pools: readonly Pool[]): core.Disk {
  const disk = { ...known };
  delete disk.pool;
  if (disks.find(({ byId }) => byId === disk.id)?.content === undefined) delete disk.holds;
  const pool = pools.find(({ vdevs }) => vdevs.some((vdev) => vdev.disks.includes(disk.id)))?.name;
  return pool === undefined ? disk : { ...disk, pool };
}
