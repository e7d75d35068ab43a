import { dependenciesOf, neededBy } from "./dependencies";
import { type Guest } from "./guest";
import { type Observation, type ObservedGuest } from "./observation";
import { type Finding } from "./problem";
import { guestId } from "./units/guest-id";

/** What keeps guests from starting in an order in which each finds what it needs. */
export function startupFindings(guests: readonly Guest[], observation: Observation | undefined): Finding[] {
  return [...loopFindings(guests), ...orderFindings(guests, observation)];
}

function loopFindings(guests: readonly Guest[]): Finding[] {
  return dependenciesOf(guests).loops.map((loop) => {
    const names = loop.map((vmid) => guests.find((guest) => guest.vmid === vmid)?.name ?? String(vmid));
    const [first = ""] = names;
    const advice =
      `${names.join(", ")} need each other in a circle, so none of them can be the first to serve after all were off; ` +
      "take the dependsOn out of the one that can start without the others";
    return { path: `guest ${String(loop[0])} "${first}"`, advice };
  });
}

/** PVE starts guests by their order and then by their VMIDs; those without an order come last. HA heeds none of it. */
function orderFindings(guests: readonly Guest[], observation: Observation | undefined): Finding[] {
  const { places } = dependenciesOf(guests);
  const watched = new Set(
    (observation?.highAvailability?.items ?? []).flatMap(({ kind, id }) => (kind === "resource" ? [id] : [])),
  );
  const started = (guest: Guest | undefined): ObservedGuest | undefined => {
    const seen = observation?.guests.items.find(({ vmid }) => vmid === guest?.vmid);
    return guest === undefined || watched.has(guestId(guest.kind, guest.vmid)) || seen?.onBoot !== true
      ? undefined
      : seen;
  };
  const wrong = guests.flatMap((guest) => {
    const own = started(guest);
    return neededBy(guest, guests).flatMap((vmid) => {
      const needed = guests.find((one) => one.vmid === vmid);
      const other = started(needed);
      if (own === undefined || needed === undefined || other?.node !== own.node) return [];
      // In a circle no order helps.
      if (places.get(vmid) === places.get(guest.vmid) || isBefore(other, own)) return [];
      return [{ guest, needed }];
    });
  });
  return wrong.map(({ guest, needed }) => {
    const commands = [needed, guest].map(
      ({ kind, vmid }) => `${kind === "ct" ? "pct" : "qm"} set ${vmid} --startup order=${places.get(vmid) ?? 1}`,
    );
    const advice = `it needs ${needed.name}, and ${guest.node} starts it before that; \`${commands.join("; ")}\` on the node puts them in order`;
    return { path: `guest ${guestId(guest.kind, guest.vmid)} "${guest.name}"`, advice };
  });
}

function isBefore(one: ObservedGuest, other: ObservedGuest): boolean {
  const [first, second] = [one.startOrder ?? Infinity, other.startOrder ?? Infinity];
  return first === second ? one.vmid < other.vmid : first < second;
}
