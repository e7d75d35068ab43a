import * as z from "zod";

import { RestoreClient, type StartingLines } from "../../provider/clients/restore-client";
import { type PveClient } from "../../provider/clients/pve-client";
import { get, isQuorate, nodesOf, rightsOf, type Ask } from "../observe/site";
import { snapshotsOn, type BackupSnapshot } from "../restore/snapshot";

/** What of a site is there before guests are restored to it. */
export interface RebuildSurvey {
  /** The node's clock. */
  readonly at: Date;
  /** Nodes that answer. */
  readonly nodes: readonly string[];
  /** Guests that are there, by VMID, with the node that has them. */
  readonly living: ReadonlyMap<number, string>;
  /** Volumes of guests' disks, by VMID: also of guests that are gone. */
  readonly disks: ReadonlyMap<number, readonly string[]>;
  /** Snapshots behind the storage entry, newest first. */
  readonly snapshots: readonly BackupSnapshot[];
}

/**
 * Looks at what is there. It changes nothing.
 * @throws {Error} When what it does not see could still be there: without a majority, or without a right.
 */
export async function surveyFor(pve: PveClient, source: string): Promise<RebuildSurvey> {
  const { ask } = pve;
  if (!(await isQuorate(ask)))
    throw new Error("The cluster has no majority: what it says may be old.\nCure: bring more nodes back first.");
  const rights = await rightsOf(ask);
  for (const [path, privilege] of SIGHT)
    if (!rights.has(path, privilege))
      throw new Error(
        `The login lacks ${privilege} on ${path}: what it does not see could be there.\nCure: give it that right.`,
      );
  const nodes = (await nodesOf(ask)).filter(({ online }) => online).map(({ name }) => name);
  const [first] = nodes;
  if (first === undefined) throw new Error("No node of the cluster answers.\nCure: bring one back first.");
  const guests = await new RestoreClient(pve).guests();
  return {
    at: await new RestoreClient(pve).time(first),
    nodes,
    living: new Map(guests.map(({ vmid, node }) => [vmid, node])),
    disks: await disksOn(ask, nodes),
    snapshots: await snapshotsOn(ask, first, source),
  };
}

const SIGHT: readonly (readonly [string, string])[] = [
  ["/vms", "VM.Audit"],
  ["/storage", "Datastore.Audit"],
];
const STORAGES = z.array(
  z.looseObject({ storage: z.string(), content: z.string().default(""), active: z.number().optional() }),
);
const VOLUMES = z.array(z.looseObject({ volid: z.string(), vmid: z.coerce.number().optional() }));

/** Volumes that bear a guest's number, on every storage that holds disks. */
export async function disksOn(ask: Ask, nodes: readonly string[]): Promise<Map<number, string[]>> {
  const found = new Map<number, string[]>();
  for (const node of nodes)
    for (const { volid, vmid } of await listedVolumes(ask, node)) {
      const known = found.get(vmid ?? 0) ?? [];
      if (vmid !== undefined && !known.includes(volid)) found.set(vmid, [...known, volid]);
    }
  return found;
}

/** Every volume of guests' disks that a node has. */
export async function volumesOf(ask: Ask, node: string): Promise<ReadonlySet<string>> {
  return new Set((await listedVolumes(ask, node)).map(({ volid }) => volid));
}

async function listedVolumes(ask: Ask, node: string): Promise<z.infer<typeof VOLUMES>> {
  const found: z.infer<typeof VOLUMES> = [];
  const path = `/nodes/${encodeURIComponent(node)}/storage`;
  for (const { storage, content, active } of await get(ask, STORAGES, path)) {
    if (active === 0) continue;
    for (const kind of ["images", "rootdir"].filter((one) => content.split(",").includes(one)))
      found.push(...(await get(ask, VOLUMES, `${path}/${encodeURIComponent(storage)}/content`, { content: kind })));
  }
  return found;
}

/** How guests started when they were backed up, by the snapshots' volumes. */
export async function startingOf(
  pve: PveClient,
  snapshots: readonly { readonly node: string; readonly volume: string }[],
): Promise<ReadonlyMap<string, StartingLines>> {
  const client = new RestoreClient(pve);
  const found = snapshots.map(async ({ node, volume }) => [volume, await client.startingIn(node, volume)] as const);
  return new Map(await Promise.all(found));
}
