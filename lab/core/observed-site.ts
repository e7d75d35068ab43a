import * as z from "zod";

import {
  type DiskDescription,
  type GuestDescription,
  type NodeDescription,
  type PoolDescription,
  type SiteDescription,
} from "./site-description";

/** What of a written-down site can stand in the lab, and what cannot. */
export interface ObservedSite {
  /** The site on its day one in the lab. */
  readonly description: SiteDescription;
  /** What the lab cannot represent, a line each. */
  readonly missing: readonly string[];
}

const Vdev = z.looseObject({ type: z.string(), disks: z.array(z.string()) });
const Pool = z.looseObject({ node: z.string(), name: z.string(), vdevs: z.array(Vdev), size: z.number() });
const Storage = z.looseObject({
  storage: z.string(),
  type: z.string(),
  content: z.array(z.string()),
  nodes: z.array(z.string()).optional(),
  pool: z.string().optional(),
  sparse: z.boolean().optional(),
});
const Disk = z.looseObject({ slot: z.string(), storage: z.string().optional(), volume: z.string() });
const Guest = z.looseObject({
  vmid: z.number(),
  kind: z.enum(["vm", "ct"]),
  node: z.string(),
  name: z.string(),
  disks: z.array(Disk),
});

const section = <T extends z.ZodType>(item: T) => z.looseObject({ items: z.array(item) });

/** The parts of an `observed.json` that a site is made of; whatever else it holds is not looked at. */
const Observed = z.looseObject({
  site: z.string(),
  pools: section(Pool),
  storages: section(Storage),
  guests: section(Guest),
});

type Observed = z.infer<typeof Observed>;

/** An empty disk of a node. */
export interface FreeDisk {
  /** Name of the node. */
  readonly node: string;
  /** Name below /dev/disk/by-id. */
  readonly id: string;
}

/** Last number of the first node's address, and of the backup server's. */
const FIRST_NODE = 10;
const BACKUP_SERVER = 30;
/** That of what stands in for the provider of a site's buckets. */
const S3_PROVIDER = 240;

/** Disks are small here: what is tried is the program, not the data. */
const DISK_BYTES = 1024 * 1024;

/** Size of a disk of which nothing but its name is known. */
const FREE_BYTES = 4_000_000_000_000;

/**
 * The lab's site for what somebody wrote down of a real one: nodes, disks, pools, storages and guests under their names, with
 * empty disks. What has no counterpart here is named and left out.
 * @param freeDisks Disks that nobody saw in a pool and that are to be there, empty.
 * @throws {Error} When `observed` is no such file, naming what is wrong with it.
 */
export function observedSite(observed: unknown, freeDisks: readonly FreeDisk[] = []): ObservedSite {
  const parsed = Observed.safeParse(observed);
  if (!parsed.success) throw new Error(`The observation cannot be read:\n${z.prettifyError(parsed.error)}`);
  const seen = parsed.data;
  const missing: string[] = [];
  const names = nodesOf(seen);
  const nodes = names.map((name, index) => {
    const free = freeDisks.filter(({ node }) => node === name).map(({ id }) => id);
    return {
      ...nodeOf(seen, name, FIRST_NODE + index, free, missing),
      ...(names.length > 1 && { cluster: "observed" }),
    };
  });
  const pbs = [{ name: "backup", host: BACKUP_SERVER, disks: [] }];
  const description = { name: "observed", nodes, pbs, s3: { host: S3_PROVIDER, region: "lab-1" } };
  return { description, missing };
}

function nodesOf({ pools, guests, storages }: Observed): string[] {
  const named = [...pools.items, ...guests.items].map(({ node }) => node);
  return [...new Set([...named, ...storages.items.flatMap(({ nodes = [] }) => nodes)])].sort();
}

