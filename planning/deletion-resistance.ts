import { isDestroyed, openedBy } from "./aftermath";
import { type Copy, type Model, type Service } from "./model";

/** How many credentials somebody has to steal to destroy every copy of a service. */
export interface DeletionResistance {
  /** The service. */
  readonly service: Service;
  /** Fewest credentials; Infinity when no set of them destroys every copy. */
  readonly count: number;
  /** One such set, by identifier; empty when there is none. */
  readonly credentials: readonly string[];
  /** For so many days it takes more, because what was deleted comes back that long; undefined where it makes no difference. */
  readonly until: { readonly days: number; readonly count: number } | undefined;
}

/**
 * The fewest credentials that destroy every copy of each service: the minimum cut between a thief and the data, found by going
 * through sets of growing size. Credentials that another one opens come with it.
 */
export function deletionResistance(model: Model): DeletionResistance[] {
  const known = new Map<string, Omit<DeletionResistance, "service">>();
  return model.services.map((service) => {
    const copies = model.copies.filter(({ guests }) => guests.has(service.vmid));
    const name = copies.map(({ id }) => id).join("\n");
    const found = known.get(name) ?? resistanceOf(model, copies);
    known.set(name, found);
    return { service, ...found };
  });
}

function resistanceOf(model: Model, copies: readonly Copy[]): Omit<DeletionResistance, "service"> {
  const found = fewest(model, copies);
  const days = Math.max(...copies.map(({ window }) => window?.days ?? 0));
  if (days === 0) return { ...found, until: undefined };
  const atOnce = copies.map((copy) => ({ ...copy, destroyedBy: copy.window?.atOnceBy ?? copy.destroyedBy }));
  const { count } = fewest(model, atOnce);
  return { ...found, until: count === found.count ? undefined : { days, count } };
}

function fewest(model: Model, copies: readonly Copy[]): Pick<DeletionResistance, "count" | "credentials"> {
  const useful = model.credentials
    .map(({ id }) => id)
    .toSorted((a, b) => openedBy(model, [b]).size - openedBy(model, [a]).size);
  const reach = new Map(useful.map((id) => [id, openedBy(model, [id])]));
  const all = new Set(useful);
  if (!copies.every((copy) => isDestroyed(copy, all))) return { count: Infinity, credentials: [] };
  for (let count = 0; count <= useful.length; count += 1) {
    for (const credentials of setsOf(useful, count)) {
      const opened = new Set(credentials.flatMap((id) => [...(reach.get(id) ?? [])]));
      if (copies.every((copy) => isDestroyed(copy, opened))) return { count, credentials };
    }
  }
  return { count: Infinity, credentials: [] };
}

/** Every set of `count` of `items`, in their order. */
function* setsOf(items: readonly string[], count: number, from = 0): Generator<string[]> {
  if (count === 0) {
    yield [];
    return;
  }
  for (let index = from; index <= items.length - count; index += 1) {
    for (const others of setsOf(items, count - 1, index + 1)) yield [items[index] ?? "", ...others];
  }
}
