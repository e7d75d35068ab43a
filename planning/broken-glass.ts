import * as z from "zod";

import { type Parsed } from "../estate/problem";
import { expecting, parse, plainText, text } from "../estate/schema";

/** Form of one passing of a gate. */
export const brokenGlass = z.strictObject({
  /** When, RFC 3339. */
  at: text((moment) => !Number.isNaN(Date.parse(moment)), 'a moment such as "2026-11-26T10:15:00Z"'),
  /** What was run: `report`, `preview`. */
  command: plainText,
  /** Why, in the words of whoever did it. */
  reason: plainText,
  /** What would have stopped it. */
  passed: z.array(plainText),
});

/** That somebody passed a gate all the same: when, why, and what would have stopped them. */
export type BrokenGlass = z.infer<typeof brokenGlass>;

/** File of a site's folder that keeps them. */
export const BREAK_GLASS_FILE = "break-glass.json";

/** Reads the file strictly, naming all that is wrong with it. */
export function parseBrokenGlass(input: unknown): Parsed<BrokenGlass[]> {
  return parse(z.array(brokenGlass, expecting("a list")), input, BREAK_GLASS_FILE);
}
