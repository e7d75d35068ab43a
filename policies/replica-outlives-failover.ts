import { resourceRule } from "./rule";
import { PROXMOX_REPLICATION } from "./types";

/**
 * When a guest moves to its target, PVE turns the job round. The program would then make the job anew, and its end removes the copies on
 * the other node. Source: facts on replication after failover, pve-docs pvesr; PVE/API2/ReplicationConfig.pm.
 */
export const replicaOutlivesFailover = resourceRule(
  { name: "replica-outlives-failover", description: "A failover does not take the replica away." },
  [PROXMOX_REPLICATION],
  ({ name, opts }) =>
    opts.ignoreChanges.includes("target")
      ? []
      : [`${name} must not be made anew after a failover: set ignoreChanges: ["target"], and retainOnDelete: true.`],
);
