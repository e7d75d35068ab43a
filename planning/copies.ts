import { isDestroyed, openedBy } from "./aftermath";
import { withinOf } from "./loss";
import { type Copy, type Model, type Place, type Service } from "./model";

/** One digit of 3-2-1-1-0: what is wanted, what is there, and why it counts as that. */
export interface Digit {
  /** What the digit counts. */
  readonly name: "copies" | "media" | "off-site" | "out of a thief's reach" | "unverified";
  /** What is wanted: at least this, and of unverified copies at most. */
  readonly wanted: number;
  /** What there is. */
  readonly found: number;
  /** Whether it is as wanted. */
  readonly met: boolean;
  /** What was counted and what was not. */
  readonly why: string;
}

/** The rule 3-2-1-1-0 for one service, from where its copies really lie. */
export interface CopyCount {
  /** The service. */
  readonly service: Service;
  /** Digits in the rule's order. */
  readonly digits: readonly Digit[];
}

/** Counts the copies of every service. */
export function copies(model: Model): CopyCount[] {
  const known = new Map<string, readonly Digit[]>();
  return model.services.map((service) => {
    const own = model.copies.filter(({ guests }) => guests.has(service.vmid));
    const name = own.map(({ id }) => id).join("\n");
    const digits = known.get(name) ?? digitsOf(model, own);
    known.set(name, digits);
    return { service, digits };
  });
}

/** Formats in which the copies are kept that are read back without the guests' own disks. A replica is those disks once more. */
export function formatsOf({ copies: all }: Model): string[] {
  return all.some(({ kind }) => kind === "backup" || kind === "off-site")
    ? ["backups of whole guests, as Proxmox Backup Server keeps them"]
    : [];
}

function digitsOf(model: Model, own: readonly Copy[]): Digit[] {
  const counted = independent(model, own);
  const skipped = own.filter((copy) => !counted.includes(copy));
  const beside = skipped.map(({ name }) => `${name} does not count: it goes with another, or its key does`);
  const media = [...new Set(counted.map(({ at }) => placeOf(model, at)?.medium ?? at))];
  const away = counted.filter((copy) => isAway(model, copy));
  const safe = counted.filter((copy) => isOutOfReach(model, copy, own));
  const unverified = own.filter(({ verified }) => !verified);
  return [
    atLeast("copies", 3, counted, [names(counted), ...beside].join("; ")),
    atLeast("media", 2, media, media.join(", ")),
    atLeast("off-site", 1, away, away.length === 0 ? "every copy is at the site" : names(away)),
    atLeast(
      "out of a thief's reach",
      1,
      safe,
      safe.length === 0
        ? "for each copy there is one credential that destroys it and the guests' own disks"
        : names(safe),
    ),
    {
      name: "unverified",
      wanted: 0,
      found: unverified.length,
      met: unverified.length === 0,
      why: unverified.length === 0 ? "every copy is reread by a schedule" : names(unverified),
    },
  ];
}

function atLeast(name: Digit["name"], wanted: number, found: readonly unknown[], why: string): Digit {
  return { name, wanted, found: found.length, met: found.length >= wanted, why };
}

/**
 * Copies that no single machine takes with it: of those in one machine, one counts, a backup before a replica, which keeps no versions. An encrypted copy counts when its key is found
 * without the machine of the guests; one that is to outlive the site, when sheets away from the site hold its key in two places.
 */
function independent(model: Model, own: readonly Copy[]): Copy[] {
  const counted = new Map<string, Copy>();
  for (const copy of own.toSorted((a, b) => WORTH.indexOf(a.kind) - WORTH.indexOf(b.kind))) {
    const machine = machineOf(model, copy.at);
    if (!counted.has(machine) && hasKey(model, copy, own)) counted.set(machine, copy);
  }
  const chosen = new Set(counted.values());
  return own.filter((copy) => chosen.has(copy));
}

/** Which copy of one machine counts. */
const WORTH: readonly Copy["kind"][] = ["live", "off-site", "backup", "replica"];

function hasKey(model: Model, copy: Copy, own: readonly Copy[]): boolean {
  if (copy.key === undefined) return true;
  const key = model.keys.find(({ id }) => id === copy.key);
  if (key === undefined) return false;
  if (isAway(model, copy)) return key.at.filter((place) => siteOf(model, place) === undefined).length >= KEY_SHEETS;
  const live = own.find(({ kind }) => kind === "live");
  const within = live === undefined ? new Set<string>() : withinOf(model.places)(machineOf(model, live.at));
  return key.at.some((place) => !within.has(place));
}

/** Sheets with the key that have to lie away from the site before a copy away from it counts: one can burn. */
const KEY_SHEETS = 2;

/** The node, the server or the place of its own that a place stands in. */
function machineOf(model: Model, id: string): string {
  const place = placeOf(model, id);
  if (place?.within === undefined || place.kind === "node") return id;
  return placeOf(model, place.within)?.kind === "site" ? id : machineOf(model, place.within);
}

function isAway(model: Model, { at }: Copy): boolean {
  return siteOf(model, at) === undefined;
}

/** The site that a place is in; undefined for one that stands elsewhere. */
function siteOf(model: Model, id: string): string | undefined {
  const place = placeOf(model, id);
  if (place === undefined || place.kind === "site") return place?.id;
  return place.within === undefined ? undefined : siteOf(model, place.within);
}

/** No one credential destroys both it and the guests' own disks. */
function isOutOfReach(model: Model, copy: Copy, own: readonly Copy[]): boolean {
  const live = own.filter(({ kind }) => kind === "live");
  if (live.includes(copy)) return false;
  return !model.credentials.some(({ id }) => {
    const opened = openedBy(model, [id]);
    return isDestroyed(copy, opened) && live.every((one) => isDestroyed(one, opened));
  });
}

function placeOf({ places }: Model, id: string): Place | undefined {
  return places.find((place) => place.id === id);
}

function names(counted: readonly Copy[]): string {
  return counted.length === 0 ? "none" : counted.map(({ name }) => name).join(", ");
}
