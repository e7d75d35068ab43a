import * as z from "zod";

import { type Inventory } from "./inventory";
import { type Problem } from "./problem";
import { durationText, vmidText } from "./schema";
import { type Settings } from "./settings";
import { defined } from "./units/defined";

const target = z
  .strictObject({
    /** Recovery time objective: the longest that a guest may be gone. */
    rto: durationText.optional(),
    /** Recovery point objective: the most work of a guest that may be lost. */
    rpo: durationText.optional(),
  })
  .transform(defined);

/** What an owner promises of recovery. What is written here and cannot be held fails a report; a default only warns. */
export const targetSettings = z
  .strictObject({
    /**
     * For guests that others stand on, after one thing at the site breaks. @default - gone for 1 day, 25 hours of work lost
     */
    essential: target.optional(),
    /** For every other guest, after one thing at the site breaks. @default - gone for 4 days, 25 hours of work lost */
    standard: target.optional(),
    /** For guests that can wait, after one thing at the site breaks. @default - gone for 14 days, 8 days of work lost */
    deferrable: target.optional(),
    /** For single guests, by VMID; it goes before that of their tier. */
    guests: z.record(vmidText("140"), target).default({}),
    /** For every guest after the loss of the whole site, of a key, or of a login to a thief. @default - gone for 14 days, 8 days of work lost */
    disasters: target.optional(),
  })
  .prefault({});

/** Targets for guests that are not there. */
export function targetProblems({ targets }: Settings, { guests }: Inventory): Problem[] {
  return Object.keys(targets.guests)
    .filter((vmid) => !guests.some((guest) => guest.vmid === Number(vmid)))
    .map((vmid) => ({
      path: `targets.guests.${vmid}`,
      expected: "the VMID of a guest in the inventory",
      cure: "remove it or correct it",
    }));
}
