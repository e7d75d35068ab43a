import * as z from "zod";

import { dayOf, isOver } from "../../estate/units/day";
import { WEAKENINGS, type WeakeningKind } from "../../estate/units/weakening";
import { Refusal } from "./refusal";

/** A change after which less is protected. */
export interface Weakening {
  /** The word for it in acceptances. */
  readonly change: WeakeningKind;
  /** What becomes less, in words: `keepDaily goes from 14 to 7`. */
  readonly what: string;
  /** What it would cost, line by line, as the server itself says. */
  readonly cost?: readonly string[];
}

const DAY = /^\d{4}-\d{2}-\d{2}$/;

/** Who accepts which loss of protection, why and how long. */
export const ACCEPTANCE = z.strictObject({
  object: z.string().regex(/^p[bv][se]:\w+\/.+$/, 'expected an object such as "pbs:PruneJob/nightly"'),
  change: z.enum(WEAKENINGS),
  who: z.string().min(1, "expected the person who accepts"),
  why: z.string().min(1, "expected the reason"),
  until: z.string().regex(DAY, 'expected the last day as "2027-01-31"').optional(),
});

/** An entry of the site's list of acceptances. */
export type Acceptance = z.infer<typeof ACCEPTANCE>;

/**
 * Lets accepted weakenings pass, and says so through `announce`.
 * @param today Day on which it is decided; an acceptance counts up to and with its last day, in UTC.
 * @throws {Refusal} Naming every one that nobody accepted, what it costs, and the line to write.
 */
export function demandAcceptance(
  object: string,
  weakenings: readonly Weakening[],
  acceptances: readonly Acceptance[],
  today: Date,
  announce: (line: string) => void,
): void {
  const refused: string[] = [];
  for (const weakening of weakenings) {
    const entries = acceptances.filter((entry) => entry.object === object && entry.change === weakening.change);
    const entry = entries.find(({ until }) => !isOver(until, dayOf(today.toISOString())));
    if (entry === undefined) refused.push(refusalOf(object, weakening, entries.at(-1)?.until));
    else announce(`${object}: ${told(weakening)}\nAccepted by ${entry.who}: ${entry.why}`);
  }
  if (refused.length > 0) throw new Refusal(refused.join("\n"));
}

function refusalOf(object: string, weakening: Weakening, expired: string | undefined): string {
  const line = { object, change: weakening.change, who: "…", why: "…" };
  const past = expired === undefined ? "" : ` (the acceptance that there is ended on ${expired})`;
  return `${object}: ${told(weakening)}\nNobody accepted this${past}. If it is meant, add to acceptances: ${JSON.stringify(line)}`;
}

function told({ what, cost = [] }: Weakening): string {
  return [what, ...cost.map((line) => `  ${line}`)].join("\n");
}
