import * as z from "zod";

import { durationText, expecting, identifier } from "./schema";
import { calendarEventEvery } from "./units/calendar-event";
import { defined } from "./units/defined";

/** Options of the whole cluster. Those that are left out stay as they are on the site. */
export const clusterSettings = z
  .strictObject({
    /**
     * What a node does with guests under HA when it is shut down or restarted: `migrate` moves them away first and back afterwards.
     * @default - as it is on the site, which is `conditional` where nobody set it: stopped at a restart until the node is back
     */
    shutdownPolicy: z.enum(["freeze", "failover", "conditional", "migrate"]).optional(),
    /** Network over which guests move, `10.0.1.0/24`. @default - as it is on the site, else the nodes' own */
    migrationNetwork: identifier("network").optional(),
    /** Network over which replicas are sent, `10.0.1.0/24`. @default - as it is on the site, else that of migrations */
    replicationNetwork: identifier("network").optional(),
  })
  .prefault({})
  .transform(defined);

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
