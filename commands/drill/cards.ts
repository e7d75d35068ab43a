import { cardsOf } from "../../planning/host/network-card";

/** Lines of a guest's configuration, by their names. */
type Lines = Readonly<Record<string, string>>;

/** The bridge on which most of these guests have a card: their common network; undefined when none has any. */
export function commonBridge(guests: readonly Lines[]): string | undefined {
  const counts = new Map<string, number>();
  for (const lines of guests)
    for (const { place } of cardsOf(lines))
      if (place !== undefined) counts.set(place.bridge, (counts.get(place.bridge) ?? 0) + 1);
  const inOrder = [...counts].toSorted(([a, many], [b, more]) => more - many || a.localeCompare(b));
  return inOrder[0]?.[0];
}

/**
 * Network cards of a guest for a bridge that leads nowhere: those of the common network are on it, with their VLANs and addresses as
 * they are; the cable is out of all others, such as that of a firewall to the world. A card without a bridge is left out: PVE leads it
 * through the node's own network, and it has to be taken out.
 */
export function isolatedCards(lines: Lines, common: string | undefined, bridge: string): Record<string, string> {
  const cards = cardsOf(lines).flatMap(({ slot, line, place }) => {
    if (place === undefined) return [];
    const parts = line.split(",").filter((part) => !part.startsWith("link_down="));
    const moved = parts.map((part) => (part.startsWith("bridge=") ? `bridge=${bridge}` : part));
    return [[slot, [...moved, ...(place.bridge === common ? [] : ["link_down=1"])].join(",")] as const];
  });
  return Object.fromEntries(cards);
}

/** Whether some card takes a VLAN, which the bridge has to know. */
export function usesVlans(cards: Lines): boolean {
  return cardsOf(cards).some(({ place, trunks }) => place?.vlan !== undefined || trunks !== undefined);
}
