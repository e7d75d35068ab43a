import { setTimeout as sleep } from "node:timers/promises";
import * as z from "zod";

import { isDuration, toSeconds } from "../../estate/units/duration";
import { ApiError, Unreachable } from "../clients/api-error";
import { HaClient, type ReplicationStatus } from "../clients/ha-client";
import { plain, text, type Fields } from "./fields";
import { Refusal } from "./refusal";
import { guestIn, REPLICATION_ID } from "./replication-id";
import { demandSight, type Site } from "./site";
import { type SiteObject } from "./site-object";

const INPUTS = z.strictObject({
  jobId: REPLICATION_ID.describe("The replication job that is waited for. **Cannot be changed.**"),
  limit: z
    .string()
    .refine(isDuration, { error: 'expected a duration such as "2 hours"' })
    .describe("How long it is waited for; the first run copies every disk."),
});

/**
 * The moment at which a replica holds all disks for the first time. HA that watches a guest before could start it elsewhere from
 * nothing. It is waited for once: later runs, and a guest that has moved, have nothing to wait for.
 */
export const firstSync: SiteObject = {
  token: "resilience:pve:FirstSync",
  description: "The first successful run of a replication job; making it waits for that run.",
  inputs: INPUTS,
  extraOutputs: {},
  secrets: [],
  unreadable: ["limit"],
  identity: ["jobId"],
  fixed: { jobId: "Another job has a first run of its own: declare a second one" },
  meanings: { jobId: plain, limit: plain },
  idOf: ({ jobId }) => String(jobId),
  identityOf: (id) => ({ jobId: id }),
  look,
  weakenings: () => Promise.resolve([]),
  plan: () => Promise.resolve({ adopted: false }),
  create,
  update: () => Promise.resolve({}),
  remove: () => Promise.resolve(),
};

/** Once it has been waited for, it counts as long as the job is there: after a failover the job begins anew the other way round. */
async function look(site: Site, identity: Fields): Promise<Fields | undefined> {
  const jobId = text(identity, "jobId");
  const jobs = await new HaClient(site.pve()).replicationJobs();
  if (jobs.some(({ id }) => id === jobId)) return { jobId };
  await demandSight(site.pve(), `/vms/${guestIn(jobId)}`, "VM.Audit");
  return undefined;
}

async function create(site: Site, wanted: Fields): Promise<Fields> {
  const { jobId, limit } = INPUTS.parse(wanted);
  const deadline = Date.now() + toSeconds(limit) * 1_000;
  const client = new HaClient(site.pve());
  let asked = false;
  for (let seen = ""; ;) {
    const node = await holderOf(client, jobId);
    const status = await client.replicationStatus(node, jobId).catch(unlessAway);
    if ((status?.last_sync ?? 0) > 0) return {};
    if (!asked) {
      await client.scheduleReplication(node, jobId);
      asked = true;
    }
    const state = stateOf(status);
    if (state !== seen) site.progress(`waiting for the first run of replication ${jobId}: ${state}`);
    seen = state;
    if (Date.now() > deadline) throw new Refusal(late(jobId, limit, node, state));
    await sleep(site.pause);
  }
}

/** The node that has the guest now runs its replication. */
async function holderOf(client: HaClient, jobId: string): Promise<string> {
  const vmid = guestIn(jobId);
  const guest = (await client.guests()).find((one) => one.vmid === vmid);
  if (guest !== undefined) return guest.node;
  throw new Refusal(`pve:FirstSync/${jobId}: expected a guest ${vmid} on the site, and this login sees none`);
}

function stateOf(status: ReplicationStatus | undefined): string {
  if (status === undefined) return "its node does not answer";
  const { fail_count: failures = 0, error, last_try: tried = 0 } = status;
  if (failures > 0 || error !== undefined)
    return `it failed ${failures} times, last with "${error ?? "no reason given"}"`;
  return tried > 0 ? "it runs, or ran without an end" : "it has not begun";
}

function late(jobId: string, limit: string, node: string, state: string): string {
  return (
    `pve:FirstSync/${jobId}: expected a first successful run within ${limit}, and ${state}. ` +
    `HA does not watch guest ${guestIn(jobId)} yet: without a replica it would start elsewhere from nothing. ` +
    `Look at "pvesr status" on ${node}, then run this again; a large guest needs a longer limit`
  );
}

/** A node that is busy or away is asked again until the limit; a refusal of PVE is shown at once. */
function unlessAway(error: unknown): undefined {
  if (error instanceof Unreachable || (error instanceof ApiError && BUSY.has(error.status))) return undefined;
  throw error;
}

/** pveproxy: the node that was asked cannot reach the other, or the other does not answer in time. */
const BUSY = new Set([595, 596, 599]);
