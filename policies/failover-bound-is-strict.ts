import { resourceRule } from "./rule";
import { HA_RULE, PROXMOX_HA_RULE } from "./types";

/** On a node without a replica a guest would start from nothing. */
export const failoverBoundIsStrict = resourceRule(
  { name: "failover-bound-is-strict", description: "A guest that fails over starts only where its data is." },
  [HA_RULE, PROXMOX_HA_RULE],
  ({ type, name, props }) => {
    if (type === PROXMOX_HA_RULE && props["type"] !== "node-affinity") return [];
    return props["strict"] === true ? [] : [`The guests of rule ${name} must start nowhere else: set strict: true.`];
  },
);
