import * as z from "zod";

import {
  type ObservedGuest,
  type ObservedPool,
  type ObservedStorage,
  type Observation,
} from "../../estate/observation";
import { namedFilesOf } from "../../estate/units/named-file";
import { disksOf } from "./guest-disks";
import { get, type Ask } from "./site";
import { vdevsOf, type ZpoolNode } from "./vdevs";

const POOLS = z.array(
  z.looseObject({ name: z.string(), health: z.string(), size: z.number(), free: z.number().optional() }),
);

const ZPOOL_NODE: z.ZodType<ZpoolNode> = z.lazy(() =>
  z.looseObject({ name: z.string(), children: z.array(ZPOOL_NODE).optional() }),
);

/** ZFS pools that the nodes have imported, each with its disks. */
export async function observePools(ask: Ask, nodes: readonly string[]): Promise<ObservedPool[]> {
  const found: ObservedPool[] = [];
  for (const node of nodes) {
    const path = `/nodes/${encodeURIComponent(node)}/disks/zfs`;
    for (const { name, health, size, free } of await get(ask, POOLS, path)) {
      const vdevs = vdevsOf(await get(ask, ZPOOL_NODE, `${path}/${encodeURIComponent(name)}`));
      const disks = vdevs.flatMap((vdev) => vdev.disks);
      found.push({ node, name, health, vdevs, disks, size, ...(free !== undefined && { free }), properties: {} });
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
    username: z.string().optional(),
    "encryption-key": z.union([z.string(), z.number()]).optional(),
  }),
);

/** Storage entries of the cluster. */
export async function observeStorages(ask: Ask): Promise<ObservedStorage[]> {
  const entries = await get(ask, STORAGES, "/storage");
  return entries.map((entry) => {
    const { storage, type, content, nodes, pool, sparse, server, datastore, namespace, username } = entry;
    const key = entry["encryption-key"];
    return {
      storage,
      type,
      content: listOf(content),
      ...(nodes !== undefined && { nodes: listOf(nodes) }),
      ...(pool !== undefined && { pool }),
      ...(sparse !== undefined && { sparse: sparse === true || String(sparse) === "1" }),
      ...(server !== undefined && { server }),
      ...(datastore !== undefined && { datastore }),
      ...(namespace !== undefined && namespace !== "" && { namespace }),
      ...(username !== undefined && { username }),
      ...(key !== undefined && { encryptionKey: String(key) }),
    };
  });
}

const GUESTS = z.array(
  z.looseObject({
    vmid: z.number(),
    type: z.enum(["qemu", "lxc"]),
    node: z.string(),
    name: z.string().optional(),
    template: flag.optional(),
  }),
);

const CONFIG = z.record(z.string(), z.unknown());

/**
 * Virtual machines and containers, each with the disks that hold its data.
 * @param online Names of the nodes that answer: only they can show what a guest consists of.
 */
export async function observeGuests(ask: Ask, online: readonly string[]): Promise<ObservedGuest[]> {
  const found: ObservedGuest[] = [];
  for (const guest of await get(ask, GUESTS, "/cluster/resources", { type: "vm" })) {
    const { vmid, type, node, name = "", template } = guest;
    const path = `/nodes/${encodeURIComponent(node)}/${type}/${vmid}/config`;
    const config = online.includes(node) ? await get(ask, CONFIG, path) : {};
    const known = { vmid, kind: type === "qemu" ? ("vm" as const) : ("ct" as const), node, name };
    found.push({
      ...known,
      ...(isOn(template) && { template: true }),
      ...hardwareOf(config),
      disks: disksOf(type, config),
    });
  }
  return found.sort((a, b) => a.vmid - b.vmid);
}

/** What a guest needs of a machine that is to run it. */
function hardwareOf(config: Readonly<Record<string, unknown>>) {
  const number = (key: string) => (Number(config[key]) > 0 ? Number(config[key]) : undefined);
  const cores = number("cores");
  const memory = number("memory");
  const bridges = bridgesOf(config);
  const files = namedFilesOf(config);
  const cpu = typeof config["cpu"] === "string" ? config["cpu"].split(",")[0]?.replace("cputype=", "") : undefined;
  return {
    ...(cores !== undefined && { cores: cores * (number("sockets") ?? 1) }),
    ...(memory !== undefined && { memory: memory * MIB }),
    ...(cpu !== undefined && cpu !== "" && { cpuType: cpu }),
    ...(isOn(config["onboot"]) && { onBoot: true as const }),
    ...startOrderOf(config["startup"]),
    ...(bridges.length > 0 && { bridges }),
    // PVE keeps the snapshot from which the guest goes on beside its settings.
    ...(config["parent"] !== undefined && { snapshots: true as const }),
    ...(files.length > 0 && { files }),
  };
}

/** `order=3,up=30`, or `3` alone: order is the default key. */
function startOrderOf(startup: unknown): { startOrder?: number } {
  const order = /(?:^|,)(?:order=)?(\d+)(?=,|$)/.exec(typeof startup === "string" ? startup : "")?.[1];
  return order === undefined ? {} : { startOrder: Number(order) };
}

/** Bridges of `virtio=BC:24:…,bridge=lan,tag=210` and of a container's `name=eth0,bridge=lan`, each once. */
function bridgesOf(config: Readonly<Record<string, unknown>>): string[] {
  const cards = Object.entries(config).filter(([key, line]) => /^net\d+$/.test(key) && typeof line === "string");
  const bridges = cards.flatMap(([, line]) => /(?:^|,)bridge=([^,]+)/.exec(String(line))?.[1] ?? []);
  return [...new Set(bridges)].sort();
}

/** PVE counts memory in these. */
const MIB = 1024 ** 2;

function isOn(value: unknown): boolean {
  return value === true || String(value) === "1";
}

const JOBS = z.array(
  z.looseObject({
    id: z.string(),
    comment: z.string().optional(),
    storage: z.string().optional(),
    schedule: z.string().optional(),
    vmid: z.union([z.string(), z.number()]).optional(),
    all: flag.optional(),
    enabled: flag.optional(),
  }),
);

type ObservedJobs = NonNullable<Observation["backupJobs"]>["items"];

/** Scheduled backups of the cluster. */
export async function observeBackupJobs(ask: Ask): Promise<ObservedJobs> {
  const jobs = await get(ask, JOBS, "/cluster/backup");
  return jobs.map(({ id, comment, storage, schedule, vmid, all, enabled }) => ({
    id,
    ...(comment !== undefined && { comment }),
    ...(storage !== undefined && { storage }),
    ...(schedule !== undefined && { schedule }),
    ...(vmid !== undefined && { vmids: listOf(String(vmid)).map(Number) }),
    ...(isOn(all) && { all: true as const }),
    ...(enabled !== undefined && { enabled: isOn(enabled) }),
  }));
}

function listOf(text = ""): string[] {
  return text
    .split(",")
    .filter((word) => word !== "")
    .sort();
}
