import { type DeepReadonly } from "../../core/state";
import { Transfers } from "../backup/transfers";
import { type PveNode } from "../node";
import { type Guest } from "./guest";
import { serviceOf } from "./service";

/** A guest and the node that runs it. */
export interface Standing {
  /** The node. */
  readonly node: PveNode;
  /** The guest. */
  readonly guest: DeepReadonly<Guest>;
}

/** Whether the service of a guest answers on the guest itself: it has booted, and reaches what it needs. */
export function isServing({ node, guest }: Standing, port: number, asked: readonly Standing[] = []): boolean {
  if (!hasBooted({ node, guest })) return false;
  const service = serviceOf(node, guest);
  if (service?.port !== port) return false;
  const here = { node, guest };
  return service.needs.every((need) => {
    const [address = "", needed] = need.split(":");
    return reaches(here, address, Number(needed), [...asked, here]);
  });
}

/** Whether a guest gets a connection to an address: somebody in one of its networks has it, and serves there. */
export function reaches(from: Standing, address: string, port: number, asked: readonly Standing[] = []): boolean {
  const own = segmentsOf(from);
  const others = [...from.node.cluster.nodes.values()]
    .filter(({ machine }) => !machine.isDead)
    .flatMap((node) => node.allGuests().map((guest): Standing => ({ node, guest })));
  return others.some((other) => {
    if (!hasBooted(other) || serviceOf(other.node, other.guest)?.address !== address) return false;
    if (!segmentsOf(other).some((segment) => own.includes(segment))) return false;
    // Who waits for each other in a circle got its connection when the other still served.
    const isAsked = asked.some(({ node, guest }) => node === other.node && guest.vmid === other.guest.vmid);
    return isAsked || isServing(other, port, asked);
  });
}

function hasBooted({ node: { site }, guest: { running, startedAt = 0 } }: Standing): boolean {
  return running && site.clock.seconds() >= startedAt + (Transfers.of(site).rates.value.boot ?? 0);
}

/** Networks in which a guest's cards are. A bridge with a cable is one network on all nodes, another is its node's own. */
function segmentsOf({ node, guest }: Standing): string[] {
  const { bridges = ["lan"], interfaces = [] } = node.description;
  return Object.entries(guest.config).flatMap(([name, line]) => {
    if (!/^net\d+$/.test(name) || /(?:^|,)link_down=1(?:,|$)/.test(line)) return [];
    const bridge = /(?:^|,)bridge=([^,]+)/.exec(line)?.[1];
    const vlan = /(?:^|,)tag=(\d+)/.exec(line)?.[1] ?? "none";
    if (bridge === undefined) return [];
    if (bridges.includes(bridge)) return [`${bridge}/${vlan}`];
    return interfaces.some(({ iface }) => iface === bridge) ? [`${node.name}:${bridge}/${vlan}`] : [];
  });
}
