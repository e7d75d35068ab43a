import { resourceRule } from "./rule";
import { HA_RULE, REPLICATION } from "./types";

/** A guest whose only node is its own has nowhere to go. */
export const failoverNodeDiffers = resourceRule(
  { name: "failover-node-differs", description: "The node that takes over is another one." },
  [HA_RULE, REPLICATION],
  ({ type, name, props }) => {
    if (type === REPLICATION) {
      return props["home"] === props["target"]
        ? [`The replica ${name} must lie on another node: set target to one that is not ${String(props["home"])}.`]
        : [];
    }
    const nodes = ((props["nodes"] as readonly unknown[] | undefined) ?? []).map((node) => String(node).split(":")[0]);
    return new Set(nodes).size < 2 ? [`Rule ${name} must name a second node: add one to nodes.`] : [];
  },
);
