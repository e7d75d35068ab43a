import * as z from "zod";

import { parseGuestId, type GuestId, type GuestKind } from "../../estate/units/guest-id";

import { type PveClient } from "./pve-client";
import { TEXT } from "./pve-shapes";
import { type TaskWatch } from "./task";

const encode = encodeURIComponent;
const GUEST = z.looseObject({
  vmid: z.number(),
  type: z.enum(["qemu", "lxc"]),
  node: z.string(),
  status: TEXT,
  name: TEXT,
});
const TASK = z.looseObject({ upid: z.string(), endtime: z.number().nullish(), status: TEXT });
const NODE = z.looseObject({ node: z.string(), status: z.string() });
const ARCHIVE = z.looseObject({ volid: z.string(), size: z.number().optional(), encrypted: TEXT });
const CONFIG = z.looseObject({
  onboot: z.number().optional(),
  template: z.number().optional(),
  agent: TEXT,
  description: TEXT,
  digest: TEXT,
  lock: TEXT,
});
const UPID = z.string().startsWith("UPID:");

/** A guest as the cluster lists it. */
export type ListedGuest = z.infer<typeof GUEST>;
/** A backup snapshot as a storage lists it. */
export type ListedArchive = z.infer<typeof ARCHIVE>;
/** What of a guest's configuration a restore and a start need. */
export type GuestConfig = z.infer<typeof CONFIG>;

/** A task of a node, as its name and the list tell it. */
export interface GuestTask {
  /** `UPID:…`. */
  readonly upid: string;
  /** Node that ran it. */
  readonly node: string;
  /** When it began, in seconds since 1970. */
  readonly starttime: number;
  /** `qmrestore`, `vzcreate`, `qmstart`, … */
  readonly type: string;
  /** What it was about: a VMID for tasks of guests. */
  readonly id: string;
  /** Who asked for it, `user@realm` or `user@realm!token`. */
  readonly authId: string;
  /** How it ended; undefined while it runs. */
  readonly end: string | undefined;
  /** When it ended, in seconds since 1970; undefined while it runs. */
  readonly endtime: number | undefined;
}

/** A guest of a node, as paths name it. */
export interface GuestPlace {
  /** Node. */
  readonly node: string;
  /** Virtual machine or container. */
  readonly type: "qemu" | "lxc";
  /** Number. */
  readonly vmid: number;
}

/** PVE's word for a kind of guest, as it stands in paths. */
export function typeOf(kind: GuestKind): GuestPlace["type"] {
  return kind === "vm" ? "qemu" : "lxc";
}

/** Where a guest is on a node, as paths name it. */
export function placeOn(node: string, guest: GuestId): GuestPlace {
  const { kind, vmid } = parseGuestId(guest);
  return { node, type: typeOf(kind), vmid };
}

/** How a guest starts, by its configuration. */
export interface StartingLines {
  /** Whether it starts with its node. */
  readonly withNode: boolean;
  /** Whether it is a template, which cannot start. */
  readonly template: boolean;
  /** Whether it has a guest agent. */
  readonly agent: boolean;
}

/** How a guest with these lines starts. */
export function startingOf({ onboot, template, agent = "" }: Readonly<Record<string, string>>): StartingLines {
  return { withNode: onboot === "1", template: template === "1", agent: hasAgent(agent) };
}

/** Whether the line `agent` says that there is one: `1`, or `enabled=1,…`. */
export function hasAgent(line: string | undefined): boolean {
  return /^(?:1|enabled=1)(?:,|$)/.test(line ?? "");
}

/** How a guest is restored. */
export interface RestoreHow {
  /** Storage for all disks. @default - each where it was */
  readonly storage?: string | undefined;
  /** Whether its network cards get new addresses. @default false */
  readonly unique?: boolean | undefined;
  /** Lines of its configuration that are other than in the backup. @default - none */
  readonly configuration?: Readonly<Record<string, string>> | undefined;
}

/** Most tasks that are read at once; a node that has more hides some, and nobody may conclude anything. */
export const MOST_TASKS = 5_000;

/** Guests out of backups, and the traces that making them leaves. @see https://pve.proxmox.com/pve-docs/api-viewer/ */
export class RestoreClient {
  constructor(private readonly pve: Pick<PveClient, "ask" | "taskEnd" | "storages">) {}

  /** Guests that the login sees, on all nodes. */
  guests(): Promise<ListedGuest[]> {
    const parameters = { type: "vm" };
    return this.pve.ask(z.array(GUEST), { method: "GET", path: "/cluster/resources", parameters });
  }

