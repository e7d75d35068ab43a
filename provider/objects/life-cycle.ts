import { Unreachable } from "../clients/api-error";
import { demandAcceptance } from "./acceptance";
import { demandPreview, noteAdoption } from "./adoption-report";
import { foreignText, readableMeanings, REFRESH, refuseAdoption, refuseFixed, refuseForeign } from "./disagreement";
import { differences, given, type Fields, type Wanted } from "./fields";
import { extras, foreseen, readable, seenAfter, type Outcome } from "./outcome";
import { Refusal } from "./refusal";
import { type Site } from "./site";
import { nameOf, type SiteObject } from "./site-object";

/**
 * Makes an object, or adopts the one that is there: unchanged when it is equal, changed only when the adoption list names it.
 * A preview decides the same and changes nothing.
 * @throws {Refusal} When one is there that differs, or less would be protected.
 */
export async function create(object: SiteObject, site: Site, wanted: Wanted, preview: boolean): Promise<Outcome> {
  demandPreview(site, preview);
  if (object.identity.some((field) => wanted.unknown.has(field))) return foreseen(object, wanted, {}, "");
  if (object.plan !== undefined) {
    if (!preview) return make(object, site, wanted.known);
    const planned = await object.plan(site, wanted.known);
    const living = planned["adopted"] === true ? { ...wanted.known, ...planned } : undefined;
    // What is looked for and not there is neither made nor adopted.
    if (site.reports && planned["present"] !== false) await noteAdoption(object, site, wanted, living);
    return foreseen(object, wanted, planned, object.idOf({ ...wanted.known, ...planned }));
  }
  const living = await object.look(site, wanted.known);
  if (site.reports) {
    await noteAdoption(object, site, wanted, living);
    return foreseen(object, wanted, { adopted: living !== undefined }, object.idOf(wanted.known));
  }
  if (living !== undefined) return adopt(object, site, wanted, living, preview);
  await demandAccepted(object, site, wanted.known, undefined);
  if (preview) return foreseen(object, wanted, { adopted: false }, object.idOf(wanted.known));
  return make(object, site, wanted.known);
}

/**
 * Makes an object what the program now says, unless somebody else has changed it since the state last saw it.
 * @throws {Refusal} When somebody did, when a field cannot change, or less would be protected.
 */
export async function update(
  object: SiteObject,
  site: Site,
  seen: Fields,
  wanted: Wanted,
  preview: boolean,
): Promise<Outcome> {
  demandPreview(site, preview);
  const id = object.idOf(seen);
  refuseFixed(object, seen, wanted);
  const living = await object.look(site, seen);
  if (living === undefined) throw new Refusal(`${nameOf(object, seen)} is gone from the site. ${REFRESH}`);
  refuseForeign(object, seen, wanted, living);
  const kept = { ...readable(object, seen), ...living, adopted: seen["adopted"] ?? true };
  await demandAccepted(object, site, resolved(wanted, kept), kept);
  if (preview) return foreseen(object, wanted, { ...lasting(object, seen, wanted), adopted: kept.adopted }, id);
  await object.demand?.(site, wanted.known);
  const made = await object.update(site, wanted.known, living, seen);
  return seenAfter(object, site, { ...extras(object, seen), ...made }, wanted.known, kept.adopted === true);
}

/** Outputs that are no inputs and that a change leaves as they are. */
function lasting(object: SiteObject, seen: Fields, wanted: Wanted): Fields {
  const renewed = object.renewed?.(wanted.known, seen) ?? [];
  return Object.fromEntries(Object.entries(extras(object, seen)).filter(([field]) => !renewed.includes(field)));
}

/** The living object as the state should hold it, or undefined when it is certain that there is none. */
export async function read(
  object: SiteObject,
  site: Site,
  id: string,
  seen: Fields | undefined,
): Promise<{ readonly id: string; readonly outputs: Fields } | undefined> {
  const identity = seen ?? object.identityOf(id);
  const looked = await object.look(site, identity);
  if (looked === undefined) return undefined;
  const living = seen === undefined ? looked : ((await object.inspect?.(site, looked, seen)) ?? looked);
  // What nobody of ours made is adopted, and so never deleted.
  const outputs = given({ ...readable(object, seen ?? {}), ...living, adopted: seen?.["adopted"] ?? true });
  return { id: seen === undefined ? object.idOf(outputs) : id, outputs };
}

