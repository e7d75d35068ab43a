import { type Guest } from "./guest";
import { type Inventory } from "./inventory";
import { type ObservedGuest, type Observation } from "./observation";
import { sizeOf } from "./units/size";

/** The inventory of a site that has no other list of its guests: every guest that was seen, in the backup unless it is excused. */
export function observedInventory({ guests }: Observation): Inventory {
  const seen = guests.items.filter(({ template }) => template !== true).map(guestOf);
  return { domain: undefined, nodes: undefined, guests: seen, backup: undefined };
}

/** A guest as the observation knows it. */
export function guestOf(seen: ObservedGuest): Guest {
  const { vmid, kind, name, node, disks, cores, memory } = seen;
  const [first] = disks.filter(({ storage }) => storage !== undefined);
  return {
    vmid,
    kind,
    name: name === "" ? `${kind}-${vmid}` : name,
    node,
    storage: first?.storage ?? "local",
    cores,
    memory: memory === undefined ? undefined : sizeOf(memory),
    disk: first?.size === undefined ? undefined : sizeOf(first.size),
    zone: undefined,
    class: undefined,
    variant: undefined,
    dependsOn: [],
    backup: { covered: true, because: "default" },
    ha: undefined,
    source: `observed.json: guest ${vmid}`,
  };
}
