import { type Call, type Operation } from "../operation";
import { LIST_NETWORK } from "../parameters/node";

/** Networks of a node. Source: pve-manager, PVE/API2/Network.pm. */
export const NODE_NETWORK: readonly Operation[] = [
  {
    name: "GET /nodes/{node}/network",
    parameters: LIST_NETWORK,
    permissions: { user: "all" },
    handle: list,
  },
];

/** A bridge over a card each; the first has the node's address. What else there is stands in the site's description. */
function list(call: Call): unknown[] {
  const { bridges = ["lan"], interfaces = [] } = call.node.description;
  const kind = call.text("type");
  const address = call.node.machine.address;
  const cards = bridges.flatMap((iface, index) => [
    { iface: `enp${index + 1}s0`, type: "eth", active: 1, exists: 1, method: "manual", priority: 3 + 2 * index },
    {
      iface,
      type: "bridge",
      active: 1,
      autostart: 1,
      bridge_ports: `enp${index + 1}s0`,
      bridge_vlan_aware: iface === "lan" ? 1 : 0,
      ...(index === 0 && { address, cidr: `${address}/24`, netmask: "24" }),
      method: "manual",
      priority: 4 + 2 * index,
    },
  ]);
  const rows: Record<string, string | number>[] = [...cards, ...interfaces];
  const bridge = kind === "any_bridge" || kind === "any_local_bridge" ? "bridge" : kind;
  return rows.filter(({ type }) => bridge === undefined || type === bridge);
}
