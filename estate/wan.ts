import * as z from "zod";

import { type Failover } from "./failover";
import { type Guest } from "./guest";
import { type Observation } from "./observation";
import { type Finding, type Problem } from "./problem";
import { expecting, identifier, plainText } from "./schema";
import { type Settings } from "./settings";
import { guestId } from "./units/guest-id";

/** The line to the world, and the nodes to which its cable goes. */
export const wanSettings = z
  .strictObject({
    /** Bridge behind which the line is: a guest with a network card on it, such as the firewall, is of no use without. @default "wan" */
    bridge: plainText.default("wan"),
    /**
     * Nodes that have the cable. A bridge says only that some cable is in: write the nodes down where one leads elsewhere.
     * @default - nodes on which that bridge was seen with a cable
     */
    nodes: z.array(identifier("node")).min(1, expecting("at least one node")).optional(),
  })
  .prefault({});

/** Nodes to which the line goes; undefined while nobody knows. */
export function cabledNodes({ wan }: Settings, observation: Observation | undefined): string[] | undefined {
  if (wan.nodes !== undefined) return wan.nodes;
  const { complete = false, items = [] } = observation?.nodes ?? {};
  if (!complete || items.some(({ bridges }) => bridges === undefined)) return undefined;
  return items.filter(({ bridges = [] }) => bridges.includes(wan.bridge)).map(({ name }) => name);
}

/** Whether a guest was seen with a network card on the line. */
export function usesWan({ wan }: Settings, { vmid }: Guest, observation: Observation | undefined): boolean {
  return observation?.guests.items.find((seen) => seen.vmid === vmid)?.bridges?.includes(wan.bridge) === true;
}

/** Failover that knows of the cable where the settings say which nodes have it. */
export function withCables(failover: Failover, settings: Settings, observation: Observation | undefined): Failover {
  const { nodes } = settings.wan;
  if (nodes === undefined) return failover;
  const guests = failover.guests.map((one) =>
    usesWan(settings, one.guest, observation) ? { ...one, cabledNodes: nodes } : one,
  );
  return { ...failover, guests };
}

/** A firewall that comes up where there is no line is of no use, and the site is cut off although everything is green. */
export function wanProblems(settings: Settings, failover: Failover, observation: Observation | undefined): Problem[] {
  const { nodes } = settings.wan;
  if (nodes === undefined) return [];
  const known = Object.keys(settings.nodes);
  const unknown = nodes
    .filter((node) => !known.includes(node))
    .map((node) => ({
      ...{ path: "wan.nodes", expected: `nodes of the settings, ${known.join(", ")}`, got: `"${node}"` },
      cure: "add the node to the settings or correct it",
    }));
  const wrong = failover.guests
    .filter(({ guest }) => usesWan(settings, guest, observation))
    .flatMap(({ guest, failoverNodes }) => {
      const home = {
        path: guest.source,
        expected: `${guest.name} on a node with the WAN cable (wan.nodes: ${nodes.join(", ")})`,
      };
      const away = { ...home, got: guest.node, cure: "correct wan.nodes, or give the guest one of those nodes" };
      if (!nodes.includes(guest.node)) return [away];
      const others = nodes.filter((node) => node !== guest.node);
      const cure =
        others.length === 0
          ? 'lay a cable to another node and add that to wan.nodes, or set HANode to "NONE", which leaves the guest without failover'
          : `set HANode to ${others.join(" or ")}`;
      return failoverNodes
        .filter(({ node }) => !nodes.includes(node))
        .map(({ node }) => ({
          path: `${guest.source}: HANode`,
          expected: `a failover node with the WAN cable, which ${guest.name} uses (wan.nodes: ${nodes.join(", ")})`,
          got: node,
          cure,
        }));
    });
  return [...unknown, ...wrong];
}

/** With one cable the site has one way to the world, whatever else fails over. */
export function wanFindings(
  settings: Settings,
  guests: readonly Guest[],
  observation: Observation | undefined,
): Finding[] {
  const cabled = cabledNodes(settings, observation);
  const users = guests.filter((guest) => usesWan(settings, guest, observation));
  if (cabled === undefined || users.length === 0) return [];
  const away = users
    .filter(({ node }) => !cabled.includes(node))
    .map(({ kind, vmid, name, node }) => ({
      path: `guest ${guestId(kind, vmid)} "${name}"`,
      advice: `it uses the WAN line, and ${node} on which it belongs has no cable of it: give that node one, or the guest another node`,
    }));
  if (cabled.length > 1 || Object.keys(settings.nodes).length < 2) return away;
  const [only = "no node"] = cabled;
  const advice =
    `the WAN cable goes to ${only} alone: with that node lost ${users.map(({ name }) => name).join(", ")} has nowhere to go, and the site is cut ` +
    "off until somebody moves the cable; a switch before the nodes, or a second cable, gives a second node the line (docs/how-to/firewall-failover.md)";
  return [...away, { path: "cluster", advice }];
}
