import { REFRESH } from "./disagreement";
import { describe, differences, given, type Fields, type Wanted } from "./fields";
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

/** What a preview can say: the inputs, what is known of the rest, and that the remainder is not known yet. */
export function foreseen(object: SiteObject, wanted: Wanted, known: Fields, id: string): Outcome {
  const outputs: Fields = given({ ...wanted.known, ...known });
  const missing = Object.keys({ ...object.extraOutputs, adopted: true }).filter((field) => !(field in outputs));
  return { id, outputs, unknown: [...new Set([...wanted.unknown, ...missing])] };
}

/**
 * Reads back what a change left: the state holds what is there, not what was sent.
 * @throws {Unfinished} When it is there and reads back otherwise.
 */
export async function seenAfter(
  object: SiteObject,
  site: Site,
  made: Fields,
  wanted: Fields,
  adopted: boolean,
): Promise<Outcome> {
  const living = await object.look(site, { ...wanted, ...made });
  if (living === undefined) throw new Refusal(`${nameOf(object, wanted)} was made and is not there. ${REFRESH}`);
  const outputs = given({ ...readable(object, wanted), ...made, ...living, adopted });
  const left = differences(object.meanings, wanted, living, new Set(object.unreadable));
  // One that was taken over as it is may differ in what can be changed later.
  if (left.length > 0 && made["adopted"] !== true) {
    const text = describe(left, object.secrets, ["the site has", "it was told"]);
    throw new Unfinished(`${nameOf(object, wanted)} was written and reads back otherwise:\n${text}`, outputs);
  }
  return { id: object.idOf(outputs), outputs, unknown: [] };
}

/** Fields that a read does not bring back, from what is held. */
export function readable(object: SiteObject, held: Fields): Fields {
  return Object.fromEntries(object.unreadable.map((field) => [field, held[field]]));
}

/** Outputs that are no inputs, from what is held. */
export function extras(object: SiteObject, held: Fields): Fields {
  return Object.fromEntries(Object.keys(object.extraOutputs).map((field) => [field, held[field]]));
}
