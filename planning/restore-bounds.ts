import { aloneRate, type RestoreJob, type RestoreQueue, type RestoreSlot } from "./restore-queue";

/** What no order can go below. */
export interface RestoreBounds {
  /** Weighted downtime in seconds. */
  readonly weightedDowntime: number;
  /** Seconds until the last guest serves. */
  readonly makespan: number;
}

/**
 * Lower bounds of a queue. Each forgets all but one resource, or all but the chains of dependencies, and solves what is left
 * exactly: by Smith's rule for weighted downtime, by Jackson's for the makespan.
 */
export function restoreBounds(queue: RestoreQueue): RestoreBounds {
  const { jobs, capacities } = queue;
  const chains = soonestSlots(queue).map(({ serves }) => serves);
  const chainDowntime = jobs.reduce((sum, { weight }, position) => sum + weight * (chains[position] ?? 0), 0);
  const resources = [...capacities.keys()];
  return {
    weightedDowntime: Math.max(chainDowntime, ...resources.map((resource) => smith(queue, resource, chains))),
    makespan: Math.max(0, ...chains, ...resources.map((resource) => jackson(queue, resource))),
  };
}

/** Slot of each guest as if it, and all that it depends on, had the site to themselves: nothing can come back sooner. */
export function soonestSlots(queue: RestoreQueue): RestoreSlot[] {
  const { jobs } = queue;
  const positions = new Map(jobs.map(({ vmid }, position) => [vmid, position]));
  const known = new Map<number, RestoreSlot>();
  const slotOf = (job: RestoreJob): RestoreSlot => {
    const before = known.get(job.vmid);
    if (before !== undefined) return before;
    const needed = job.dependsOn
      .flatMap((vmid) => jobs[positions.get(vmid) ?? -1] ?? [])
      .map((need) => slotOf(need).serves);
    const ends = transferOf(queue, job);
    const booted = ends + job.boot;
    const ready = needed.reduce((latest, time) => Math.max(latest, time), booted);
    const slot = { vmid: job.vmid, starts: 0, ends, booted, waits: ready - booted, serves: ready + job.probe };
    known.set(job.vmid, slot);
    return slot;
  };
  return jobs.map(slotOf);
}

function transferOf(queue: RestoreQueue, job: RestoreJob): number {
  return job.bytes === 0 ? 0 : job.bytes / aloneRate(queue, job);
}

/** One resource that serves the heaviest guest a byte first. Guests that do not pass it count with their own bound. */
function smith({ jobs, capacities }: RestoreQueue, resource: number, chains: readonly number[]): number {
  const capacity = capacities[resource] ?? Infinity;
  const passing = [...jobs.keys()].filter((position) => jobs[position]?.resources.includes(resource));
  const others = [...jobs.keys()].filter((position) => jobs[position]?.resources.includes(resource) === false);
  const ratio = (position: number) => (jobs[position]?.weight ?? 0) / Math.max(jobs[position]?.bytes ?? 0, 1e-9);
  let ends = 0;
  let sum = others.reduce((all, position) => all + (jobs[position]?.weight ?? 0) * (chains[position] ?? 0), 0);
  for (const position of passing.toSorted((a, b) => ratio(b) - ratio(a))) {
    const job = jobs[position];
    if (job === undefined) continue;
    ends += job.bytes / capacity;
    sum += job.weight * (ends + job.boot + job.probe);
  }
  return sum;
}

/** One resource that serves the guest with the longest way from its last byte to its service first. */
function jackson({ jobs, capacities }: RestoreQueue, resource: number): number {
  const capacity = capacities[resource] ?? Infinity;
  const passing = jobs.filter(({ resources }) => resources.includes(resource));
  let ends = 0;
  let latest = 0;
  for (const job of passing.toSorted((a, b) => b.boot + b.probe - (a.boot + a.probe))) {
    ends += job.bytes / capacity;
    latest = Math.max(latest, ends + job.boot + job.probe);
  }
  return latest;
}
