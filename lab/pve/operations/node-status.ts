import { ClusterLife, USUAL_UPTIME } from "../life/cluster-life";
import { type Call, type Operation } from "../operation";
import { versionsOf } from "../../core/versions";
import { NODE } from "../parameters/common";

const AUDIT = { check: ["perm", "/nodes/{node}", ["Sys.Audit"]] } as const;

/** What a node says of itself. Sources: pve-manager, PVE/API2/Nodes.pm. */
export const NODE_STATUS: readonly Operation[] = [
  { name: "GET /nodes/{node}/status", parameters: { node: NODE }, permissions: AUDIT, handle: status },
];

const GIB = 1024 ** 3;

/** A node of which the site's description says nothing. */
const USUAL = { cpu: "Lab Processor 16-Core", threads: 16, memory: 128 * GIB };

function status({ node }: Call): object {
  const { cpu, threads, memory } = node.description.hardware ?? USUAL;
  const used = Math.floor(memory / 5);
  return {
    pveversion: `pve-manager/${versionsOf(node.site.description).pve}/1ab0c0ffee1ab0c0`,
    kversion: "Linux 7.0.0-1-pve #1 SMP PREEMPT_DYNAMIC",
    cpuinfo: { model: cpu, cores: threads / 2, cpus: threads, sockets: 1 },
    memory: { total: memory, used, free: memory - used, available: memory - used },
    uptime: ClusterLife.of(node.cluster)?.uptime(node.name) ?? USUAL_UPTIME,
    loadavg: ["0.10", "0.12", "0.09"],
  };
}
