import { Unreachable } from "../clients/api-error";
import { demandAcceptance, type Weakening } from "./acceptance";
import { describe, differences, given, type Difference, type Fields, type Wanted } from "./fields";
import { Refusal, Unfinished } from "./refusal";
import { type Site } from "./site";
import { nameOf, type SiteObject } from "./site-object";

/** What came of a step: what goes into the state. */
export interface Outcome {
  /** Empty while nobody can know it. */
  readonly id: string;
  /** What is there, in a preview what would be. */
  readonly outputs: Fields;
  /** Outputs that only the run itself will show. */
  readonly unknown: readonly string[];
}

/**
 * Makes an object, or adopts the one that is there: unchanged when it is equal, changed only when the adoption list names it.
 * A preview decides the same and changes nothing.
 * @throws {Refusal} When one is there that differs, or less would be protected.
 */
export async function create(object: SiteObject, site: Site, wanted: Wanted, preview: boolean): Promise<Outcome> {
  if (object.identity.some((field) => wanted.unknown.has(field))) return foreseen(object, wanted, {}, "");
  if (object.plan !== undefined) {
    if (!preview) return make(object, site, wanted.known);
    const planned = await object.plan(site, wanted.known);
    return foreseen(object, wanted, planned, object.idOf({ ...wanted.known, ...planned }));
  }
  const living = await object.look(site, wanted.known);
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
  const id = object.idOf(seen);
  refuseFixed(object, seen, wanted);
  const living = await object.look(site, seen);
  if (living === undefined) throw new Refusal(`${nameOf(object, seen)} is gone from the site. ${REFRESH}`);
  refuseForeign(object, seen, wanted, living);
  const kept = { ...readable(object, seen), ...living, adopted: seen["adopted"] ?? true };
  await demandAccepted(object, site, resolved(wanted, kept), kept);
  if (preview) return foreseen(object, wanted, { ...extras(object, seen), adopted: kept.adopted }, id);
  await object.demand?.(site, wanted.known);
  const made = await object.update(site, wanted.known, living, seen);
  return seenAfter(object, site, { ...extras(object, seen), ...made }, wanted.known, kept.adopted === true);
}

/** The living object as the state should hold it, or undefined when it is certain that there is none. */
export async function read(
  object: SiteObject,
  site: Site,
  id: string,
  seen: Fields | undefined,
): Promise<{ readonly id: string; readonly outputs: Fields } | undefined> {
  const identity = seen ?? object.identityOf(id);
  const living = await object.look(site, identity);
  if (living === undefined) return undefined;
  // What nobody of ours made is adopted, and so never deleted.
  const outputs = given({ ...readable(object, seen ?? {}), ...living, adopted: seen?.["adopted"] ?? true });
  return { id: seen === undefined ? object.idOf(outputs) : id, outputs };
}

/**
 * Removes what we made and nobody changed since; what was adopted is released without a word to the site.
 * @throws {Refusal} When somebody changed it.
 */
export async function remove(object: SiteObject, site: Site, seen: Fields): Promise<void> {
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

const REFRESH = "Run pulumi refresh: it shows what is there and takes it up; then decide in the program what is right";

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

function refuseAdoption(object: SiteObject, site: Site, name: string, found: readonly Difference[]): void {
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

function refuseFixed(object: SiteObject, seen: Fields, wanted: Wanted): void {
  const changed = differences(object.meanings, wanted.known, seen, wanted.unknown);
  const fixed = changed.filter(({ field }) => field in object.fixed);
  if (fixed.length === 0) return;
  const text = describe(fixed, object.secrets, ["it has", "the program says"]);
  const cures = fixed.map(({ field }) => object.fixed[field]).join(". ");
  throw new Refusal(`${nameOf(object, seen)} cannot be changed there, and it is never replaced:\n${text}\n${cures}`);
}

/** Somebody else's change is one that the state has not seen, and that is not what the program wants either. */
function refuseForeign(object: SiteObject, seen: Fields, wanted: Wanted, living: Fields): void {
  const changed = differences(readableMeanings(object), seen, living);
  const open = new Set(differences(object.meanings, wanted.known, living, wanted.unknown).map(({ field }) => field));
  for (const field of wanted.unknown) open.add(field);
  const step = (field: string) => object.isOwnStep?.({ field, living: living[field], wanted: wanted.known[field] });
  const foreign = changed.filter(({ field }) => open.has(field) && step(field) !== true);
  if (foreign.length > 0) throw new Refusal(foreignText(object, seen, foreign));
}

function foreignText(object: SiteObject, seen: Fields, changed: readonly Difference[]): string {
  const text = describe(changed, object.secrets, ["it is now", "the last run saw"]);
  return `${nameOf(object, seen)} was changed by someone else since the last run:\n${text}\n${REFRESH}`;
}

async function demandAccepted(object: SiteObject, site: Site, wanted: Fields, living: Fields | undefined) {
  const weakenings: Weakening[] = await object.weakenings(site, wanted, living);
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

/** Reads back what a change left: the state holds what is there, not what was sent. */
async function seenAfter(object: SiteObject, site: Site, made: Fields, wanted: Fields, adopted: boolean) {
  const living = await object.look(site, { ...wanted, ...made });
  if (living === undefined) throw new Refusal(`${nameOf(object, wanted)} was made and is not there. ${REFRESH}`);
  const outputs = given({ ...readable(object, wanted), ...made, ...living, adopted });
  const left = differences(object.meanings, wanted, living, new Set(object.unreadable));
  if (left.length > 0) {
    const text = describe(left, object.secrets, ["the site has", "it was told"]);
    throw new Unfinished(`${nameOf(object, wanted)} was written and reads back otherwise:\n${text}`, outputs);
  }
  return { id: object.idOf(outputs), outputs, unknown: [] };
}

/** What a preview can say: the inputs, what is known of the rest, and that the remainder is not known yet. */
function foreseen(object: SiteObject, wanted: Wanted, known: Fields, id: string): Outcome {
  const outputs: Fields = given({ ...wanted.known, ...known });
  const missing = Object.keys({ ...object.extraOutputs, adopted: true }).filter((field) => !(field in outputs));
  return { id, outputs, unknown: [...new Set([...wanted.unknown, ...missing])] };
}

/** Fields that a read does not bring back, from what is held. */
function readable(object: SiteObject, held: Fields): Fields {
  return Object.fromEntries(object.unreadable.map((field) => [field, held[field]]));
}

function readableMeanings(object: SiteObject) {
  return Object.fromEntries(Object.entries(object.meanings).filter(([field]) => !object.unreadable.includes(field)));
}

/** Outputs that are no inputs, from what is held. */
function extras(object: SiteObject, held: Fields): Fields {
  return Object.fromEntries(Object.keys(object.extraOutputs).map((field) => [field, held[field]]));
}

/** What is wanted, with the living value where it is not known yet: nothing is judged by a guess. */
function resolved(wanted: Wanted, living: Fields): Fields {
  const standing = Object.fromEntries([...wanted.unknown].map((field) => [field, living[field]]));
  return { ...wanted.known, ...standing };
}
