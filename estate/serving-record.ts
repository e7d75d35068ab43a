import * as z from "zod";

import { type Parsed } from "./problem";
import { expecting, identifier, parse, plainText, text } from "./schema";
import { isGuestId, type GuestId } from "./units/guest-id";

/** File in the folder of a stack on somebody else's node: which guests of the lost site are there. */
export const SERVING_FILE = "serving.json";

const guest = z.string().refine((id): id is GuestId => isGuestId(id), expecting('a guest such as "vm:140"'));
const moment = text((at) => !Number.isNaN(Date.parse(at)), 'a moment such as "2026-11-26T10:15:00Z"');
const lines = z.record(plainText, z.string(expecting("a text")));

const servingRecord = z.strictObject({
  /** Form of this file. */
  version: z.literal(1),
  /** Stack of the site that they are of. */
  home: plainText,
  /** The guests, whether they are restored already or are to be. */
  guests: z.array(
    z.strictObject({
      /** The guest at home. */
      of: guest,
      /** The same guest here. */
      guest,
      /** Its name here. */
      name: plainText,
      /** Node that has it. */
      node: identifier("node"),
      /** Lines of its configuration that were other at home, or are not here at all, as they were: by them it goes home. */
      was: lines,
      /** Lines that it has here and did not have at home. */
      added: z.array(plainText),
      /** Storage of all its disks at home; absent where they lay on several. */
      storage: identifier("storage").optional(),
      /** When its number here was proved free, by the node's clock. */
      since: moment,
      /** When it was brought home; absent as long as it was not. */
      wentHome: moment.optional(),
    }),
  ),
});

/** Guests of a lost site that serve on somebody else's node, and what takes each of them home. */
export type ServingRecord = z.infer<typeof servingRecord>;

/** One of them. */
export type ServingGuest = ServingRecord["guests"][number];

/** Reads the record strictly. */
export function parseServingRecord(input: unknown): Parsed<ServingRecord> {
  return parse(servingRecord, input, SERVING_FILE);
}
