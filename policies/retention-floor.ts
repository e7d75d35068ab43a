import { resourceRule } from "./rule";
import { PRUNE_JOB } from "./types";

/** TAPPaaS' own promise: 7 days, 4 weeks, 12 months. */
const FLOOR = { keepDaily: 7, keepWeekly: 4, keepMonthly: 12 } as const;

/** Backups stay for as long as it takes until somebody notices that something is gone. */
export const retentionFloor = resourceRule(
  { name: "retention-floor", description: "Backups stay for 7 days, 4 weeks and 12 months at least." },
  [PRUNE_JOB],
  ({ name, props }) => {
    const less = Object.entries(FLOOR).filter(([field, count]) => !(Number(props[field] ?? 0) >= count));
    if (less.length === 0) return [];
    const cures = less.map(([field, count]) => `${field}: ${count}`).join(", ");
    return [
      `What ${name} keeps must reach back 7 days, 4 weeks and 12 months: set backup.retention to ${cures} or more, or accept it in acceptances.json as shorten-retention.`,
    ];
  },
);
