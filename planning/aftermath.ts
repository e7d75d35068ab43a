import { type Copy, type Model } from "./model";
import { type Loss, withinOf } from "./loss";
import { INTERNET_ID } from "./places";
import { versionGap, type VersionGap } from "./version-history";

/** What some losses leave of a site. */
export interface Aftermath {
  /** Places that are gone. */
  readonly gone: ReadonlySet<string>;
  /** Whether the way to the internet is gone and the site is not. */
  readonly cutOff: boolean;
  /** Whether the site lost its power and has it again; nothing is gone by that. */
  readonly power: boolean;
  /** Days after which guests' data was found to be spoilt; undefined when it is not. */
  readonly spoiltDays: number | undefined;
  /** Copies that can still be read. */
  readonly whole: ReadonlySet<Copy>;
  /** Seconds of work that are lost when a service comes back from a copy; undefined for one that cannot bring it back. */
  readonly lostWith: (copy: Copy) => number | undefined;
}

/** Tells what losses leave of a site. Made once for a model: what it works out for one loss serves the next. */
export function aftermathOf(model: Model): (losses: readonly Loss[]) => Aftermath {
  const within = withinOf(model.places);
  return (losses) => {
    const gone = goneWith(model, losses, within);
    const stolen = openedBy(
      model,
      losses.flatMap((loss) => (loss.kind === "credential" ? [loss.credential] : [])),
    );
    const keys = lostKeys(model, losses, gone);
    const whole = new Set(model.copies.filter((copy) => isWhole(copy, gone, stolen, keys)));
    const days = losses.flatMap((loss) => (loss.kind === "spoilt" ? [loss.noticedAfterDays] : []));
    const spoiltDays = days.length === 0 ? undefined : Math.max(...days);
    const lostWith = (copy: Copy) => {
      if (!whole.has(copy)) return undefined;
      if (spoiltDays !== undefined) return gapOf(copy, spoiltDays);
      return copy.kind === "live" ? 0 : copy.interval + copy.lag.estimate;
    };
    const cutOff = gone.has(INTERNET_ID) && !model.places.some(({ id, kind }) => kind === "site" && gone.has(id));
    const power = losses.some(({ kind }) => kind === "power");
    return { gone, cutOff, power, spoiltDays, whole, lostWith };
  };
}

/** Credentials that somebody has who stole some: those, and what they open. */
export function openedBy({ credentials }: Model, stolen: readonly string[]): ReadonlySet<string> {
  const opened = new Set<string>();
  const open = (id: string) => {
    if (opened.has(id)) return;
    opened.add(id);
    for (const next of credentials.find((credential) => credential.id === id)?.opens ?? []) open(next);
  };
  stolen.forEach(open);
  return opened;
}

/** Whether somebody who has these credentials can destroy a copy. */
export function isDestroyed({ destroyedBy }: Copy, opened: ReadonlySet<string>): boolean {
  return destroyedBy.some((needed) => needed.length > 0 && needed.every((id) => opened.has(id)));
}

function isWhole(
  copy: Copy,
  gone: ReadonlySet<string>,
  stolen: ReadonlySet<string>,
  keys: ReadonlySet<string>,
): boolean {
  if (gone.has(copy.at) || isDestroyed(copy, stolen)) return false;
  return copy.key === undefined || !keys.has(copy.key);
}

function goneWith(
  { places }: Model,
  losses: readonly Loss[],
  within: (id: string) => ReadonlySet<string>,
): ReadonlySet<string> {
  const disks = new Map<string, number>();
  const gone = new Set<string>();
  for (const loss of losses) {
    if (loss.kind === "place") for (const id of within(loss.place)) gone.add(id);
    if (loss.kind === "power" && loss.cutOff) for (const id of within(INTERNET_ID)) gone.add(id);
    if (loss.kind !== "disk") continue;
    const group = `${loss.pool}#${loss.group}`;
    disks.set(group, (disks.get(group) ?? 0) + 1);
    const spare = places.find(({ id }) => id === loss.pool)?.disks[loss.group]?.spare ?? 0;
    if ((disks.get(group) ?? 0) > spare) for (const id of within(loss.pool)) gone.add(id);
  }
  for (const { id, heldBy = [] } of places) if (heldBy.length > 0 && heldBy.every((one) => gone.has(one))) gone.add(id);
  return gone;
}

/** Keys that are lost themselves, and those of which every place is gone. */
function lostKeys({ keys }: Model, losses: readonly Loss[], gone: ReadonlySet<string>): ReadonlySet<string> {
  const named = losses.flatMap((loss) => (loss.kind === "key" ? [loss.key] : []));
  const nowhere = keys.filter(({ at }) => at.every((place) => gone.has(place))).map(({ id }) => id);
  return new Set([...named, ...nowhere]);
}

/** Work lost by going back to before a deletion. Only what keeps versions can; the guests' own disks and replicas follow them. */
function gapOf({ retention, interval }: Copy, days: number): number | undefined {
  if (retention === undefined) return undefined;
  const name = JSON.stringify([retention, interval]);
  let gap = GAPS.get(name);
  if (gap === undefined) GAPS.set(name, (gap = versionGap(retention, interval)));
  return gap(days);
}

/** A site has few retentions, and each is gone through once. */
const GAPS = new Map<string, VersionGap>();
