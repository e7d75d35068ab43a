import { type Model, type Place, type PlaceKind } from "./model";

/** Something that can go wrong. */
export type Loss = { readonly id: string; readonly name: string } & (
  | { readonly kind: "place"; readonly place: string; readonly placeKind: PlaceKind }
  | { readonly kind: "disk"; readonly pool: string; readonly group: number }
  | { readonly kind: "credential"; readonly credential: string }
  | { readonly kind: "key"; readonly key: string }
  | { readonly kind: "spoilt"; readonly noticedAfterDays: number }
  | { readonly kind: "power"; readonly cutOff: boolean }
);

/** Days after which a deletion is noticed, for each of which there is a row. */
export const DELETION_DAYS: readonly number[] = [1, 7, 30, 90, 365];

/** Every single thing that can go wrong with a site, the smaller first. */
export function singleLosses(model: Model): Loss[] {
  const { places, credentials, keys } = model;
  return [
    ...places.flatMap(diskLosses),
    ...inOrder(places).map(({ id, name, kind }): Loss => ({ id, name, kind: "place", place: id, placeKind: kind })),
    ...credentials.map(({ id, name }): Loss => ({ id, name: `theft of ${name}`, kind: "credential", credential: id })),
    ...keys.map(({ id, name }): Loss => ({ id, name: `${name}, everywhere it lies`, kind: "key", key: id })),
    ...POWER_CUTS,
    { id: "update", name: "a bad update of a guest, noticed the next day", kind: "spoilt", noticedAfterDays: 1 },
    ...DELETION_DAYS.map((days): Loss => ({
      id: `deletion:${days}`,
      name: `something deleted in a guest, noticed after ${days === 1 ? "a day" : `${days} days`}`,
      kind: "spoilt",
      noticedAfterDays: days,
    })),
  ];
}

/** Nothing is destroyed by them: all nodes lose their power at once, and start again when it is back. */
const POWER_CUTS: readonly Loss[] = [
  { id: "power", name: "a power cut at the site", kind: "power", cutOff: false },
  {
    ...{ id: "power:internet", kind: "power", cutOff: true },
    name: "a power cut at the site while the way to the internet is gone",
  },
];

/** Losses that can take something. A power cut takes nothing: together with one it is that one, and as a pair it would tell nobody anything. */
export function takingLosses(model: Model): Loss[] {
  return singleLosses(model).filter(({ kind }) => kind !== "power");
}

/** Every pair of them. */
export function pairsOf(losses: readonly Loss[]): [Loss, Loss][] {
  return losses.flatMap((one, index) => losses.slice(index + 1).map((other): [Loss, Loss] => [one, other]));
}

/** Places with all that is lost with them, by their identifiers. */
export function withinOf(places: readonly Place[]): (id: string) => ReadonlySet<string> {
  const children = new Map<string, string[]>();
  for (const { id, within } of places) {
    if (within === undefined) continue;
    const siblings = children.get(within);
    if (siblings === undefined) children.set(within, [id]);
    else siblings.push(id);
  }
  const known = new Map<string, ReadonlySet<string>>();
  const all = (id: string): ReadonlySet<string> => {
    const before = known.get(id);
    if (before !== undefined) return before;
    const set = new Set([id, ...(children.get(id) ?? []).flatMap((child) => [...all(child)])]);
    known.set(id, set);
    return set;
  };
  return all;
}

/** Disks of one group stand in for each other, so that one of them stands for all; a group that can lose two shows in the pairs. */
function diskLosses({ id, name, disks }: Place): Loss[] {
  return disks.flatMap(({ disks: members }, group) =>
    members.map((disk): Loss => ({
      id: `disk:${id}/${disk}`,
      name: `disk ${disk} of ${name}`,
      kind: "disk",
      pool: id,
      group,
    })),
  );
}

const ORDER: readonly PlaceKind[] = [
  "pool",
  "node",
  "server",
  "control",
  "internet",
  "tunnel",
  "off-site",
  "site",
  "shelf",
];

function inOrder(places: readonly Place[]): Place[] {
  return places.toSorted((a, b) => ORDER.indexOf(a.kind) - ORDER.indexOf(b.kind));
}
