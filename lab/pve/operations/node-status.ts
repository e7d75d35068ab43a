import { type Operation } from "../operation";
import { NODE } from "../parameters/common";

const AUDIT = { check: ["perm", "/nodes/{node}", ["Sys.Audit"]] } as const;

/** What a node says of itself. Sources: pve-manager, PVE/API2/Nodes.pm. */
export const NODE_STATUS: readonly Operation[] = [
  { name: "GET /nodes/{node}/status", parameters: { node: NODE }, permissions: AUDIT, handle: status },
];

const GIB = 1024 ** 3;

function status(): object {
  return {
    pveversion: "pve-manager/9.2.1/1ab0c0ffee1ab0c0",
    kversion: "Linux 7.0.0-1-pve #1 SMP PREEMPT_DYNAMIC",
    cpuinfo: { model: "Lab Processor 16-Core", cores: 8, cpus: 16, sockets: 1 },
    memory: { total: 128 * GIB, used: 24 * GIB, free: 104 * GIB, available: 104 * GIB },
    uptime: 86_400,
    loadavg: ["0.10", "0.12", "0.09"],
  };
}
