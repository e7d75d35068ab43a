import { isAway } from "../../provider/clients/api-error";
import { HaClient } from "../../provider/clients/ha-client";
import { observeQuorumDevice } from "../observe/machines";
import { type Ask } from "../observe/site";
import { type Runs, type SeenFailover, type SeenJob } from "./replication";

/** Looks at replication and HA as they are at this moment, through any node. It changes nothing. */
export async function seeFailover(ask: Ask): Promise<SeenFailover> {
  const client = new HaClient({ ask });
  const rows = await client.status();
  const holders = new Map((await client.guests()).map(({ vmid, node }) => [vmid, node]));
  const jobs = await client.replicationJobs();
  const [device] = await observeQuorumDevice(ask);
  return {
    jobs: await Promise.all(
      jobs.map(async ({ id, target, schedule, disable }): Promise<SeenJob> => {
        const holder = holders.get(Number(id.split("-")[0]));
        const runs = holder === undefined ? undefined : await runsOf(client, holder, id);
        return { id, target, schedule: schedule ?? "*/15", disabled: disable === true, holder, runs };
      }),
    ),
    services: rows.flatMap(({ type, sid, state = "" }) =>
      type === "service" && sid !== undefined ? [{ sid, state }] : [],
    ),
    quorate: rows.find(({ type }) => type === "quorum")?.quorate !== false,
    device: device === undefined ? undefined : { host: device.id, votes: device.state === "Connected" },
    master: rows.find(({ type }) => type === "master")?.node,
  };
}

async function runsOf(client: HaClient, holder: string, id: string): Promise<Runs | undefined> {
  try {
    const now = await client.clock(holder);
    const { last_sync: lastSync = 0, fail_count: failures = 0, error } = await client.replicationStatus(holder, id);
    return { now, lastSync, failures, error };
  } catch (failure) {
    // A node that is off, or from which the guest has just moved, tells nothing; the rest of the site does.
    if (isAway(failure)) return undefined;
    throw failure;
  }
}
