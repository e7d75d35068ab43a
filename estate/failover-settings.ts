import * as z from "zod";

import { durationText, expecting } from "./schema";
import { calendarEventEvery } from "./units/calendar-event";

/** What a site promises of failover. Which guests fail over, and where to, their modules say. */
export const failoverSettings = z
  .strictObject({
    /** Recovery point objective: the most work that may be lost when a node dies. @default "1 hour" */
    rpo: durationText.default("1 hour"),
    /**
     * Time between two starts of replication, a divisor of 1 hour or of 1 day. An interval, a run and the 30 minutes after which PVE
     * tries a failed run again have to be within the rpo.
     * @default - `replicationSchedule` of each module, which is every 15 minutes where the module is silent
     */
    replicationInterval: durationText
      .refine(
        (interval) => calendarEventEvery(interval) !== undefined,
        expecting('a divisor of 1 hour or of 1 day, such as "5 minutes"'),
      )
      .optional(),
    /** How long a run of replication takes, as measured on the site. @default "5 minutes" */
    replicationRun: durationText.default("5 minutes"),
    /** How long the first run of replication is waited for, which copies all disks of a guest. @default "2 hours" */
    firstSyncLimit: durationText.default("2 hours"),
  })
  .prefault({});
