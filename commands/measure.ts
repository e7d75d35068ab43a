import { dailyChanges, withNights, type BackupNight, type DailyChange } from "../planning/backup-nights";
import { ratesWith } from "../planning/rates";
import { type PlanningRecord } from "../planning/record";
import { RestoreClient } from "../provider/clients/restore-client";
import { type Stack } from "./engine/stack";
import { nightsSince } from "./measure/nights";
import { readPlanning } from "./planning-file";
import { openServers } from "./servers";

/** What a site's own backups say of it. */
export interface Measured {
  /** Backups that were found, each of one guest. */
  readonly nights: readonly BackupNight[];
  /** What guests change in a day, those that change most first. */
  readonly changes: readonly DailyChange[];
  /** `planning.json` as it is. */
  readonly before: PlanningRecord;
  /** The same with what was measured. */
  readonly after: PlanningRecord;
}

/** Reads what the backups of the last days measured: data in use, what changes in a day, how long a night takes. It writes nothing. */
export async function measure(stack: Stack, days: number, now = new Date()): Promise<Measured> {
  const servers = await openServers(stack.settingsFile);
  try {
    const since = new Date(now.getTime() - days * 86_400_000).toISOString();
    const nights = await nightsSince(new RestoreClient(servers.pve), since);
    const before = readPlanning(stack.siteFolder);
    const rates = ratesWith(before.measured);
    return { nights, changes: dailyChanges(nights, rates), before, after: withNights(before, nights, rates) };
  } finally {
    await servers.close();
  }
}
