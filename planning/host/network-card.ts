import { networkPlaceText, parseNetworkPlace, type NetworkPlace } from "../../estate/units/network-place";

/** A network card of a guest, as its line says it. */
export interface NetworkCard {
  /** Name of the line: `net0`. */
  readonly slot: string;
  /** The line. */
  readonly line: string;
  /** Where it leads; undefined for one without a bridge, which PVE leads through the node's own network. */
  readonly place: NetworkPlace | undefined;
  /** VLANs that it gets besides, as PVE writes them: `200;210`. */
  readonly trunks: string | undefined;
}

/** Network cards among the lines of a guest's configuration. */
export function cardsOf(lines: Readonly<Record<string, string>>): NetworkCard[] {
  const cards = Object.entries(lines).filter(([name]) => /^net\d+$/.test(name));
  return cards.map(([slot, line]) => {
    const options = optionsOf(line);
    const bridge = options.get("bridge");
    const tag = options.get("tag");
    const vlan = tag === undefined ? undefined : Number(tag);
    return { slot, line, place: bridge === undefined ? undefined : { bridge, vlan }, trunks: options.get("trunks") };
  });
}

/** VLANs of a bridge that a card gets: some, or `all` that pass it. Source: PVE, `man pve-bridge`, a card without tag and trunks. */
export function vlansOf({ place, trunks }: NetworkCard): readonly number[] | "all" {
  const own = place?.vlan === undefined ? [] : [place.vlan];
  if (trunks === undefined) return place?.vlan === undefined ? "all" : own;
  return [...own, ...trunks.split(";").flatMap(rangeOf)];
}

/** What became of a card in another place. */
export type MovedCard =
  | { readonly is: "moved"; readonly line: string; readonly to: NetworkPlace }
  | { readonly is: "gone" }
  | { readonly is: "wrong"; readonly expected: string; readonly cure: string };

/**
 * A card in another place, with an address of its own.
 * @param networks Network there for each network here, or `none`: `{"lan/210": "lan/3210"}`.
 * @param address Its new address, `BC:24:11:0A:0B:0C`.
 */
export function movedCard(card: NetworkCard, networks: Readonly<Record<string, string>>, address: string): MovedCard {
  const { place, trunks, slot } = card;
  if (place === undefined) {
    const expected = `a bridge for ${slot}: without one PVE leads it through the host's own network`;
    return { is: "wrong", expected, cure: "leave the guest out (guests.without), or give the card a bridge at home" };
  }
  const from = networkPlaceText(place);
  const to = networks[from];
  if (to === undefined) {
    const cure = `say where it leads on the host: "${from}: <bridge>/<VLAN>", or "${from}: none" to take the card away`;
    return { is: "wrong", expected: `a network of the host for ${from}, in which ${slot} is`, cure };
  }
  if (to === "none") return { is: "gone" };
  const target = parseNetworkPlace(to);
  if (trunks !== undefined && target.vlan !== undefined) {
    const cure = `lead ${from} to a bridge of the host that has no cable, without a VLAN`;
    return { is: "wrong", expected: `a network in which ${slot} can have its VLANs ${trunks} as they are`, cure };
  }
  return { is: "moved", line: movedLine(card.line, target, address), to: target };
}

const MAC = /^([\w-]+)=(?:[0-9A-F]{2}:){5}[0-9A-F]{2}$/i;

function movedLine(line: string, { bridge, vlan }: NetworkPlace, address: string): string {
  const parts = line.split(",").filter((part) => !part.startsWith("tag="));
  const moved = parts.map((part) => {
    if (part.startsWith("bridge="))
      return [`bridge=${bridge}`, ...(vlan === undefined ? [] : [`tag=${vlan}`])].join(",");
    const key = MAC.exec(part)?.[1];
    return key === undefined ? part : `${key}=${address}`;
  });
  return moved.join(",");
}

function optionsOf(line: string): ReadonlyMap<string, string> {
  const pairs = line.split(",").map((part): [string, string] => {
    const mark = part.indexOf("=");
    return mark < 0 ? [part, ""] : [part.slice(0, mark), part.slice(mark + 1)];
  });
  return new Map(pairs);
}

/** `200`, or `200-203`. */
function rangeOf(text: string): number[] {
  const [first = 0, last = first] = text.split("-").map(Number);
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, index) => first + index);
}
