import { dependenciesOf, neededBy } from "./dependencies";
import { type Guest } from "./guest";
import { type Observation, type ObservedGuest } from "./observation";
import { type Finding } from "./problem";
import { type StartupPlace } from "./startup-plan";
import { guestId } from "./units/guest-id";

/** What keeps guests from starting in an order in which each finds what it needs. */
export function startupFindings(
  guests: readonly Guest[],
  observation: Observation | undefined,
  written: readonly StartupPlace[] = [],
): Finding[] {
  return [
    ...loopFindings(guests),
    ...leftOffFindings(guests, observation),
    ...orderFindings(guests, observation, new Set(written.map(({ guest }) => guest.vmid))),
    ...unheededFindings(written, observation),
  ];
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

/** A guest that nothing starts stays off after a power cut, and those that need it come up for nothing. */
function leftOffFindings(guests: readonly Guest[], observation: Observation | undefined): Finding[] {
  const watched = watchedIn(observation);
  const isStarted = (guest: Guest): boolean | undefined => {
    const seen = observation?.guests.items.find(({ vmid }) => vmid === guest.vmid);
    if (seen === undefined || observation?.highAvailability?.complete === false) return undefined;
    // One that fails over is watched as soon as it is declared.
    return seen.onBoot === true || watched.has(guestId(guest.kind, guest.vmid)) || guest.ha !== undefined;
  };
  return guests.flatMap((needed) => {
    if (isStarted(needed) !== false) return [];
    const waiting = guests.filter(
      (guest) => isStarted(guest) === true && neededBy(guest, guests).includes(needed.vmid),
    );
    if (waiting.length === 0) return [];
    const { kind, vmid, name, node } = needed;
    const command = `${kind === "ct" ? "pct" : "qm"} set ${vmid} --onboot 1`;
    const advice =
      `nothing starts it when ${node} starts, and ${waiting.map((guest) => guest.name).join(", ")}, which start by themselves, need it; ` +
      `\`${command}\` on the node lets it start`;
    return [{ path: `guest ${guestId(kind, vmid)} "${name}"`, advice }];
  });
}

/** PVE starts guests by their order and then by their VMIDs; those without an order come last. HA heeds none of it. */
function orderFindings(
  guests: readonly Guest[],
  observation: Observation | undefined,
  written: ReadonlySet<number>,
): Finding[] {
  const { places } = dependenciesOf(guests);
  const watched = watchedIn(observation);
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
      // The program puts them right itself.
      if (written.has(vmid) && written.has(guest.vmid)) return [];
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

/** An order that is written and that nobody heeds: somebody put the guest under HA by hand. */
function unheededFindings(written: readonly StartupPlace[], observation: Observation | undefined): Finding[] {
  const watched = watchedIn(observation);
  return written.flatMap(({ guest: { kind, vmid, name } }) => {
    const id = guestId(kind, vmid);
    if (!watched.has(id)) return [];
    const advice =
      "HA starts it and heeds no startup order, so the one that is written counts for nothing; what needs it has to wait for it by itself";
    return [{ path: `guest ${id} "${name}"`, advice }];
  });
}

function watchedIn(observation: Observation | undefined): Set<string> {
  return new Set(
    (observation?.highAvailability?.items ?? []).flatMap(({ kind, id }) => (kind === "resource" ? [id] : [])),
  );
}

function isBefore(one: ObservedGuest, other: ObservedGuest): boolean {
  const [first, second] = [one.startOrder ?? Infinity, other.startOrder ?? Infinity];
  return first === second ? one.vmid < other.vmid : first < second;
}
