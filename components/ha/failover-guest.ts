import * as pulumi from "@pulumi/pulumi";

import { defined } from "../../estate/units/defined";
import { parseGuestId } from "../../estate/units/guest-id";
import * as pve from "../../provider/sdk/high-availability";
import { rejectProblems } from "../internal/problems";
import { DEFAULT_REPLICATION_SCHEDULE, failoverGuestProblems, type FailoverGuestArgs } from "./failover-guest-args";

/**
 * Failover for one guest on local ZFS: a replication job to every failover node, their first run, then the HA resource, and the node
 * affinity rule that bounds where it may run.
 *
 * The rule is strict on purpose: on a node without a replica the guest would start from nothing. Nothing here says where the guest
 * runs now, or whether it is to run: during and after a failover, and when a person has stopped it, there is nothing to change.
 *
 * @see https://pve.proxmox.com/pve-docs/chapter-ha-manager.html#ha_manager_node_affinity_rules
 */
export class FailoverGuest extends pulumi.ComponentResource {
  /** Replication to each failover node, best first. */
  public readonly replications: readonly pve.Replication[];
  /** What HA keeps running. */
  public readonly haResource: pve.HaResource;
  /** Where it may run; undefined when that is declared elsewhere. */
  public readonly affinityRule: pve.HaRule | undefined;

  constructor(name: string, args: FailoverGuestArgs, opts?: pulumi.ComponentResourceOptions) {
    super("tappaas:ha:FailoverGuest", name, {}, opts);
    rejectProblems(this, `FailoverGuest "${name}"`, failoverGuestProblems(args));

    const { guest, comment, maxRestart, maxRelocate, failback } = args;
    this.replications = this.#replicationsOf(name, args);
    const synced = this.#firstSyncsOf(name, args);
    const watched = { guest, ...defined({ maxRestart, maxRelocate, failback, comment }) };
    // Watched before its replicas are whole, the guest could come up elsewhere from nothing.
    this.haResource = new pve.HaResource(name, watched, { parent: this, dependsOn: synced });
    this.affinityRule = this.#affinityRuleOf(name, args);

    // Values and no resources: where a plan knows no identifier yet, the engine takes the one that comes for a change of the plan.
    this.registerOutputs({ guest });
  }

  #replicationsOf(name: string, args: FailoverGuestArgs): pve.Replication[] {
    const { guest, homeNode: home, failoverNodes, replicationSchedule: schedule = DEFAULT_REPLICATION_SCHEDULE } = args;
    const { vmid } = parseGuestId(guest);
    // A job that leaves the program goes on: what it has copied may be the only copy.
    const kept = { parent: this, retainOnDelete: true };
    return failoverNodes.map(({ node: target, job }) => {
      const inputs = { jobId: `${vmid}-${job}`, home, target, schedule };
      return new pve.Replication(`${name}-${target}`, inputs, kept);
    });
  }

  #firstSyncsOf(name: string, { failoverNodes, firstSyncLimit: limit = "2 hours" }: FailoverGuestArgs) {
    return this.replications.map(({ jobId }, index) => {
      const target = failoverNodes[index]?.node ?? "";
      return new pve.FirstSync(`${name}-${target}`, { jobId, limit }, { parent: this });
    });
  }

  #affinityRuleOf(name: string, args: FailoverGuestArgs): pve.HaRule | undefined {
    const { homeNode, failoverNodes, affinityRule: rule = { name: `ha-${name}` }, comment } = args;
    if (rule === "elsewhere") return undefined;
    const nodes = nodePriorities([homeNode, ...failoverNodes.map(({ node }) => node)]);
    // By value: PVE takes no rule about a guest that HA does not watch.
    const guests = [this.haResource.guest, ...(rule.alsoHolds ?? [])];
    const inputs = { rule: rule.name, guests, nodes, strict: true, ...defined({ comment }) };
    return new pve.HaRule(name, inputs, { parent: this });
  }
}

/** Node affinity priorities for nodes given best first: the first gets the highest, the last gets 1. */
function nodePriorities(nodes: readonly string[]): string[] {
  return nodes.map((node, rank) => `${node}:${nodes.length - rank}`);
}
