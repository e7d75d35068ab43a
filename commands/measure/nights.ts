import { type BackupNight } from "../../planning/backup-nights";
import { type RestoreClient } from "../../provider/clients/restore-client";
import { nightsIn } from "./night-log";

/** Backups that the nodes of a site took since a moment, RFC 3339, as their own task logs tell of them. */
export async function nightsSince(client: RestoreClient, since: string): Promise<BackupNight[]> {
  const lists = await client.tasksEverywhere(since);
  const dumps = lists.flat().filter(({ type, endtime }) => type === "vzdump" && endtime !== undefined);
  const nights: BackupNight[] = [];
  // One log after the other: a month of them is much for a small node.
  for (const { node, upid, starttime } of dumps) {
    let at = starttime;
    for (const night of nightsIn(await client.log(node, upid))) {
      nights.push({ ...night, at, run: upid });
      at += night.seconds;
    }
  }
  return nights;
}
