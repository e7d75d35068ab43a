import * as z from "zod";

import { type Observation } from "../../estate/observation";
import { get, type Ask, type SeenNode } from "./site";

type Items<K extends keyof Observation> = NonNullable<Observation[K]> extends { items: (infer T)[] } ? T[] : never;

const STATUS = z.looseObject({
  pveversion: z.string().optional(),
  cpuinfo: z.looseObject({ model: z.string().optional(), cpus: z.number().optional() }).optional(),
  memory: z.looseObject({ total: z.number().optional() }).optional(),
});

const NETWORKS = z.array(z.looseObject({ iface: z.string(), bridge_ports: z.string().optional() }));

const DNS = z.looseObject({ dns1: z.string().optional(), dns2: z.string().optional(), dns3: z.string().optional() });

const TIME = z.looseObject({ timezone: z.string().optional() });

/** Machines of the cluster; one that is off is named and no more. */
export async function observeNodes(ask: Ask, nodes: readonly SeenNode[]): Promise<Items<"nodes">> {
  return Promise.all(
    nodes.map(async ({ name, online }) => {
      if (!online) return { name, online };
      const path = `/nodes/${encodeURIComponent(name)}`;
      const { pveversion: version, cpuinfo = {}, memory = {} } = await get(ask, STATUS, `${path}/status`);
      const { timezone: timeZone } = await get(ask, TIME, `${path}/time`);
      const { dns1, dns2, dns3 } = await get(ask, DNS, `${path}/dns`);
      const networks = await get(ask, NETWORKS, `${path}/network`, { type: "any_local_bridge" });
      const bridges = networks.filter(({ bridge_ports: ports }) => ports !== "").map(({ iface }) => iface);
      const { model: cpuModel, cpus: threads } = cpuinfo;
      return {
        name,
        online,
        ...set({ version, cpuModel, threads, memory: memory.total, timeZone }),
        resolvers: [dns1, dns2, dns3].filter((one) => one !== undefined),
        bridges: bridges.sort(),
      };
    }),
  );
}

const DISKS = z.array(
  z.looseObject({
    devpath: z.string(),
    by_id_link: z.string().optional(),
    size: z.number(),
    model: z.string().optional(),
    health: z.string().optional(),
    wearout: z.union([z.number(), z.string()]).optional(),
    used: z.string().optional(),
  }),
);

const BY_ID = "/dev/disk/by-id/";

/** Disks of the nodes that answer. */
export async function observeDisks(ask: Ask, nodes: readonly string[]): Promise<Items<"disks">> {
  const found = await Promise.all(
    nodes.map(async (node) => {
      const disks = await get(ask, DISKS, `/nodes/${encodeURIComponent(node)}/disks/list`);
      return disks.map(({ devpath, by_id_link: link, size, model, health, wearout, used: usedBy }) => ({
        node,
        id: link?.startsWith(BY_ID) === true ? link.slice(BY_ID.length) : devpath,
        size,
        ...set({ model: text(model), health: text(health), usedBy: text(usedBy) }),
        ...(typeof wearout === "number" && { lifeLeft: wearout }),
      }));
    }),
  );
  return found.flat();
}

const HA_RESOURCES = z.array(z.looseObject({ sid: z.string(), state: z.string().optional() }));
const HA_RULES = z.array(
  z.looseObject({
    rule: z.string(),
    type: z.string().optional(),
    resources: z.string().optional(),
    nodes: z.string().optional(),
    disable: z.union([z.boolean(), z.number(), z.string()]).optional(),
  }),
);
const QUORUM_DEVICE = z.record(z.string(), z.unknown());

/** What high availability watches, and its rules. */
export async function observeHighAvailability(ask: Ask): Promise<Items<"highAvailability">> {
  const resources = await get(ask, HA_RESOURCES, "/cluster/ha/resources");
  const rules = await get(ask, HA_RULES, "/cluster/ha/rules");
  return [
    ...resources.map(({ sid, state }) => ({ kind: "resource" as const, id: sid, ...set({ state }) })),
    ...rules.map(({ rule, type, resources: guests, nodes, disable }) => ({
      kind: "rule" as const,
      id: rule,
      ...set({ state: type, resources: guests?.split(","), nodes }),
      ...(Number(disable) === 1 && { disabled: true as const }),
    })),
    ...(await observeQuorumDevice(ask)),
  ];
}

/** A vote beside the nodes. A cluster without one answers with nothing. Names: corosync-qdevice, as PVE passes them on. */
export async function observeQuorumDevice(ask: Ask): Promise<Items<"highAvailability">> {
  const { "QNetd host": host, State: state } = await get(ask, QUORUM_DEVICE, "/cluster/config/qdevice");
  if (typeof host !== "string") return [];
  return [{ kind: "quorum-device", id: host, ...(typeof state === "string" && { state }) }];
}

const REPLICATION = z.array(
  z.looseObject({
    id: z.string(),
    target: z.string(),
    source: z.string().optional(),
    schedule: z.string().optional(),
  }),
);

/** Replication of guests' disks to other nodes. */
export async function observeReplication(ask: Ask): Promise<Items<"replication">> {
  const jobs = await get(ask, REPLICATION, "/cluster/replication");
  return jobs.map(({ id, target, source, schedule }) => ({ id, target, ...set({ source, schedule }) }));
}

const TARGETS = z.array(z.looseObject({ name: z.string(), type: z.string().optional() }));
const MATCHERS = z.array(z.looseObject({ name: z.string(), target: z.array(z.string()).optional() }));

/** Where messages go: names and kinds alone, because addresses and headers may be secrets. */
export async function observeNotifications(
  ask: Ask,
  product: "pve" | "pbs",
  root: string,
): Promise<Items<"notifications">> {
  const targets = await get(ask, TARGETS, `${root}/targets`);
  const matchers = await get(ask, MATCHERS, `${root}/matchers`);
  return [
    ...targets.map(({ name, type }) => ({ product, kind: "target" as const, name, ...set({ type }) })),
    ...matchers.map(({ name, target }) => ({ product, kind: "matcher" as const, name, ...set({ targets: target }) })),
  ];
}

function text(value: string | undefined): string | undefined {
  const trimmed = value?.trim();
  return trimmed === "" ? undefined : trimmed;
}

/** `fields` without those that are not there. */
function set<T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  const kept = Object.entries(fields).filter(([, value]) => value !== undefined);
  return Object.fromEntries(kept) as { [K in keyof T]?: Exclude<T[K], undefined> };
}
