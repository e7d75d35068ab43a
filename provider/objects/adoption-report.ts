import * as z from "zod";

import { type Weakening } from "./acceptance";
import { differences, type Fields, type Wanted } from "./fields";
import { Refusal } from "./refusal";
import { type Site } from "./site";
import { nameOf, type SiteObject } from "./site-object";

/** What an `up` would meet on the site in the place of one object, and what it would do with it. */
export const ADOPTION_REPORT = z.strictObject({
  /** As adoptions and acceptances name it: `pbs:PruneJob/nightly`. */
  object: z.string(),
  /** Nothing is there; it is as the program says; it differs and can be changed; it differs where nothing can be changed. */
  found: z.enum(["nothing", "equal", "different", "fixed"]),
  /** Fields in which the site differs from the program; secrets are named and not shown. */
  differences: z.array(z.strictObject({ field: z.string(), site: z.unknown(), program: z.unknown() })),
  /** What would be protected less after the change, each with the word for it in acceptances. */
  weakenings: z.array(z.strictObject({ change: z.string(), what: z.string(), cost: z.array(z.string()) })),
});

/** Report of one object. */
export type AdoptionReport = z.infer<typeof ADOPTION_REPORT>;

const MARK = "adoption report ";

/** A report as a line of the engine's log. */
export function reportLine(report: AdoptionReport): string {
  return `${MARK}${JSON.stringify(report)}`;
}

/** The report in a line of the engine's log; undefined when it is another line. */
export function reportIn(line: string): AdoptionReport | undefined {
  const at = line.indexOf(MARK);
  return at < 0 ? undefined : ADOPTION_REPORT.parse(JSON.parse(line.slice(at + MARK.length)));
}

/** Compares what is there with what is wanted and notes the result. It changes nothing and refuses nothing. */
export async function noteAdoption(object: SiteObject, site: Site, wanted: Wanted, living: Fields | undefined) {
  const hidden = new Set([...wanted.unknown, ...object.unreadable]);
  const all = living === undefined ? [] : differences(object.meanings, wanted.known, living, hidden);
  const foreign = all.filter((difference) => object.isOwnStep?.(difference) !== true);
  const standing = Object.fromEntries([...wanted.unknown].map((field) => [field, living?.[field]]));
  const weakenings = await object.weakenings(site, { ...wanted.known, ...standing }, living);
  const show = (field: string, value: unknown) => (object.secrets.includes(field) ? "[secret]" : (value ?? null));
  site.note(
    reportLine({
      object: nameOf(object, wanted.known),
      found: foundOf(
        object,
        living,
        foreign.map(({ field }) => field),
      ),
      differences: foreign.map(({ field, living: there, wanted: program }) => ({
        field,
        site: show(field, there),
        program: show(field, program),
      })),
      weakenings: weakenings.map(toldOf),
    }),
  );
}

function foundOf(object: SiteObject, living: Fields | undefined, fields: readonly string[]): AdoptionReport["found"] {
  if (living === undefined) return "nothing";
  if (fields.length === 0) return "equal";
  return fields.some((field) => field in object.fixed) ? "fixed" : "different";
}

function toldOf({ change, what, cost = [] }: Weakening) {
  return { change, what, cost: [...cost] };
}

/** @throws {Refusal} When a run that only reports is about to change something. */
export function demandPreview(site: Site, preview: boolean): void {
  if (site.reports && !preview) throw new Refusal("expected a preview: this run only reports what it would adopt");
}
