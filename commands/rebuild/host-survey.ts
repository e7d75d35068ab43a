import * as z from "zod";

import { memoryOf } from "../../planning/host/guest-memory";
import { type HostGuest, type HostInterface, type HostJob, type HostSeen } from "../../planning/host/host-seen";
import { cardsOf } from "../../planning/host/network-card";
import { type PveClient } from "../../provider/clients/pve-client";
import { RestoreClient, type ListedGuest } from "../../provider/clients/restore-client";
import { get, rightsOf, type Ask } from "../observe/site";
import { disksOn } from "./survey";

const STATUS = z.looseObject({
  cpuinfo: z.looseObject({ cpus: z.number() }),
  memory: z.looseObject({ total: z.number() }),
});
const FLAG = z
  .union([z.boolean(), z.number(), z.string()])
  .transform((value) => value === true || Number(value) === 1)
  .optional();
const NETWORKS = z.array(
  z.looseObject({
    iface: z.string(),
    type: z.string(),
    bridge_ports: z.string().optional(),
    ovs_ports: z.string().optional(),
    bridge_vlan_aware: FLAG,
    address: z.string().optional(),
    address6: z.string().optional(),
    "vlan-id": z.union([z.string(), z.number()]).optional(),
    "vlan-raw-device": z.string().optional(),
  }),
);
const STORAGES = z.array(
  z.looseObject({ storage: z.string(), active: z.number().optional(), avail: z.number().default(0) }),
);

/** What has to be seen before anything can be said to be free. */
const SIGHT: readonly (readonly [string, string])[] = [
  ["/vms", "VM.Audit"],
  ["/storage", "Datastore.Audit"],
  ["/nodes", "Sys.Audit"],
  ["/", "Sys.Audit"],
];

/**
 * Looks at somebody else's node. It changes nothing.
 * @param ours Numbers of guests there that are ours already.
 * @throws {Error} When a right is missing: what it does not see could be there.
 */
export async function hostSeen(pve: PveClient, node: string, ours: ReadonlySet<number>): Promise<HostSeen> {
  const { ask } = pve;
  const rights = await rightsOf(ask);
  for (const [path, privilege] of SIGHT)
    if (!rights.has(path, privilege))
      throw new Error(
        `The login lacks ${privilege} on ${path} of ${node}: what it does not see could be there.\n` +
          "Cure: ask its owner for that right (docs/how-to/dr-host.md).",
      );
  const at = `/nodes/${encodeURIComponent(node)}`;
  const client = new RestoreClient(pve);
  const { cpuinfo, memory } = await get(ask, STATUS, `${at}/status`);
  const guests = (await client.guests()).filter(({ vmid }) => !ours.has(vmid));
  const storages = await get(ask, STORAGES, `${at}/storage`, { content: "images", enabled: true });
  return {
    ...{ node, at: await client.time(node), threads: cpuinfo.cpus, memory: memory.total },
    interfaces: await interfacesOf(ask, at),
    guests: await Promise.all(guests.map((guest) => guestSeen(client, guest))),
    volumes: await disksOn(ask, [node]),
    storages: storages.filter(({ active }) => active !== 0).map(({ storage, avail: free }) => ({ storage, free })),
    jobs: await jobsOf(pve),
  };
}

async function interfacesOf(ask: Ask, node: string): Promise<HostInterface[]> {
  const rows = await get(ask, NETWORKS, `${node}/network`);
  return rows.map((row) => {
    const { iface: name, type, bridge_ports: ports = row.ovs_ports, bridge_vlan_aware: aware } = row;
    const isBridge = type === "bridge" || type === "OVSBridge";
    const vlan = vlanOf(row);
    return {
      ...{ name, isBridge, vlanAware: aware ?? type === "OVSBridge" },
      hasPorts: (ports ?? "").trim() !== "",
      hasAddress: row.address !== undefined || row.address6 !== undefined,
      ...(vlan !== undefined && { vlan }),
    };
  });
}

/** `lan.100`, or a name of its own with the device and the number beside it. */
function vlanOf(row: z.infer<typeof NETWORKS>[number]): HostInterface["vlan"] {
  const [, device, tag] = /^(.+)\.(\d+)$/.exec(row.iface) ?? [];
  const [of, id] = [row["vlan-raw-device"] ?? device, row["vlan-id"] ?? tag];
  return of === undefined || id === undefined ? undefined : { of, id: Number(id) };
}

async function guestSeen(client: RestoreClient, guest: ListedGuest): Promise<HostGuest> {
  const { vmid, name = "", node, type, status } = guest;
  const lines = await client.lines({ node, type, vmid });
  const counts = status === "running" || lines["onboot"] === "1";
  return { vmid, name, node, memory: memoryOf(lines), counts, cards: cardsOf(lines) };
}

async function jobsOf(pve: PveClient): Promise<HostJob[]> {
  const numbers = (text: string | undefined) => (text ?? "").split(",").filter(Boolean).map(Number);
  return (await pve.backupJobs()).map(({ id, vmid, exclude, pool, all, storage }) => ({
    ...{ id, pool, storage, exclude: numbers(exclude) },
    vmids: all === true || pool !== undefined ? undefined : numbers(vmid),
  }));
}