function nodeOf(seen: Observed, name: string, host: number, free: string[], missing: string[]): NodeDescription {
  const pools = seen.pools.items.filter(({ node }) => node === name);
  const pooled = pools.flatMap((pool) => disksOf(pool));
  const unseen = free.filter((id) => pooled.every((disk) => disk.id !== id)).map((id) => diskOf(id, FREE_BYTES));
  const disks = [...pooled, ...unseen];
  const standing = pools.flatMap((pool) => poolOf(pool, missing));
  // Storages belong to the cluster; the lab takes them from its first node.
  const storages = host === FIRST_NODE ? seen.storages.items.flatMap((entry) => storageOf(entry, missing)) : [];
  const known = new Set(storages.length > 0 ? storages.map(({ storage }) => storage) : zfsStorages(seen));
  const guests = seen.guests.items.filter(({ node }) => node === name).flatMap((one) => guestOf(one, known, missing));
  const device = (disk: Omit<DiskDescription, "device">, index: number) => ({ ...disk, device: deviceName(index) });
  return {
    name,
    host,
    disks: disks.map(device),
    pools: standing,
    storages,
    guests,
  };
}

/** Disks of a pool, each with its share of the pool's size. */
function disksOf({ vdevs, size }: Observed["pools"]["items"][number]): Omit<DiskDescription, "device">[] {
  const ids = vdevs.flatMap(({ disks }) => disks).filter((id) => /^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(id));
  const share = Math.max(Math.floor(size / Math.max(ids.length, 1)), DISK_BYTES);
  return ids.map((id) => diskOf(id, share));
}

function diskOf(id: string, size: number): Omit<DiskDescription, "device"> {
  return { id, size, serial: id.slice(-12), model: "observed", kind: "ssd" };
}

function deviceName(index: number): string {
  return `sd${"abcdefghijklmnopqrstuvwxyz".charAt(index % 26)}`;
}

const VDEVS: Readonly<Record<string, PoolDescription["vdev"]>> = {
  single: "stripe",
  mirror: "mirror",
  raidz: "raidz1",
  raidz2: "raidz2",
  raidz3: "raidz3",
};

function poolOf(pool: Observed["pools"]["items"][number], missing: string[]): PoolDescription[] {
  const { node, name, vdevs } = pool;
  const [first, ...others] = vdevs;
  const vdev = first === undefined ? undefined : VDEVS[first.type];
  const named = disksOf(pool).length === vdevs.flatMap(({ disks }) => disks).length;
  const striped = vdev === "stripe" && others.every(({ type }) => type === "single");
  if (vdev === undefined || !named || (others.length > 0 && !striped)) {
    missing.push(`pool ${name} on ${node}: only one group of disks with names in /dev/disk/by-id stands in the lab`);
    return [];
  }
  const disks = vdevs.flatMap((group) => group.disks);
  return [{ name, vdev, disks, properties: {}, dataset: {} }];
}

function storageOf(entry: Observed["storages"]["items"][number], missing: string[]) {
  const { storage, type, content, nodes, pool, sparse } = entry;
  if (storage === "local") return [];
  if (type !== "zfspool" || pool === undefined) {
    missing.push(`storage ${storage}: the lab has none of type ${type} on day one; the program makes its own`);
    return [];
  }
  return [
    {
      storage,
      type,
      pool,
      content: content.join(","),
      ...(nodes !== undefined && { nodes: nodes.join(",") }),
      ...(sparse !== undefined && { sparse: sparse ? "1" : "0" }),
    },
  ];
}

function zfsStorages({ storages }: Observed): string[] {
  return storages.items.filter(({ type }) => type === "zfspool").map(({ storage }) => storage);
}

type SeenGuest = Observed["guests"]["items"][number];

function guestOf(guest: SeenGuest, storages: ReadonlySet<string>, missing: string[]): GuestDescription[] {
  const { vmid, kind, name, disks } = guest;
  const here = disks.filter(({ storage }) => storage !== undefined && storages.has(storage));
  const [first] = here;
  for (const { slot, storage = "no storage", volume } of disks.filter((disk) => !here.includes(disk))) {
    missing.push(`guest ${vmid} ${slot} (${volume}): on ${storage}, which the lab does not have`);
  }
  for (const { slot, storage } of here.filter((disk) => disk.storage !== first?.storage)) {
    missing.push(`guest ${vmid} ${slot}: stands on ${first?.storage ?? ""} here and not on ${storage ?? ""}`);
  }
  const type = kind === "vm" ? ("qemu" as const) : ("lxc" as const);
  const config = type === "qemu" ? { name, memory: "512", cores: "1" } : { hostname: name, memory: "512" };
  const small = here.map(({ slot }) => ({ key: slot, size: DISK_BYTES, contents: [] }));
  return [{ vmid, type, name, running: true, storage: first?.storage ?? "local", config, disks: small }];
}
