import * as z from "zod";

import { durationText, expecting } from "./schema";
import { toSeconds } from "./units/duration";

/** The order in which a node starts its guests. */
export const startupSettings = z
  .strictObject({
    /**
     * Whether the program writes the `startup` order of guests that need each other, as their modules say. It takes a right on the
     * guests that the program's login does not have otherwise. @default false
     */
    ordered: z.boolean().default(false),
    /** How long a node waits after a guest that others need, before it starts the next; up to an hour. @default - as it is on each guest */
    pause: durationText
      .refine((pause) => toSeconds(pause) <= 3600, expecting('at most "1 hour", for which all later guests would wait'))
      .optional(),
  })
  .prefault({});
