import { describe, differences, type Difference, type Fields, type Meaning, type Wanted } from "./fields";
import { Refusal } from "./refusal";
import { type Site } from "./site";
import { nameOf, type SiteObject } from "./site-object";

/** The cure when site and state have parted. */
export const REFRESH =
  "Run pulumi refresh: it shows what is there and takes it up; then decide in the program what is right";

/**
 * Stops the adoption of an object that differs, unless the adoption list names it and it can be changed.
 * @throws {Refusal} With the difference and the cure.
 */
export function refuseAdoption(object: SiteObject, site: Site, name: string, found: readonly Difference[]): void {
  const fixed = found.filter(({ field }) => field in object.fixed);
  const text = describe(found, object.secrets, ["the site has", "the program says"]);
  if (fixed.length > 0) {
    const cures = fixed.map(({ field }) => object.fixed[field]).join(". ");
    throw new Refusal(`${name} exists and differs where it cannot be changed:\n${text}\n${cures}`);
  }
  if (site.adoptions.includes(name)) return;
  throw new Refusal(
    `${name} exists and differs from the program:\n${text}\n` +
      `Write into the program what the site has; or, to have it changed to what the program says, add "${name}" to adoptions`,
  );
}

/**
 * Stops a change of what cannot change. Nothing is replaced instead.
 * @throws {Refusal} With the difference and the cure.
 */
export function refuseFixed(object: SiteObject, seen: Fields, wanted: Wanted): void {
  const changed = differences(object.meanings, wanted.known, seen, wanted.unknown);
  const fixed = changed.filter(({ field }) => field in object.fixed);
  if (fixed.length === 0) return;
  const text = describe(fixed, object.secrets, ["it has", "the program says"]);
  const cures = fixed.map(({ field }) => object.fixed[field]).join(". ");
  throw new Refusal(`${nameOf(object, seen)} cannot be changed there, and it is never replaced:\n${text}\n${cures}`);
}

/**
 * Stops when somebody else changed an object: in a way that the state has not seen, and that is not what the program wants.
 * @throws {Refusal} With the difference and the cure.
 */
export function refuseForeign(object: SiteObject, seen: Fields, wanted: Wanted, living: Fields): void {
  const changed = differences(readableMeanings(object), seen, living);
  const open = new Set(differences(object.meanings, wanted.known, living, wanted.unknown).map(({ field }) => field));
  for (const field of wanted.unknown) open.add(field);
  const step = (field: string) => object.isOwnStep?.({ field, living: living[field], wanted: wanted.known[field] });
  const foreign = changed.filter(({ field }) => open.has(field) && step(field) !== true);
  if (foreign.length > 0) throw new Refusal(foreignText(object, seen, foreign));
}

/** That somebody else changed an object, and what to do about it. */
export function foreignText(object: SiteObject, seen: Fields, changed: readonly Difference[]): string {
  const text = describe(changed, object.secrets, ["it is now", "the last run saw"]);
  return `${nameOf(object, seen)} was changed by someone else since the last run:\n${text}\n${REFRESH}`;
}

/** Meanings of the fields that a read brings back. */
export function readableMeanings(object: SiteObject): Record<string, Meaning> {
  return Object.fromEntries(Object.entries(object.meanings).filter(([field]) => !object.unreadable.includes(field)));
}
