import * as z from "zod";

import {
  type ObservedGuest,
  type ObservedPool,
  type ObservedStorage,
  type Observation,
} from "../../estate/observation";
import { disksOf } from "./guest-disks";
import { get, type Ask } from "./site";
import { vdevsOf, type ZpoolNode } from "./vdevs";

const POOLS = z.array(z.looseObject({ name: z.string(), health: z.string(), size: z.number() }));

const ZPOOL_NODE: z.ZodType<ZpoolNode> = z.lazy(() =>
  z.looseObject({ name: z.string(), children: z.array(ZPOOL_NODE).optional() }),
);

/** ZFS pools that the nodes have imported, each with its disks. */
export async function observePools(ask: Ask, nodes: readonly string[]): Promise<ObservedPool[]> {
  const found: ObservedPool[] = [];
  for (const node of nodes) {
    const path = `/nodes/${encodeURIComponent(node)}/disks/zfs`;
    for (const { name, health, size } of await get(ask, POOLS, path)) {
      const vdevs = vdevsOf(await get(ask, ZPOOL_NODE, `${path}/${encodeURIComponent(name)}`));
      const disks = vdevs.flatMap((vdev) => vdev.disks);
      found.push({ node, name, health, vdevs, disks, size, properties: {} });
    }
  }
  return found;
}

const flag = z.union([z.boolean(), z.literal(0), z.literal(1), z.literal("0"), z.literal("1")]);

const STORAGES = z.array(
  z.looseObject({
    storage: z.string(),
    type: z.string(),
    content: z.string().optional(),
    nodes: z.string().optional(),
    pool: z.string().optional(),
    sparse: flag.optional(),
    server: z.string().optional(),
    datastore: z.string().optional(),
    namespace: z.string().optional(),
  }),
);

/** Storage entries of the cluster. */
export async function observeStorages(ask: Ask): Promise<ObservedStorage[]> {
  const entries = await get(ask, STORAGES, "/storage");
  return entries.map(({ storage, type, content, nodes, pool, sparse, server, datastore, namespace }) => ({
    storage,
    type,
    content: listOf(content),
    ...(nodes !== undefined && { nodes: listOf(nodes) }),
    ...(pool !== undefined && { pool }),
    ...(sparse !== undefined && { sparse: sparse === true || String(sparse) === "1" }),
    ...(server !== undefined && { server }),
    ...(datastore !== undefined && { datastore }),
    ...(namespace !== undefined && namespace !== "" && { namespace }),
  }));
}

const GUESTS = z.array(
  z.looseObject({ vmid: z.number(), type: z.enum(["qemu", "lxc"]), node: z.string(), name: z.string().optional() }),
);

const CONFIG = z.record(z.string(), z.unknown());

/** Virtual machines and containers, each with the disks that hold its data. */
export async function observeGuests(ask: Ask): Promise<ObservedGuest[]> {
  const found: ObservedGuest[] = [];
  for (const { vmid, type, node, name = "" } of await get(ask, GUESTS, "/cluster/resources", { type: "vm" })) {
    const config = await get(ask, CONFIG, `/nodes/${encodeURIComponent(node)}/${type}/${vmid}/config`);
    found.push({ vmid, kind: type === "qemu" ? "vm" : "ct", node, name, disks: disksOf(type, config) });
  }
  return found.sort((a, b) => a.vmid - b.vmid);
}

const JOBS = z.array(z.looseObject({ id: z.string(), comment: z.string().optional(), storage: z.string().optional() }));

type ObservedJobs = NonNullable<Observation["backupJobs"]>["items"];

/** Scheduled backups of the cluster. */
export async function observeBackupJobs(ask: Ask): Promise<ObservedJobs> {
  const jobs = await get(ask, JOBS, "/cluster/backup");
  return jobs.map(({ id, comment, storage }) => ({
    id,
    ...(comment !== undefined && { comment }),
    ...(storage !== undefined && { storage }),
  }));
}

function listOf(text = ""): string[] {
  return text
    .split(",")
    .filter((word) => word !== "")
    .sort();
}
