import * as z from "zod";

import { HaClient } from "../../provider/clients/ha-client";
import { type PveClient } from "../../provider/clients/pve-client";
import { disksOf } from "../observe/guest-disks";
import { get } from "../observe/site";
import { type ListedSnapshot } from "./snapshot-name";

/** A guest as it is at this moment. */
export interface GuestNow {
  /** Number in PVE. */
  readonly vmid: number;
  /** Name in PVE. */
  readonly name: string;
  /** Virtual machine or container, as PVE's paths say. */
  readonly type: "qemu" | "lxc";
  /** Node that has it. */
  readonly node: string;
  /** Why PVE would not touch it: `backup`, `migrate`; undefined when it is free. */
  readonly lock: string | undefined;
  /** Why no snapshot of it can or may be taken; empty when one can. */
  readonly against: readonly string[];
  /** Its snapshots. */
  readonly snapshots: readonly ListedSnapshot[];
}

const RESOURCES = z.array(
  z.looseObject({
    vmid: z.number(),
    name: z.string().optional(),
    type: z.enum(["qemu", "lxc"]),
    node: z.string(),
    template: z.union([z.number(), z.boolean()]).optional(),
  }),
);
const CONFIG = z.record(z.string(), z.unknown());
const SNAPSHOTS = z.array(z.looseObject({ name: z.string(), description: z.string().optional() }));

/**
 * Looks at a guest, named by its name or its VMID. It changes nothing.
 * @throws {Error} With a cure when there is none, or when two bear the name, or when it is a template.
 */
export async function guestNow(pve: PveClient, wanted: string): Promise<GuestNow> {
  const guests = await get(pve.ask, RESOURCES, "/cluster/resources", { type: "vm" });
  const [found, other] = guests.filter(({ vmid, name }) => String(vmid) === wanted || name === wanted);
  if (found === undefined) {
    const known = guests.map(({ vmid, name }) => `${name ?? "a guest without a name"} (${vmid})`).sort();
    throw new Error(
      `There is no guest "${wanted}" on the site: there are ${known.join(", ")}.\nCure: name one of them.`,
    );
  }
  if (other !== undefined) {
    throw new Error(`Two guests are called "${wanted}": ${found.vmid} and ${other.vmid}.\nCure: name the VMID.`);
  }
  const { vmid, name = String(found.vmid), type, node, template } = found;
  if (Number(template ?? 0) === 1)
    throw new Error(`${name} (${vmid}) is a template: it has no updates.\nCure: name a guest.`);
  const config = await get(pve.ask, CONFIG, `${pathOf({ node, type, vmid })}/config`);
  const lock = typeof config["lock"] === "string" ? config["lock"] : undefined;
  const against = [
    ...(await shapesAgainst(pve, type, config)),
    ...(await failoverAgainst(pve, { type, vmid, config })),
  ];
  return { vmid, name, type, node, lock, against, snapshots: await snapshotsOf(pve, { node, type, vmid }) };
}

/** Snapshots of a guest; PVE's line for the present is none. */
export async function snapshotsOf(
  { ask }: Pick<PveClient, "ask">,
  guest: Pick<GuestNow, "node" | "type" | "vmid">,
): Promise<ListedSnapshot[]> {
  const listed = await get(ask, SNAPSHOTS, `${pathOf(guest)}/snapshot`);
  return listed.filter(({ name }) => name !== "current");
}

/** Path of a guest in the API. */
export function pathOf({ node, type, vmid }: Pick<GuestNow, "node" | "type" | "vmid">): string {
  return `/nodes/${encodeURIComponent(node)}/${type}/${vmid}`;
}

/** Storage types on which PVE takes snapshots of any volume. Source: pve-storage, `volume_has_feature` of each plugin. */
const ALWAYS = new Set(["zfspool", "lvmthin", "rbd", "btrfs"]);

/** Storage types with files, on which a snapshot lives in a qcow2 file. Source: the same. */
const IN_FILES = new Set(["dir", "nfs", "cifs"]);

/** Disks of which PVE can take no snapshot. */
async function shapesAgainst(pve: PveClient, type: GuestNow["type"], config: z.infer<typeof CONFIG>) {
  const types = new Map((await pve.storages()).map(({ storage, type: kind }) => [storage, kind]));
  return disksOf(type, config).flatMap(({ slot, storage, volume }) => {
    if (storage === undefined) return [`${slot} is ${volume} of the node, which no snapshot holds`];
    const kind = types.get(storage) ?? "unknown";
    if (ALWAYS.has(kind) || (IN_FILES.has(kind) && type === "qemu" && volume.endsWith(".qcow2"))) return [];
    return [`${slot} is on ${storage} (${kind}), which can take no snapshot of it`];
  });
}

/** Types of storage that every node reaches: a guest's disks need not move with it. */
const SHARED = new Set(["nfs", "cifs", "cephfs", "rbd", "iscsi", "iscsidirect"]);

/**
 * PVE moves no guest with a snapshot on a disk that is neither shared nor replicated: HA could neither fail it over nor empty a node of
 * it for as long as the snapshot is there.
 */
async function failoverAgainst(
  pve: PveClient,
  { type, vmid, config }: { type: GuestNow["type"]; vmid: number; config: z.infer<typeof CONFIG> },
): Promise<string[]> {
  const ha = new HaClient(pve);
  const sid = `${type === "qemu" ? "vm" : "ct"}:${vmid}`;
  if (!(await ha.resources()).some((resource) => resource.sid === sid)) return [];
  const jobs = (await ha.replicationJobs()).filter(
    ({ id, remove_job: ends }) => id.startsWith(`${vmid}-`) && ends === undefined,
  );
  const types = new Map((await pve.storages()).map(({ storage, type: kind }) => [storage, kind]));
  return disksOf(type, config).flatMap(({ slot, storage = "its node", unreplicated }) => {
    const kind = types.get(storage) ?? "unknown";
    if (SHARED.has(kind)) return [];
    if (jobs.length > 0 && kind === "zfspool" && unreplicated !== true) return [];
    return [
      `HA keeps it running, and ${slot} on ${storage} is not replicated: with a snapshot it could not leave its node`,
    ];
  });
}
