import { boundsOf, vmidOf } from "./failover";
import { stackRule } from "./rule";

/**
 * A firewall that comes up where the line to the internet does not reach counts as served, and the whole site is cut off. Which guests
 * use the line, and to which nodes it goes, no resource says: the configuration does. Source: requirements T45, N17.
 */
export const failoverFollowsTheCable = stackRule(
  {
    name: "failover-follows-the-cable",
    description: "What uses the line to the internet runs only where the line is.",
  },
  (resources, { guests, nodes }) => {
    const [users, cabled] = [guests as readonly number[] | undefined, nodes as readonly string[] | undefined];
    if (users === undefined || cabled === undefined) return [];
    return boundsOf(resources).flatMap(({ name, nodes: places, guests: bound }) => {
      const away = places.filter((node) => !cabled.includes(node));
      const vmid = bound.map(vmidOf).find((one) => users.includes(one));
      return vmid === undefined || away.length === 0
        ? []
        : [
            `Guest ${vmid} must run only where the line to the internet is: take ${away.join(", ")} out of nodes of rule ${name}, or add the node to wan.nodes once it has the cable.`,
          ];
    });
  },
  {
    guests: { type: "array", items: { type: "number" } },
    nodes: { type: "array", items: { type: "string" } },
  },
);
