import { type DrHostSettings } from "../../estate/dr-host-settings";
import { type Problem } from "../../estate/problem";
import { dayOf, isOver } from "../../estate/units/day";
import { networkPlaceText, type NetworkPlace } from "../../estate/units/network-place";
import { toBytes } from "../../estate/units/size";
import { type HostGuest, type HostSeen } from "./host-seen";
import { type MovedGuest } from "./moved-guest";
import { vlansOf } from "./network-card";

/** A guest that is to come, and the bytes of its disks. */
export interface ComingGuest extends MovedGuest {
  /** Bytes of its disks. */
  readonly bytes: number;
  /** Storages of the host on which they are to lie. */
  readonly onStorages: readonly string[];
}

/** All that keeps guests from coming to a host; empty when they can. Nothing of the host is touched before it is. */
export function hostProblems(settings: DrHostSettings, host: HostSeen, coming: readonly ComingGuest[]): Problem[] {
  return [
    ...exposureProblems(settings, host),
    ...coming.flatMap(({ problems }) => problems),
    ...coming.flatMap((guest) => numberProblems(guest, host)),
    ...networkProblems(settings, host, coming),
    ...coming.flatMap((guest) => coreProblems(guest, host)),
    ...memoryProblems(settings, host, coming),
    ...storageProblems(host, coming),
  ];
}

/** That nobody accepted, or does no more, who can read what. */
export function exposureProblems(
  { exposure, home }: DrHostSettings,
  { at, node }: Pick<HostSeen, "at" | "node">,
): Problem[] {
  const cure = "write who decides it, why, and until when: exposure: {who: …, why: …, until: …}";
  const read = `whoever is root on ${node} can read all that runs there, and the key of all backups of ${home}`;
  if (exposure === undefined) return [{ path: "exposure", expected: `somebody who accepts that ${read}`, cure }];
  if (!isOver(exposure.until, dayOf(at.toISOString()))) return [];
  const expected = `an acceptance that counts today: ${exposure.who} accepted until ${exposure.until} that ${read}`;
  return [{ path: "exposure.until", expected, cure: "decide again, and write another day" }];
}

function numberProblems({ of, vmid }: ComingGuest, { guests, volumes, jobs }: HostSeen): Problem[] {
  const cure = "choose another guests.offset";
  const path = "guests.offset";
  const free = `a free number for ${of}, and ${vmid}`;
  const taken = guests.find((guest) => guest.vmid === vmid);
  if (taken !== undefined) return [{ path, expected: `${free} is ${nameOf(taken)} on ${taken.node}`, cure }];
  const own = volumes.get(vmid) ?? [];
  if (own.length > 0) return [{ path, expected: `${free} has volumes already: ${own.join(", ")}`, cure }];
  const job = jobs.find(({ vmids }) => vmids?.includes(vmid) === true);
  return job === undefined ? [] : [{ path, expected: `${free} is in the host's own backup job ${job.id}`, cure }];
}

function networkProblems(settings: DrHostSettings, host: HostSeen, coming: readonly ComingGuest[]): Problem[] {
  const places = new Map<string, NetworkPlace>();
  for (const place of coming.flatMap(({ networks }) => networks)) places.set(networkPlaceText(place), place);
  const wrong = [...places.values()].flatMap((place) => placeProblems(place, settings, host));
  return [...wrong, ...unsaidProblems(settings, host, [...places.values()])];
}

function placeProblems(
  place: NetworkPlace,
  { host: { wan, vlans = [] }, cloud }: DrHostSettings,
  host: HostSeen,
): Problem[] {
  const { bridge, vlan } = place;
  const name = networkPlaceText(place);
  const path = "networks";
  const found = host.interfaces.find((one) => one.name === bridge && one.isBridge);
  // A node of one's own routes for what is behind that bridge: its address there is the way out.
  if (cloud?.bridge === bridge && found !== undefined && vlan === undefined) return [];
  if (wan.includes(bridge))
    return [{ path, expected: `no card on the host's way to the internet, and ${name} is on it`, cure: OTHER_VLAN }];
  if (found === undefined)
    return [{ path, expected: `a bridge of ${host.node}, got ${bridge}, which it does not have`, cure: OTHER_VLAN }];
  const users = host.guests.filter(({ cards }) => cards.some((card) => card.place?.bridge === bridge));
  if (vlan === undefined) {
    const [user] = users;
    const why = found.hasAddress ? "the node's own network" : found.hasPorts ? "a cable behind it" : undefined;
    const shared = why ?? (user === undefined ? undefined : `${nameOf(user)} on it`);
    if (shared === undefined) return [];
    return [{ path, expected: `a network of their own, and ${name} has ${shared}`, cure: OTHER_VLAN }];
  }
  if (!found.vlanAware)
    return [{ path, expected: `a bridge that tells VLANs apart, and ${bridge} does not`, cure: OTHER_VLAN }];
  const user = vlanUser(place, host, vlans);
  if (user === undefined) return [];
  return [{ path, expected: `a VLAN that the host does not use, and ${name} is used by ${user}`, cure: OTHER_VLAN }];
}

