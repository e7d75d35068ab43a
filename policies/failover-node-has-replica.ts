import { boundsOf, vmidOf, type Bound } from "./failover";
import { ofType, stackRule, type DeclaredInStack } from "./rule";
import { PROXMOX_REPLICATION, REPLICATION } from "./types";

/**
 * PVE starts a guest on any node of its rule, also on one without its disks: there it does not come up, and counts as served. A guest
 * without any replica, whose disks lie on storage that all nodes reach, is asked for one only where the site's files say so.
 * Source: pve-docs, pvesr, "Error Handling"; requirements T42, N03.
 */
export const failoverNodeHasReplica = stackRule(
  { name: "failover-node-has-replica", description: "Each node on which a guest may come up has its disks." },
  (resources, { guests }) => {
    const told = new Set((guests as readonly number[] | undefined) ?? []);
    return boundsOf(resources).flatMap((bound) =>
      bound.guests.flatMap((guest) => missingOf(resources, bound, vmidOf(guest), told)),
    );
  },
  { guests: { type: "array", items: { type: "number" } } },
);

function missingOf(
  resources: readonly DeclaredInStack[],
  { name, nodes }: Bound,
  vmid: number,
  told: ReadonlySet<number>,
): string[] {
  const jobs = ofType(resources, REPLICATION, PROXMOX_REPLICATION).filter(
    ({ type, props }) => Number.parseInt(String(props[type === REPLICATION ? "jobId" : "resourceId"]), 10) === vmid,
  );
  if (jobs.length === 0 && !told.has(vmid)) return [];
  const running = jobs.filter(({ props }) => props["enabled"] !== false && props["disable"] !== true);
  const homes = running.flatMap(({ type, props }) => (type === REPLICATION ? [String(props["home"])] : []));
  const fed = new Set([...homes, ...running.map(({ props }) => String(props["target"]))]);
  const without = nodes.filter((node) => !fed.has(node));
  // Where no job names the home node, one of the rule's nodes is that.
  const allowed = homes.length > 0 ? 0 : 1;
  return without.length <= allowed
    ? []
    : [
        `Guest ${vmid} must have its disks on each node of rule ${name}: replicate it to ${without.join(", ")}, or take the node out of nodes.`,
      ];
}
