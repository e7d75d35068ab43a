import { type PveNode } from "../node";
import { type Operation } from "../operation";
import { NODE } from "../parameters/common";

/** A node of whose resolvers the site's description says nothing asks the firewall of TAPPaaS' management network. */
const USUAL = ["10.0.0.1"];

/** Whom a node asks for names, first to last. */
export function resolversOf({ description }: PveNode): readonly string[] {
  return description.resolvers ?? USUAL;
}

/** Whom a node asks for names, from its resolv.conf. Source: pve-manager, PVE/API2/Nodes.pm `dns`. */
export const NODE_DNS: readonly Operation[] = [
  {
    name: "GET /nodes/{node}/dns",
    parameters: { node: NODE },
    permissions: { check: ["perm", "/nodes/{node}", ["Sys.Audit"]] },
    handle: ({ node }) => {
      const resolvers = resolversOf(node);
      return {
        search: "mgmt.internal",
        ...Object.fromEntries(resolvers.map((one, index) => [`dns${index + 1}`, one])),
      };
    },
  },
];