const OTHER_VLAN = "lead it to a VLAN that nobody uses there (lan/3210), or to a bridge without a cable";

/** Who uses a VLAN of the host; undefined for nobody who can be seen, or was named. */
function vlanUser({ bridge, vlan }: NetworkPlace, host: HostSeen, said: readonly number[]): string | undefined {
  const own = host.interfaces.find((one) => one.vlan?.of === bridge && one.vlan.id === vlan);
  if (own !== undefined) return `the node itself (${own.name})`;
  const guest = host.guests.find(({ cards }) =>
    cards.some((card) => {
      const vlans = vlansOf(card);
      return card.place?.bridge === bridge && vlans !== "all" && vlan !== undefined && vlans.includes(vlan);
    }),
  );
  if (guest !== undefined) return nameOf(guest);
  return vlan !== undefined && said.includes(vlan) ? "its owner (host.vlans)" : undefined;
}

/** Guests of the host that get every VLAN of a bridge: which they use, only their owner knows. */
export function listeners({ guests }: HostSeen, places: readonly NetworkPlace[]): HostGuest[] {
  const shared = new Set(places.filter(({ vlan }) => vlan !== undefined).map(({ bridge }) => bridge));
  return guests.filter(({ cards }) =>
    cards.some((card) => card.place !== undefined && shared.has(card.place.bridge) && vlansOf(card) === "all"),
  );
}

function unsaidProblems({ host: { vlans } }: DrHostSettings, host: HostSeen, places: readonly NetworkPlace[]) {
  const heard = listeners(host, places);
  if (vlans !== undefined || heard.length === 0) return [];
  const expected = `the VLANs that its owner uses: ${heard.map(nameOf).join(", ")} get every VLAN, and PVE does not show which they use`;
  return [{ path: "host.vlans", expected, cure: "ask the owner, and write them: host.vlans: [200, 210]" }];
}

function coreProblems({ of, name, cores }: ComingGuest, { node, threads }: HostSeen): Problem[] {
  if (cores <= threads) return [];
  const expected = `at most the ${threads} threads of ${node} for ${name}: PVE starts none that has more`;
  return [
    { path: `size.guests.${of}.cores`, expected, got: String(cores), cure: "give it fewer, or set size.mostCores" },
  ];
}

function memoryProblems(settings: DrHostSettings, host: HostSeen, coming: readonly ComingGuest[]): Problem[] {
  const needed = coming.reduce((sum, { memory }) => sum + memory, 0);
  const free = freeMemory(settings, host);
  if (needed <= free) return [];
  const expected =
    `at most ${gibibytes(free)} for all: ${host.node} has ${gibibytes(host.memory)}, of which its own guests have ` +
    `${gibibytes(ownMemory(host))} and the node keeps ${settings.host.reserve}`;
  const cure = "give guests less (size.guests), or leave some out (guests.without)";
  return [{ path: "size", expected, got: gibibytes(needed), cure }];
}

function freeMemory({ host: { reserve } }: DrHostSettings, host: HostSeen): number {
  return Math.max(0, host.memory - ownMemory(host) - toBytes(reserve));
}

function ownMemory({ guests, node }: HostSeen): number {
  return guests.reduce((sum, guest) => sum + (guest.node === node && guest.counts ? guest.memory : 0), 0);
}

function storageProblems({ node, storages }: HostSeen, coming: readonly ComingGuest[]): Problem[] {
  const needed = new Map<string, number>();
  for (const { onStorages, bytes } of coming)
    for (const storage of onStorages) needed.set(storage, (needed.get(storage) ?? 0) + bytes / onStorages.length);
  return [...needed].flatMap(([storage, bytes]) => {
    const path = "storages";
    const found = storages.find((one) => one.storage === storage);
    if (found === undefined)
      return [
        { path, expected: `a storage of ${node} for disks, got ${storage}`, cure: `say which: ${storage}: <storage>` },
      ];
    if (bytes <= found.free) return [];
    const expected = `room for ${gibibytes(bytes)} on ${storage}, which has ${gibibytes(found.free)} free`;
    return [{ path, expected, cure: "lead disks to another storage, or leave guests out (guests.without)" }];
  });
}

/** `firewall (110)`. */
export function nameOf({ name, vmid }: Pick<HostGuest, "name" | "vmid">): string {
  return name === "" ? `guest ${vmid}` : `${name} (${vmid})`;
}

function gibibytes(bytes: number): string {
  return `${(bytes / 1024 ** 3).toFixed(1)} GiB`;
}
