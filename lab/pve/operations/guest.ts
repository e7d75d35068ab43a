import { digestOf } from "../digest";
import { guestSummary } from "../guests/guest-summary";
import { disksOf, type Guest, type GuestType, kindOf } from "../guests/guest";
import { ownerOf } from "../guests/volume-owner";
import { type Call, type Operation } from "../operation";
import { NODE, VMID } from "../parameters/common";
import { DELETE_CONTAINER, DELETE_VM, LIST_VMS, READ_CONTAINER_CONFIG, READ_VM_CONFIG } from "../parameters/guest";
import { impossible } from "../refusal";
import { type DeepReadonly } from "../../core/state";

const AUDIT = { check: ["perm", "/vms/{vmid}", ["VM.Audit"]] } as const;
const ALLOCATE = { check: ["perm", "/vms/{vmid}", ["VM.Allocate"]] } as const;
const GUEST = { node: NODE, vmid: VMID };

/** Guests: lists, config, state, end. Texts: qemu-server, src/PVE/API2/Qemu.pm; pve-container, src/PVE/API2/LXC.pm. */
export const GUESTS: readonly Operation[] = [
  ...reading("qemu", LIST_VMS, READ_VM_CONFIG),
  ...reading("lxc", { node: NODE }, READ_CONTAINER_CONFIG),
  {
    name: "DELETE /nodes/{node}/qemu/{vmid}",
    parameters: DELETE_VM,
    permissions: ALLOCATE,
    handle: (call) => destroy(call, "qemu"),
  },
  {
    name: "DELETE /nodes/{node}/lxc/{vmid}",
    parameters: DELETE_CONTAINER,
    permissions: ALLOCATE,
    handle: (call) => destroy(call, "lxc"),
  },
];

function reading(type: GuestType, list: Operation["parameters"], config: Operation["parameters"]): Operation[] {
  const path = `/nodes/{node}/${type}`;
  return [
    { name: `GET ${path}`, parameters: list, permissions: { user: "all" }, handle: (call) => listGuests(call, type) },
    {
      name: `GET ${path}/{vmid}/config`,
      parameters: config,
      permissions: AUDIT,
      handle: (call) => configOf(guestOf(call, type)),
    },
    {
      name: `GET ${path}/{vmid}/status/current`,
      parameters: GUEST,
      permissions: AUDIT,
      handle: (call) => current(call, guestOf(call, type)),
    },
  ];
}

/** The guest that a call names. */
export function guestOf(call: Call, type: GuestType): DeepReadonly<Guest> {
  return call.node.guest(Number(call.required("vmid")), type);
}

function listGuests(call: Call, type: GuestType): unknown[] {
  return call.node
    .allGuests()
    .filter((guest) => guest.type === type)
    .filter(({ vmid }) => call.cluster.allows(call.authId, `/vms/${vmid}`, ["VM.Audit"]))
    .map((guest) => summary(call, guest));
}

function summary(call: Call, guest: DeepReadonly<Guest>): Record<string, unknown> {
  const { maxcpu, ...rest } = guestSummary(call.node, guest);
  return { ...rest, cpus: maxcpu, ...(guest.type === "lxc" && { type: "lxc" }) };
}

const NUMBERS = ["acpi", "balloon", "cores", "onboot", "protection", "sockets", "swap", "tablet", "template", "numa"];
const FLAGS = ["kvm", "autostart", "localtime", "unprivileged", "console", "tty", "freeze", "vcpus"];

/** `memory` of a virtual machine is text, of a container a number, as PVE has it. */
function configOf({ config, type, parent }: DeepReadonly<Guest>): Record<string, unknown> {
  const bare = [...NUMBERS, ...FLAGS, ...(type === "lxc" ? ["memory"] : [])];
  const lines = Object.entries(config).map(([key, value]) => [key, bare.includes(key) ? Number(value) : value]);
  const told = Object.fromEntries(lines) as Record<string, unknown>;
  return { ...told, ...(parent !== undefined && { parent }), digest: digestOf(config) };
}

function current(call: Call, guest: DeepReadonly<Guest>): object {
  const { running, type } = guest;
  const qemu = type === "qemu" ? { qmpstatus: running ? "running" : "stopped" } : { type: "lxc" };
  return { ...summary(call, guest), ...qemu, ...(running && { pid: 10_000 + guest.vmid }), ha: { managed: 0 } };
}

function destroy(call: Call, type: GuestType): string {
  const guest = guestOf(call, type);
  const kind = kindOf(type);
  if (guest.config["protection"] === "1")
    throw impossible(`can't remove ${kind} ${guest.vmid} - protection mode enabled`);
  if (guest.running && type === "qemu") throw impossible(`VM ${guest.vmid} is running - destroy failed`);
  if (guest.running && !call.flag("force")) {
    throw impossible(`unable to destroy CT ${guest.vmid} - container is running`);
  }
  const { node } = call;
  node.site.events.record(node.name, "danger", `destroy ${kind} ${guest.vmid}`);
  const order = { type: type === "qemu" ? "qmdestroy" : "vzdestroy", id: String(guest.vmid), authId: call.authId };
  const purge = call.flag("purge");
  return node.tasks.start(order, () => {
    // A disk of another's stays: it was only attached.
    const own = disksOf(guest).filter(({ volume }) => (ownerOf(volume) ?? guest.vmid) === guest.vmid);
    for (const disk of [...own, ...cloudInitDrives(guest)]) node.contents.destroy(node.datasetOf(disk));
    node.guests.change(({ guests }) => Reflect.deleteProperty(guests, String(guest.vmid)));
    if (purge) removeFromJobs(call, guest.vmid);
  });
}

const CLOUD_INIT = /^([A-Za-z][\w.-]*):(vm-\d+-cloudinit)(?:,|$)/;

function cloudInitDrives({ config }: DeepReadonly<Guest>): { storage: string; volume: string }[] {
  return Object.values(config).flatMap((line) => {
    const [, storage, volume] = CLOUD_INIT.exec(line) ?? [];
    return storage === undefined || volume === undefined ? [] : [{ storage, volume }];
  });
}

/** A purge takes the guest out of every backup job that names it. */
function removeFromJobs(call: Call, vmid: number): void {
  call.cluster.jobs.change(({ jobs }) => {
    for (const [id, job] of Object.entries(jobs)) {
      const named = job["vmid"]?.split(",").filter((one) => one !== String(vmid));
      if (named !== undefined) jobs[id] = { ...job, vmid: named.join(",") };
    }
  });
}
