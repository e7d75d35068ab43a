import * as z from "zod";

import { expecting, plainText } from "./schema";

const contact = z.strictObject({
  /** Name, for people. */
  name: plainText,
  /** How they are reached when the site is gone: a telephone number rather than an address that the site serves. */
  reach: plainText,
  /** Whether they are called when part of the site is down; whoever is not is called for a complete disaster alone. @default true */
  onCall: z.boolean(expecting("true or false")).default(true),
});

/** Who is called when something is down, in the order in which they are tried. */
export const contactSettings = z.array(contact).default([]);

/** Somebody who is called. */
export type Contact = Readonly<z.infer<typeof contact>>;
