import * as z from "zod";

import { type Observation } from "./observation";
import { type Parsed } from "./problem";
import { identifier, parse, vmidText } from "./schema";

/** File of a site's folder that keeps the numbers of its replication jobs. */
export const REPLICATION_JOBS_FILE = "replication-jobs.json";

const number = z.int().min(0).max(999_999_999);
const replicationJobs = z.record(vmidText("140"), z.record(identifier("node"), number));

/**
 * Number of the replication job to each node, by VMID and node. A number belongs to its node for good, also after the job is gone:
 * under another number PVE would begin another replica, and under a number that was another node's it would mix two up.
 */
export type ReplicationJobs = Readonly<Record<string, Readonly<Record<string, number>>>>;

/** Reads the numbers that a site's folder keeps. */
export function parseReplicationJobs(input: unknown): Parsed<ReplicationJobs> {
  return parse(replicationJobs, input, REPLICATION_JOBS_FILE);
}

/** A guest whose disks are to be replicated. */
export interface ReplicatedGuest {
  /** Its number. */
  readonly vmid: number;
  /** Node that runs it while all nodes are up. */
  readonly home: string;
  /** Nodes that get a replica. */
  readonly targets: readonly string[];
}

/**
 * The numbers that are kept, and those of guests that have none yet: the one that the node's job was seen with, else the lowest that
 * no job of the guest has or had.
 */
export function replicationJobsOf(
  guests: readonly ReplicatedGuest[],
  kept: ReplicationJobs,
  observation: Observation | undefined,
): ReplicationJobs {
  const jobs: Record<string, Record<string, number>> = {};
  for (const [id, numbers] of Object.entries(kept)) jobs[id] = { ...numbers };
  for (const guest of guests) {
    const seen = seenJobs(guest, observation);
    const own = (jobs[String(guest.vmid)] ??= {});
    for (const target of guest.targets) {
      own[target] ??= seen.find(({ node }) => node === target)?.number ?? lowestFree(own, seen);
    }
  }
  return jobs;
}

interface SeenJob {
  readonly number: number;
  /** Node with the replica while the guest is at home. */
  readonly node: string;
}

/** PVE turns a job round when its guest moves to the replica: then its source is the node that it belongs to. */
function seenJobs({ vmid: id, home }: ReplicatedGuest, observation: Observation | undefined): SeenJob[] {
  return (observation?.replication?.items ?? []).flatMap(({ id: jobId, source, target }) => {
    const [guest, job] = jobId.split("-").map(Number);
    if (guest !== id || job === undefined) return [];
    return [{ number: job, node: target === home && source !== undefined ? source : target }];
  });
}

function lowestFree(own: Readonly<Record<string, number>>, seen: readonly SeenJob[]): number {
  const taken = new Set([...Object.values(own), ...seen.map(({ number: one }) => one)]);
  let free = 0;
  while (taken.has(free)) free += 1;
  return free;
}