  /** Names of all nodes, and whether each answers. */
  async nodes(): Promise<{ readonly name: string; readonly online: boolean }[]> {
    const nodes = await this.pve.ask(z.array(NODE), { method: "GET", path: "/nodes" });
    return nodes.map(({ node, status }) => ({ name: node, online: status === "online" }));
  }

  /** Tasks of a node since a moment in seconds, running and ended, oldest first. */
  async tasks(node: string, since: number): Promise<GuestTask[]> {
    const parameters = { since, source: "all", limit: MOST_TASKS };
    const path = `/nodes/${encode(node)}/tasks`;
    const listed = await this.pve.ask(z.array(TASK), { method: "GET", path, parameters });
    return listed
      .flatMap(({ upid, endtime, status }) => taskOf(upid, endtime ?? undefined, status ?? "unknown"))
      .sort((a, b) => a.starttime - b.starttime || (a.upid < b.upid ? -1 : 1));
  }

  /** Tasks since a moment, RFC 3339, of each node that answers: a list a node, oldest first. */
  async tasksEverywhere(since: string): Promise<GuestTask[][]> {
    const online = (await this.nodes()).filter((node) => node.online);
    return Promise.all(online.map(({ name }) => this.tasks(name, Math.floor(Date.parse(since) / 1000))));
  }

  /** What the clock of a node says. */
  async time(node: string): Promise<Date> {
    const shape = z.looseObject({ time: z.number() });
    const { time } = await this.pve.ask(shape, { method: "GET", path: `/nodes/${encode(node)}/time` });
    return new Date(time * 1000);
  }

  /** A snapshot on a storage; undefined when the node lists none of that name. */
  async archive(node: string, volume: string): Promise<ListedArchive | undefined> {
    const storage = volume.slice(0, volume.indexOf(":"));
    const path = `/nodes/${encode(node)}/storage/${encode(storage)}/content`;
    const listed = await this.pve.ask(z.array(ARCHIVE), { method: "GET", path, parameters: { content: "backup" } });
    return listed.find(({ volid }) => volid === volume);
  }

  /** Fingerprint of the key that a storage entry carries; undefined without one. */
  async keyOf(volume: string): Promise<string | undefined> {
    const storage = volume.slice(0, volume.indexOf(":"));
    return (await this.pve.storages()).find((entry) => entry.storage === storage)?.["encryption-key"]?.toLowerCase();
  }

  /** How the guest of a snapshot started. */
  async startingIn(node: string, volume: string): Promise<StartingLines> {
    return startingOf(await this.configIn(node, volume));
  }

