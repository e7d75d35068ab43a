import type * as z from "zod";

import { type Weakening } from "./acceptance";
import { type Difference, type Fields, type Meaning } from "./fields";
import { type Site } from "./site";

/** An output that is no input. */
export interface ExtraOutput {
  /** `strings` is a list of texts. */
  readonly type: "string" | "boolean" | "strings";
  /** For the schema. */
  readonly description: string;
}

/** What an object of the site is to the provider: how to see it, compare it, and change it without harm. */
export interface SiteObject {
  /** Type token, an identity that never changes: `resilience:pbs:PruneJob`. */
  readonly token: string;
  /** For the schema. */
  readonly description: string;
  /** What a program may say of it. */
  readonly inputs: z.ZodObject;
  /** Outputs that are no inputs, besides `adopted`. */
  readonly extraOutputs: Readonly<Record<string, ExtraOutput>>;
  /** Fields that are never shown. */
  readonly secrets: readonly string[];
  /** Fields that a read cannot bring back: the state's are kept. */
  readonly unreadable: readonly string[];
  /** Fields by which it is found; while one is unknown, nobody can look. */
  readonly identity: readonly string[];
  /** Fields that cannot change, with the cure. Nothing here is ever replaced. */
  readonly fixed: Readonly<Record<string, string>>;
  /** Fields that are compared, and what their values mean. */
  readonly meanings: Readonly<Record<string, Meaning>>;
  /** Identifier in the state, and for `pulumi import`. */
  idOf(fields: Fields): string;
  /** Identity behind an identifier. @throws {Refusal} If it is malformed. */
  identityOf(id: string): Fields;
  /** The living object in the fields of its inputs; undefined only when it is certain that there is none. */
  look(site: Site, identity: Fields): Promise<Fields | undefined>;
  /** What only a trial shows, when the state with `seen` is refreshed: `living` as it really is. It changes nothing. */
  inspect?(site: Site, living: Fields, seen: Fields): Promise<Fields>;
  /** What becomes less protected by going from `living`, if there is any, to `wanted`. */
  weakenings(site: Site, wanted: Fields, living: Fields | undefined): Promise<Weakening[]>;
  /** Makes it; outputs that only the making shows are the answer. */
  create(site: Site, wanted: Fields): Promise<Fields>;
  /** Makes `living` what is `wanted`; `seen` is what the state holds, if it holds anything. */
  update(site: Site, wanted: Fields, living: Fields, seen: Fields): Promise<Fields>;
  /** Removes it, never the data in it. */
  remove(site: Site, living: Fields): Promise<void>;
  /** Whether a difference is a step of a change of ours that was interrupted, or the way back after a lost state. */
  isOwnStep?(difference: Difference): boolean;
  /** Completes what an adoption of an equal object leaves open. */
  settle?(site: Site, wanted: Fields): Promise<void>;
  /** What must hold before it is made or changed. Not asked in previews: another object of the same run may see to it. */
  demand?(site: Site, wanted: Fields): Promise<void>;
  /** Outputs that a change of the state's `seen` gives anew, so that a preview cannot know them. */
  renewed?(wanted: Fields, seen: Fields): readonly string[];
  /** For what is always made anew and never adopted: what making it would give, as far as a look shows. */
  plan?(site: Site, wanted: Fields): Promise<Fields>;
}

/** Name of an object in adoptions and acceptances: `pbs:PruneJob/nightly`. */
export function nameOf(object: SiteObject, fields: Fields): string {
  return `${object.token.slice("resilience:".length)}/${object.idOf(fields)}`;
}
