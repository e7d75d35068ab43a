import { Transfers } from "../backup/transfers";
import { serviceOf } from "../guests/service";
import { type Call, type Operation } from "../operation";
import { EXEC, EXEC_STATUS, INTERFACES, PING } from "../parameters/guest-agent";
import { impossible } from "../refusal";
import { guestOf } from "./guest";
import { type GuestSystem } from "../../core/guest-system";

const AGENT = "/nodes/{node}/qemu/{vmid}/agent";
const LOOK = {
  check: ["perm", "/vms/{vmid}", ["VM.GuestAgent.Audit", "VM.GuestAgent.Unrestricted"], "any", 1],
} as const;
const RUN = { check: ["perm", "/vms/{vmid}", ["VM.GuestAgent.Unrestricted"]] } as const;

/** What a machine's guest agent does. Source: qemu-server, src/PVE/API2/Qemu/Agent.pm, src/PVE/QemuServer/Agent.pm. */
export const GUEST_AGENT: readonly Operation[] = [
  {
    name: `POST ${AGENT}/ping`,
    parameters: PING,
    permissions: LOOK,
    handle: ping,
  },
  { name: `POST ${AGENT}/exec`, parameters: EXEC, permissions: RUN, handle: exec },
  { name: `GET ${AGENT}/exec-status`, parameters: EXEC_STATUS, permissions: RUN, handle: status },
  {
    name: `GET ${AGENT}/network-get-interfaces`,
    parameters: INTERFACES,
    permissions: LOOK,
    handle: (call) => ({ result: interfaces(addressOf(call)) }),
  },
];

/** A guest of the lab that is disks alone answers as soon as it has booted, in no time unless the site's rates say so. */
function ping(call: Call): object {
  if (configured(call)?.hasAgent() === false || isBooting(call)) throw impossible("QEMU guest agent is not running");
  return { result: {} };
}

function isBooting(call: Call): boolean {
  const { startedAt = 0 } = guestOf(call, "qemu");
  const { boot = 0 } = Transfers.of(call.node.site).rates.value;
  return call.node.site.clock.seconds() < startedAt + boot;
}

/** The system whose agent answers. */
function systemOf(call: Call): GuestSystem {
  const system = configured(call);
  if (system?.hasAgent() !== true) throw impossible("QEMU guest agent is not running");
  return system;
}

/** The system of a running guest that has an agent; undefined when it is disks alone. */
function configured(call: Call): GuestSystem | undefined {
  const { vmid, running, config } = guestOf(call, "qemu");
  if (!running) throw impossible(`VM ${vmid} is not running`);
  if (!/^(?:1|enabled=1)(?:,|$)/.test(config["agent"] ?? "")) throw impossible("No QEMU guest agent configured");
  return call.node.systems.of(vmid);
}

async function exec(call: Call): Promise<object> {
  const command = call.parameters["command"];
  const argv = typeof command === "string" ? [command] : [...(command ?? [])];
  const input = call.text("input-data") ?? "";
  const vmid = servingDisk(call);
  if (vmid !== undefined) return { pid: await call.node.services.exec(vmid, argv, input) };
  return { pid: systemOf(call).exec(argv, input) };
}

/** Number of a guest without a system whose disk has a service, once it has booted. */
function servingDisk(call: Call): number | undefined {
  if (configured(call) !== undefined || isBooting(call)) return undefined;
  const guest = guestOf(call, "qemu");
  return serviceOf(call.node, guest) === undefined ? undefined : guest.vmid;
}

/** Where the guest is in its network. */
function addressOf(call: Call): string {
  const vmid = servingDisk(call);
  const service = vmid === undefined ? undefined : serviceOf(call.node, guestOf(call, "qemu"));
  return service?.address ?? systemOf(call).machine.address;
}

/** The most that the agent hands over of each stream. */
const LARGEST = 16 * 1024 * 1024;

function status(call: Call): object {
  const pid = call.number("pid") ?? 0;
  const vmid = servingDisk(call);
  const ran = vmid === undefined ? systemOf(call).process(pid) : call.node.services.process(vmid, pid);
  if (ran === undefined) throw impossible(`Agent error: PID ${pid} does not exist`);
  if (!ran.exited) return { exited: 0 };
  const { exitcode, signal, out, err } = ran;
  return {
    exited: 1,
    ...(exitcode !== undefined && { exitcode }),
    ...(signal !== undefined && { signal }),
    ...(out !== "" && { "out-data": out.slice(0, LARGEST) }),
    ...(err !== "" && { "err-data": err.slice(0, LARGEST) }),
  };
}

/** The router gives every machine an address of IPv6 besides. */
function interfaces(address: string): unknown[] {
  const last = Number(address.split(".").at(-1));
  return [
    { name: "lo", "ip-addresses": [{ "ip-address": "127.0.0.1", "ip-address-type": "ipv4", prefix: 8 }] },
    {
      name: "eth0",
      "hardware-address": "bc:24:11:00:00:01",
      "ip-addresses": [
        { "ip-address": address, "ip-address-type": "ipv4", prefix: 24 },
        { "ip-address": `fd00:6c61:62::${last.toString(16)}`, "ip-address-type": "ipv6", prefix: 64 },
      ],
    },
  ];
}
