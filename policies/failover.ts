import { ifKnown, ofType, type DeclaredInStack } from "./rule";
import { HA_RESOURCE, HA_RULE, PROXMOX_HA_RESOURCE, PROXMOX_HA_RULE } from "./types";

/** A rule that bounds where guests may run. */
export interface Bound {
  /** Name in the program. */
  readonly name: string;
  /** The guests, `vm:101`. */
  readonly guests: readonly string[];
  /** The nodes. */
  readonly nodes: readonly string[];
}

/** Guests that HA moves, `vm:101`. */
export function movingGuests(resources: readonly DeclaredInStack[]): string[] {
  return ofType(resources, HA_RESOURCE, PROXMOX_HA_RESOURCE).map(guestOf);
}

/** The number of a guest, `vm:101`. */
export function vmidOf(guest: string): number {
  return Number(guest.split(":")[1]);
}

/** Rules that bound guests to nodes. A guest that is not known yet is known by the resource from which it comes. */
export function boundsOf(resources: readonly DeclaredInStack[]): Bound[] {
  const moving = ofType(resources, HA_RESOURCE, PROXMOX_HA_RESOURCE);
  return ofType(resources, HA_RULE, PROXMOX_HA_RULE)
    .filter(({ type, props }) => type === HA_RULE || props["type"] === "node-affinity")
    .map(({ type, name, props, from }) => {
      const key = type === HA_RULE ? "guests" : "resources";
      const sources = from(key);
      const named = moving.filter(({ urn }) => sources.includes(urn)).map(guestOf);
      return {
        name,
        guests: [...new Set([...named, ...knownTexts(() => props[key])])],
        nodes: nodesOf(props["nodes"]),
      };
    });
}

function guestOf({ type, props }: DeclaredInStack): string {
  return String(props[type === HA_RESOURCE ? "guest" : "resourceId"]);
}

/** `tappaas1:2` of ours, and the names of a map of the engine's provider. */
function nodesOf(nodes: unknown): string[] {
  if (!Array.isArray(nodes)) return Object.keys(nodes ?? {});
  return nodes.map((node) => String(node).split(":")[0] ?? "");
}

/** Members of a list that are known. */
function knownTexts(read: () => unknown): string[] {
  const list = ifKnown(read) as readonly string[] | undefined;
  return Array.from({ length: list?.length ?? 0 }, (_, at) => ifKnown(() => list?.[at])).flatMap((one) => one ?? []);
}
