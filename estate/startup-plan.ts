import { dependenciesOf, neededBy } from "./dependencies";
import { type Failover } from "./failover";
import { type Guest } from "./guest";
import { type Observation } from "./observation";
import { type Settings } from "./settings";
import { type Duration } from "./units/duration";

/** A guest whose place in its node's start the program writes. */
export interface StartupPlace {
  /** The guest. */
  readonly guest: Guest;
  /** Its place; the lowest starts first. */
  readonly order: number;
  /** How long the node waits after it; undefined where that stays as it is. */
  readonly pause: Duration | undefined;
}

/**
 * Places of the guests that need each other and that no failover watches: HA heeds no order. A place that a guest has and that fits
 * stays; guests that need nothing, and that nothing needs, are left alone, and so is one that nobody has seen yet.
 */
export function startupPlanOf(
  { startup }: Settings,
  guests: readonly Guest[],
  failover: Failover,
  observation: Observation | undefined,
): StartupPlace[] {
  if (!startup.ordered) return [];
  const watched = new Set(failover.guests.map(({ guest }) => guest.vmid));
  const seen = new Map((observation?.guests.items ?? []).map((guest) => [guest.vmid, guest]));
  const own = guests.filter(({ vmid }) => seen.has(vmid) && !watched.has(vmid));
  const needs = new Map(own.map((guest) => [guest.vmid, neededBy(guest, own)]));
  const needed = new Set([...needs.values()].flat());
  const { places } = dependenciesOf(own);
  const rank = ({ vmid }: Guest) => places.get(vmid) ?? 1;
  const orders = new Map<number, number>();
  // What is needed comes first, so that its order is known by then.
  for (const guest of own.toSorted((a, b) => rank(a) - rank(b) || a.vmid - b.vmid)) {
    const before = (needs.get(guest.vmid) ?? []).filter((vmid) => places.get(vmid) !== rank(guest));
    const least = 1 + Math.max(0, ...before.map((vmid) => orders.get(vmid) ?? 0));
    const present = seen.get(guest.vmid)?.startOrder ?? 0;
    orders.set(guest.vmid, present >= least ? present : least);
  }
  const related = own.filter(({ vmid }) => needed.has(vmid) || (needs.get(vmid) ?? []).length > 0);
  return related.map((guest) => {
    const pause = needed.has(guest.vmid) ? startup.pause : undefined;
    return { guest, order: orders.get(guest.vmid) ?? 1, pause };
  });
}
