import { type Guest } from "./guest";

/** Guests that provide what a guest depends on, by VMID; services of the cluster and of the backup are no guests. */
export function neededBy({ vmid, dependsOn, variant }: Guest, guests: readonly Guest[]): number[] {
  const providers = dependsOn.map((service) => service.split(":")[0] ?? service);
  const known = providersOf(guests);
  const named = providers.flatMap((provider) => {
    const candidates = known.get(provider) ?? [];
    const own = candidates.find((candidate) => candidate.variant === variant);
    return own?.vmid ?? candidates[0]?.vmid ?? [];
  });
  return [...new Set(named)].filter((needed) => needed !== vmid).toSorted((a, b) => a - b);
}

/** Guests by the names under which others depend on them: their own, and that of their module. Made once for a list. */
function providersOf(guests: readonly Guest[]): ReadonlyMap<string, readonly Guest[]> {
  const before = PROVIDERS.get(guests);
  if (before !== undefined) return before;
  const providers = new Map<string, Guest[]>();
  for (const guest of guests) {
    const module = /^modules\/(.*)\.json$/.exec(guest.source)?.[1];
    for (const name of new Set([guest.name, module ?? guest.name])) {
      const same = providers.get(name);
      if (same === undefined) providers.set(name, [guest]);
      else same.push(guest);
    }
  }
  PROVIDERS.set(guests, providers);
  return providers;
}

const PROVIDERS = new WeakMap<readonly Guest[], ReadonlyMap<string, readonly Guest[]>>();

/** What guests need of each other. */
export interface Dependencies {
  /** Groups of guests that need each other in a circle, by VMID; none of them can be the first to start. */
  readonly loops: readonly (readonly number[])[];
  /** Place of each guest in the order of starts, from 1; guests of one place need nothing of each other. */
  readonly places: ReadonlyMap<number, number>;
}

/** The order in which guests can start; of a loop, all have one place. */
export function dependenciesOf(guests: readonly Guest[]): Dependencies {
  const needs = new Map(guests.map((guest) => [guest.vmid, neededBy(guest, guests)]));
  const reached = new Map([...needs.keys()].map((vmid) => [vmid, reachedFrom(vmid, needs)]));
  const inLoopWith = (vmid: number) => [...(reached.get(vmid) ?? [])].filter((other) => reached.get(other)?.has(vmid));
  const loops = [...needs.keys()]
    .map((vmid) => inLoopWith(vmid).sort((a, b) => a - b))
    .filter((loop, _, all) => loop.length > 0 && all.find(([first]) => first === loop[0]) === loop);
  const places = new Map<number, number>();
  const placeOf = (vmid: number): number => {
    const known = places.get(vmid);
    if (known !== undefined) return known;
    const own = reached.get(vmid) ?? new Set();
    const before = [...own].filter((other) => reached.get(other)?.has(vmid) !== true).map(placeOf);
    const place = 1 + Math.max(0, ...before);
    places.set(vmid, place);
    return place;
  };
  for (const vmid of [...needs.keys()].sort((a, b) => a - b)) placeOf(vmid);
  return { loops, places };
}

/** Guests that need each guest, near or far, by its VMID; itself never. */
export function dependentsOf(guests: readonly Guest[]): ReadonlyMap<number, readonly Guest[]> {
  const needs = new Map(guests.map((guest) => [guest.vmid, neededBy(guest, guests)]));
  const found = new Map<number, Guest[]>();
  for (const guest of guests) {
    for (const needed of reachedFrom(guest.vmid, needs)) {
      if (needed === guest.vmid) continue;
      const known = found.get(needed);
      if (known === undefined) found.set(needed, [guest]);
      else known.push(guest);
    }
  }
  return found;
}

/** Everything that a guest needs, near and far; itself only in a loop. */
function reachedFrom(vmid: number, needs: ReadonlyMap<number, readonly number[]>): Set<number> {
  const found = new Set<number>();
  const open = [...(needs.get(vmid) ?? [])];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (found.has(next)) continue;
    found.add(next);
    open.push(...(needs.get(next) ?? []));
  }
  return found;
}