  /** Lines of the configuration of a snapshot's guest, by their names; those of the guest's own snapshots are left out. */
  async configIn(node: string, volume: string): Promise<Readonly<Record<string, string>>> {
    const path = `/nodes/${encode(node)}/vzdump/extractconfig`;
    const text = await this.pve.ask(z.string(), { method: "GET", path, parameters: { volume } });
    const [own = ""] = text.split(/^\[/m);
    const lines = own.split("\n").filter((line) => /^[a-z]\w*: /.test(line));
    return Object.fromEntries(
      lines.map((line) => [line.slice(0, line.indexOf(":")), line.slice(line.indexOf(":") + 2)]),
    );
  }

  /**
   * Begins a restore. `force` is never sent: PVE refuses a VMID that is taken. The guest does not start with its node, from its first
   * moment on. @returns The task.
   */
  begin({ node, type, vmid }: GuestPlace, volume: string, how: RestoreHow = {}): Promise<string> {
    const { storage, unique = false, configuration = {} } = how;
    const what = type === "qemu" ? { archive: volume } : { ostemplate: volume, restore: true };
    const parameters = { ...configuration, vmid, ...what, storage, onboot: false, ...(unique && { unique }) };
    const given = Object.fromEntries(Object.entries(parameters).filter(([, value]) => value !== undefined));
    return this.pve.ask(UPID, { method: "POST", path: `/nodes/${encode(node)}/${type}`, parameters: given });
  }

  /** Follows a task to its end. @throws {TaskFailed} Unless it ends well. */
  end(node: string, upid: string, watch?: TaskWatch): Promise<void> {
    return this.pve.taskEnd(node, upid, watch);
  }

  /** **Destroys a guest and the disks that it names.** Disks that only bear its number stay. */
  async destroy(place: GuestPlace): Promise<void> {
    const parameters = place.type === "qemu" ? { "destroy-unreferenced-disks": false } : {};
    const upid = await this.pve.ask(UPID, { method: "DELETE", path: pathOf(place), parameters });
    await this.end(place.node, upid);
  }

  /** Shuts a guest down, and waits until it is off. @throws {TaskFailed} When it did not go off in time; nothing pulls its plug. */
  async shutdown(place: GuestPlace, seconds: number, watch?: TaskWatch): Promise<void> {
    const parameters = { timeout: seconds };
    const upid = await this.pve.ask(UPID, { method: "POST", path: `${pathOf(place)}/status/shutdown`, parameters });
    await this.end(place.node, upid, watch);
  }

  /** Backs a guest up to a storage, as it is; waits for the end. */
  async backUp({ node, vmid }: GuestPlace, storage: string, watch?: TaskWatch): Promise<void> {
    const parameters = { vmid: String(vmid), storage, mode: "snapshot", "notes-template": "{{guestname}}" };
    const upid = await this.pve.ask(UPID, { method: "POST", path: `/nodes/${encode(node)}/vzdump`, parameters });
    await this.end(node, upid, watch);
  }

  /** What a task wrote. */
  async log(node: string, upid: string): Promise<string[]> {
    const shape = z.array(z.looseObject({ t: z.string().nullish() }));
    const path = `/nodes/${encode(node)}/tasks/${encode(upid)}/log`;
    const entries = await this.pve.ask(shape, { method: "GET", path, parameters: { start: 0, limit: 50_000 } });
    return entries.map(({ t }) => t ?? "");
  }

  /** Starts a guest and waits until its task has ended. */
  async start(place: GuestPlace): Promise<void> {
    const upid = await this.pve.ask(UPID, { method: "POST", path: `${pathOf(place)}/status/start` });
    await this.end(place.node, upid);
  }

  /** Switches a guest off at once and waits until its task has ended. */
  async stop(place: GuestPlace): Promise<void> {
    const upid = await this.pve.ask(UPID, { method: "POST", path: `${pathOf(place)}/status/stop` });
    await this.end(place.node, upid);
  }

  /** Changes a guest's configuration; a change of somebody else since `digest` is refused by PVE. @param unset Lines that go. */
  async change(
    place: GuestPlace,
    settings: Readonly<Record<string, string | number | boolean>>,
    unset: readonly string[],
    digest: string | undefined,
  ): Promise<void> {
    const dropped = unset.length === 0 ? {} : { delete: unset.join(",") };
    const parameters = { ...settings, ...dropped, ...(digest !== undefined && { digest }) };
    await this.pve.ask(z.unknown(), { method: "PUT", path: `${pathOf(place)}/config`, parameters });
  }

  /** The guest's configuration, as far as it matters here. */
  config(place: GuestPlace): Promise<GuestConfig> {
    return this.pve.ask(CONFIG, { method: "GET", path: `${pathOf(place)}/config` });
  }

  /** Every line of the guest's configuration, as text, by its name; with the digest that a change of it may name. */
  async lines(place: GuestPlace): Promise<Readonly<Record<string, string>>> {
    const shape = z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]));
    const lines = await this.pve.ask(shape, { method: "GET", path: `${pathOf(place)}/config` });
    return Object.fromEntries(Object.entries(lines).map(([name, value]) => [name, String(value)]));
  }

  /** Says whether the guest starts with its node; a change of somebody else since `digest` is refused by PVE. */
  async startWithNode(place: GuestPlace, starts: boolean, digest: string | undefined): Promise<void> {
    const parameters = { onboot: starts, ...(digest !== undefined && { digest }) };
    await this.pve.ask(z.unknown(), { method: "PUT", path: `${pathOf(place)}/config`, parameters });
  }
}

function pathOf({ node, type, vmid }: GuestPlace): string {
  return `/nodes/${encode(node)}/${type}/${vmid}`;
}

/** `UPID:node:pid:pstart:starttime:type:id:authid:`. Source: pve-common, src/PVE/Tools.pm `upid_decode`. */
function taskOf(upid: string, endtime: number | undefined, status: string): GuestTask[] {
  const [, node, , , start, type, id, authId] = upid.split(":");
  if (node === undefined || start === undefined || type === undefined || id === undefined || authId === undefined)
    return [];
  const end = endtime === undefined ? undefined : status;
  return [{ upid, node, starttime: Number.parseInt(start, 16), type, id, authId, end, endtime }];
}
