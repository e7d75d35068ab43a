import { type GuestType, kindOf } from "../guests/guest";
import { type Call, type Operation } from "../operation";
import {
  SHUTDOWN_CONTAINER,
  SHUTDOWN_VM,
  START_CONTAINER,
  START_VM,
  STOP_CONTAINER,
  STOP_VM,
} from "../parameters/guest";
import { impossible } from "../refusal";
import { guestOf } from "./guest";

const POWER = { check: ["perm", "/vms/{vmid}", ["VM.PowerMgmt"]] } as const;

/** Switching guests on and off. Texts: qemu-server, src/PVE/API2/Qemu.pm; pve-container, src/PVE/API2/LXC/Status.pm. */
export const GUEST_POWER: readonly Operation[] = [
  operation("qemu", "start", START_VM),
  operation("qemu", "stop", STOP_VM),
  operation("qemu", "shutdown", SHUTDOWN_VM),
  operation("lxc", "start", START_CONTAINER),
  operation("lxc", "stop", STOP_CONTAINER),
  operation("lxc", "shutdown", SHUTDOWN_CONTAINER),
];

function operation(
  type: GuestType,
  verb: "start" | "stop" | "shutdown",
  parameters: Operation["parameters"],
): Operation {
  const name = `POST /nodes/{node}/${type}/{vmid}/status/${verb}`;
  return { name, parameters, permissions: POWER, handle: (call) => power(call, type, verb) };
}

function power(call: Call, type: GuestType, verb: "start" | "stop" | "shutdown"): string {
  const { vmid, running, config } = guestOf(call, type);
  const { node } = call;
  const subject = `${kindOf(type)} ${vmid}`;
  if (config["lock"] !== undefined) throw impossible(`${subject} is locked (${config["lock"]})`);
  if (running && verb === "start") throw impossible(`${subject} already running`);
  if (!running && verb !== "start") throw impossible(`${subject} not running`);
  const order = { type: `${type === "qemu" ? "qm" : "vz"}${verb}`, id: String(vmid), authId: call.authId };
  return node.tasks.start(order, () => (verb === "start" ? node.systems.start(vmid) : node.systems.stop(vmid)));
}
