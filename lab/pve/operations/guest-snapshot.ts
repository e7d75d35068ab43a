import { digestOf } from "../digest";
import { disksOf, type Guest, type GuestSnapshot, type GuestType, kindOf } from "../guests/guest";
import { type Call, type Operation } from "../operation";
import * as parameters from "../parameters/guest-snapshot";
import { impossible } from "../refusal";
import { guestOf } from "./guest";
import { type DeepReadonly } from "../../core/state";

const AUDIT = { check: ["perm", "/vms/{vmid}", ["VM.Audit"]] } as const;
const SNAPSHOT = { check: ["perm", "/vms/{vmid}", ["VM.Snapshot"]] } as const;
const ROLLBACK = { check: ["perm", "/vms/{vmid}", ["VM.Snapshot", "VM.Snapshot.Rollback"], "any", 1] } as const;

/** Snapshots of guests, on ZFS. Texts: pve-guest-common, src/PVE/AbstractConfig.pm; pve-storage, ZFSPoolPlugin.pm. */
export const GUEST_SNAPSHOTS: readonly Operation[] = [...operations("qemu"), ...operations("lxc")];

function operations(type: GuestType): Operation[] {
  const all = `/nodes/{node}/${type}/{vmid}/snapshot`;
  const one = `${all}/{snapname}`;
  const create = type === "qemu" ? parameters.SNAPSHOT_VM : parameters.SNAPSHOT_CONTAINER;
  const { LIST_SNAPSHOTS, DELETE_SNAPSHOT, ROLL_BACK } = parameters;
  return [
    { name: `GET ${all}`, parameters: LIST_SNAPSHOTS, permissions: AUDIT, handle: (call) => list(guestOf(call, type)) },
    { name: `POST ${all}`, parameters: create, permissions: SNAPSHOT, handle: (call) => take(call, type) },
    { name: `DELETE ${one}`, parameters: DELETE_SNAPSHOT, permissions: SNAPSHOT, handle: (call) => remove(call, type) },
    {
      name: `POST ${one}/rollback`,
      parameters: ROLL_BACK,
      permissions: ROLLBACK,
      handle: (call) => rollBack(call, type),
    },
  ];
}

/** All of them, and where the guest is now. */
function list({ snapshots = {}, parent, running, config }: DeepReadonly<Guest>): unknown[] {
  const rows = Object.entries(snapshots).map(([name, { time, description = "", parent: before }]) => ({
    name,
    snaptime: time,
    description,
    ...(before !== undefined && { parent: before }),
  }));
  const here = { name: "current", description: "You are here!", running: running ? 1 : 0, digest: digestOf(config) };
  return [...rows, { ...here, ...(parent !== undefined && { parent }) }];
}

function take(call: Call, type: GuestType): string {
  const guest = unlocked(call, type);
  const name = call.required("snapname");
  if (name === "current") throw impossible("unable to use snapshot name 'current' (reserved name)");
  if (guest.snapshots?.[name] !== undefined) throw impossible(`snapshot name '${name}' already used`);
  const description = call.text("description");
  return task(call, guest, "snapshot", () => {
    for (const disk of disksOf(guest)) call.node.contents.keep(call.node.datasetOf(disk), name);
    edit(call, guest.vmid, (draft) => {
      const before = draft.parent === undefined ? {} : { parent: draft.parent };
      const words = description === undefined ? {} : { description };
      const time = call.node.site.clock.seconds();
      draft.snapshots = { ...draft.snapshots, [name]: { time, config: { ...draft.config }, ...before, ...words } };
      draft.parent = name;
    });
  });
}

function remove(call: Call, type: GuestType): string {
  const guest = unlocked(call, type);
  const name = call.required("snapname");
  const { parent } = snapshotOf(guest, name);
  return task(call, guest, "delsnapshot", () => {
    for (const disk of disksOf(guest)) call.node.contents.forget(call.node.datasetOf(disk), name);
    edit(call, guest.vmid, (draft) => {
      const left = Object.entries(draft.snapshots ?? {}).filter(([other]) => other !== name);
      draft.snapshots = Object.fromEntries(
        left.map(([other, one]) => [other, withParent(one, one.parent, name, parent)]),
      );
      Object.assign(draft, withParent(draft, draft.parent, name, parent));
      if (draft.parent === name) delete draft.parent;
    });
  });
}

/** What came after a snapshot that goes comes after the one before it. */
function withParent<T extends { parent?: string }>(one: T, has: string | undefined, gone: string, before?: string): T {
  if (has !== gone) return one;
  const rest = Object.fromEntries(Object.entries(one).filter(([name]) => name !== "parent"));
  return { ...rest, ...(before !== undefined && { parent: before }) } as T;
}

/** ZFS goes back to the newest snapshot alone: what is newer would be lost. */
function rollBack(call: Call, type: GuestType): string {
  const guest = unlocked(call, type);
  const name = call.required("snapname");
  const { config } = snapshotOf(guest, name);
  const newer = Object.entries(guest.snapshots ?? {}).find(([, { parent }]) => parent === name)?.[0];
  const [disk] = disksOf(guest);
  if (newer !== undefined && disk !== undefined) {
    const volume = `${disk.storage}:${disk.volume}`;
    throw impossible(`can't rollback, '${name}' is not most recent snapshot on '${volume}'`);
  }
  const start = call.flag("start");
  call.node.site.events.record(call.node.name, "danger", `roll back ${kindOf(type)} ${guest.vmid} to ${name}`);
  return task(call, guest, "rollback", () => {
    for (const one of disksOf(guest)) call.node.contents.goBack(call.node.datasetOf(one), name);
    edit(call, guest.vmid, (draft) => {
      draft.config = { ...config };
      draft.parent = name;
      draft.running = start;
      if (start) draft.startedAt = call.node.site.clock.seconds();
      else delete draft.startedAt;
    });
  });
}

function unlocked(call: Call, type: GuestType): DeepReadonly<Guest> {
  const guest = guestOf(call, type);
  const { lock } = guest.config;
  if (lock !== undefined) throw impossible(`${kindOf(type)} ${guest.vmid} is locked (${lock})`);
  return guest;
}

function snapshotOf({ snapshots }: DeepReadonly<Guest>, name: string): DeepReadonly<GuestSnapshot> {
  const found = snapshots?.[name];
  if (found === undefined) throw impossible(`snapshot '${name}' does not exist`);
  return found;
}

function task(call: Call, { vmid, type }: DeepReadonly<Guest>, verb: string, work: () => void): string {
  const order = { type: `${type === "qemu" ? "qm" : "vz"}${verb}`, id: String(vmid), authId: call.authId };
  return call.node.tasks.start(order, work);
}

function edit(call: Call, vmid: number, change: (draft: Guest) => void): void {
  call.node.guests.change(({ guests }) => {
    const guest = guests[String(vmid)];
    if (guest !== undefined) change(guest);
  });
}
