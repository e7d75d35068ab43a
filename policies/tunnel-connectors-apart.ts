import { ofType, stackRule } from "./rule";
import { TUNNEL, TUNNEL_CONNECTOR } from "./types";

/**
 * With all connectors on one node, no name leads into the site while that node is down, whatever else fails over. On which node a
 * guest is no connector says: the configuration does. Source: requirements R06, candidate tunnel-replicas-2.
 */
export const tunnelConnectorsApart = stackRule(
  { name: "tunnel-connectors-apart", description: "A tunnel has connectors on two nodes, where the site has two." },
  (resources, { nodes, homes }) => {
    const all = (nodes as readonly string[] | undefined) ?? [];
    if (all.length < 2) return [];
    const at = (homes as Readonly<Record<string, string>> | undefined) ?? {};
    const connectors = ofType(resources, TUNNEL_CONNECTOR);
    const places = new Set(connectors.flatMap(({ props }) => at[String(props["vmid"])] ?? []));
    if (places.size >= 2) return [];
    return ofType(resources, TUNNEL).map(({ name }) => {
      const others = all.filter((node) => !places.has(node)).join(" or ");
      return `The tunnel ${name} must have connectors on two nodes: add a guest on ${others} to tunnel.connectors.`;
    });
  },
  {
    nodes: { type: "array", items: { type: "string" } },
    homes: { type: "object", additionalProperties: { type: "string" } },
  },
);
