import * as z from "zod";

import { expecting } from "./schema";
import { defined } from "./units/defined";

const count = z.int(expecting("a whole number from 1 to 1000")).min(1, expecting("a whole number from 1 to 1000"));
const keep = count.max(1000, expecting("a whole number from 1 to 1000")).optional();

/** How many snapshots stay. */
export const retentionSettings = z
  .strictObject({
    /** How many of the newest snapshots stay. */
    keepLast: keep,
    /** For how many hours with a snapshot the newest of each stays. */
    keepHourly: keep,
    /** For how many days with a snapshot the newest of each stays. */
    keepDaily: keep,
    /** For how many ISO weeks with a snapshot the newest of each stays. */
    keepWeekly: keep,
    /** For how many months with a snapshot the newest of each stays. */
    keepMonthly: keep,
    /** For how many years with a snapshot the newest of each stays; 100 is for ever. */
    keepYearly: keep,
  })
  .refine((counts) => Object.keys(defined(counts)).length > 0, expecting("at least one count"))
  .transform(defined);