/**
 * Removes what we made and nobody changed since; what was adopted is released without a word to the site.
 * @throws {Refusal} When somebody changed it.
 */
export async function remove(object: SiteObject, site: Site, seen: Fields): Promise<void> {
  demandPreview(site, false);
  if (seen["adopted"] !== false) return;
  const living = await object.look(site, seen);
  if (living === undefined) return;
  const changed = differences(readableMeanings(object), seen, living);
  const foreign = changed.filter((difference) => object.isOwnStep?.(difference) !== true);
  if (foreign.length > 0) throw new Refusal(foreignText(object, seen, foreign));
  await object.remove(site, living);
}

/** Fields in which the program differs from the state; unknown ones count. */
export function diff(object: SiteObject, seen: Fields, wanted: Wanted): string[] {
  // A secret that an import could not bring is not held against the program.
  const missing = object.secrets.filter((field) => seen[field] === undefined && object.unreadable.includes(field));
  const hidden = new Set([...wanted.unknown, ...missing]);
  const known = differences(object.meanings, wanted.known, seen, hidden).map(({ field }) => field);
  return [...known, ...[...wanted.unknown].filter((field) => field in object.meanings)];
}

/** Inputs that say what `outputs` show: for an import, and for a refresh of what a program wrote. */
export function inputsOf(object: SiteObject, outputs: Fields, written: Fields = {}): Fields {
  const fields = Object.keys(object.inputs.shape).map((field): [string, unknown] => {
    const meaning = object.meanings[field];
    const asWritten = meaning === undefined || differences({ [field]: meaning }, written, outputs).length === 0;
    return [field, asWritten && field in written ? written[field] : outputs[field]];
  });
  return given(Object.fromEntries(fields));
}

async function adopt(object: SiteObject, site: Site, wanted: Wanted, living: Fields, preview: boolean) {
  const name = nameOf(object, wanted.known);
  const hidden = new Set([...wanted.unknown, ...object.unreadable]);
  const found = differences(object.meanings, wanted.known, living, hidden);
  const foreign = found.filter((difference) => object.isOwnStep?.(difference) !== true);
  if (foreign.length > 0) refuseAdoption(object, site, name, foreign);
  await demandAccepted(object, site, resolved(wanted, living), living);
  site.note(`${name} is there already and is adopted ${found.length === 0 ? "unchanged" : "and changed as allowed"}`);
  if (preview) return foreseen(object, wanted, { adopted: true }, object.idOf(wanted.known));
  await object.demand?.(site, wanted.known);
  if (found.length > 0) await object.update(site, wanted.known, living, {});
  else await object.settle?.(site, wanted.known);
  return seenAfter(object, site, {}, wanted.known, true);
}

async function demandAccepted(object: SiteObject, site: Site, wanted: Fields, living: Fields | undefined) {
  const weakenings = await object.weakenings(site, wanted, living);
  demandAcceptance(nameOf(object, wanted), weakenings, site.acceptances, site.today(), site.tell);
}

async function make(object: SiteObject, site: Site, wanted: Fields): Promise<Outcome> {
  await object.demand?.(site, wanted);
  const made = await madeOnce(object, site, wanted);
  return seenAfter(object, site, made, wanted, made["adopted"] === true);
}

/** A creation whose answer was lost is looked up: what is there now and equals what was sent, is done. */
async function madeOnce(object: SiteObject, site: Site, wanted: Fields): Promise<Fields> {
  try {
    return await object.create(site, wanted);
  } catch (error) {
    if (!(error instanceof Unreachable) || !error.mayBeDone || object.plan !== undefined) throw error;
    const living = await object.look(site, wanted);
    if (living === undefined) throw error;
    const hidden = new Set(object.unreadable);
    if (differences(object.meanings, wanted, living, hidden).length > 0) throw error;
    return {};
  }
}

/** What is wanted, with the living value where it is not known yet: nothing is judged by a guess. */
function resolved(wanted: Wanted, living: Fields): Fields {
  const standing = Object.fromEntries([...wanted.unknown].map((field) => [field, living[field]]));
  return { ...wanted.known, ...standing };
}
