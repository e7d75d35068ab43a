import { disksOf, type Guest, nameOf } from "./guest";
import { type PveNode } from "../node";
import { type DeepReadonly } from "../../core/state";

/** What lists tell of a guest. */
export function guestSummary(node: PveNode, guest: DeepReadonly<Guest>): Record<string, unknown> {
  const { vmid, running, startedAt = 0, config } = guest;
  const { tags, lock, cores, memory } = config;
  return {
    vmid,
    name: nameOf(guest),
    status: running ? "running" : "stopped",
    cpu: running ? 0.01 : 0,
    maxcpu: Number(cores ?? 1),
    mem: running ? Number(memory ?? 512) * 512 * 1024 : 0,
    maxmem: Number(memory ?? 512) * 1024 * 1024,
    disk: 0,
    maxdisk: disksOf(guest).reduce((sum, disk) => sum + (node.contents.size(node.datasetOf(disk)) ?? 0), 0),
    diskread: 0,
    diskwrite: 0,
    netin: 0,
    netout: 0,
    uptime: running ? Math.max(node.site.clock.seconds() - startedAt, 1) : 0,
    ...(tags !== undefined && { tags }),
    ...(lock !== undefined && { lock }),
  };
}
