/** A guest to be restored, in bytes and seconds of one figure: all best, or all expected. */
export interface RestoreJob {
  /** VMID. */
  readonly vmid: number;
  /** Bytes to write. */
  readonly bytes: number;
  /** Bytes a second that this restore reaches when nothing else runs; above 0. */
  readonly fastest: number;
  /** Indices of the shared resources that it passes: the store, the link, the disks of a node. */
  readonly resources: readonly number[];
  /** Seconds from the end of the transfer until the guest has started. */
  readonly boot: number;
  /** Seconds from then, and from the moment when all that it depends on serves, until it serves. */
  readonly probe: number;
  /** What an hour without it weighs; above 0. */
  readonly weight: number;
  /** VMIDs of jobs without which it does not serve; without cycles. Others are taken to serve already. */
  readonly dependsOn: readonly number[];
}

/** Guests to be restored, and what they share. */
export interface RestoreQueue {
  /** The guests. */
  readonly jobs: readonly RestoreJob[];
  /** Bytes a second that each shared resource carries, by index; above 0. */
  readonly capacities: readonly number[];
}

/** When one guest is read back, in seconds after the first transfer begins. */
export interface RestoreSlot {
  /** VMID. */
  readonly vmid: number;
  /** When its transfer begins. */
  readonly starts: number;
  /** When its transfer ends. */
  readonly ends: number;
  /** When it has started. */
  readonly booted: number;
  /** Seconds that it stands started and waits for what it depends on. */
  readonly waits: number;
  /** When it serves, all that it depends on serving before. */
  readonly serves: number;
}

/** What came of one order of restores. */
export interface RestoreRun {
  /** Slots in the order of the jobs. */
  readonly slots: readonly RestoreSlot[];
  /** Sum over all guests of weight times seconds until it serves. */
  readonly weightedDowntime: number;
  /** Seconds until the last guest serves. */
  readonly makespan: number;
  /** Most transfers that ran at once. */
  readonly concurrency: number;
}

/**
 * Restores in a given order: each takes of every resource what those before it leave, as restores with a bandwidth limit do, so
 * that one begins as soon as enough is left for it.
 * @param order Positions in `queue.jobs`, first to be restored first; each once.
 */
export function runInOrder(queue: RestoreQueue, order: readonly number[]): RestoreRun {
  const everyone = passedByAll(queue);
  const least = new Float64Array(queue.jobs.map((job) => LEAST_SHARE * aloneRate(queue, job)));
  return run(queue, (remaining) => ratesInOrder(queue, order, { everyone, least }, remaining));
}

/** Restores all at once, as with a click on each: every resource is shared evenly between those that pass it. */
export function runAllAtOnce(queue: RestoreQueue): RestoreRun {
  return run(queue, (remaining) => evenRates(queue, remaining));
}

/**
 * Restores in turns: each begins when those that it waits for have ended, and those that run share every resource evenly, as restores
 * without a bandwidth limit do.
 * @param waitsFor VMIDs whose transfer has to end before, by VMID; without cycles.
 */
export function runInTurns(queue: RestoreQueue, waitsFor: ReadonlyMap<number, readonly number[]>): RestoreRun {
  const positions = new Map(queue.jobs.map(({ vmid }, position) => [vmid, position]));
  const before = queue.jobs.map(({ vmid }) => (waitsFor.get(vmid) ?? []).flatMap((one) => positions.get(one) ?? []));
  return run(queue, (remaining) =>
    evenRates(queue, remaining, (job) => (before[job] ?? []).every((one) => (remaining[one] ?? 0) <= 0)),
  );
}

/** The rate of a restore that runs alone. */
export function aloneRate({ capacities }: RestoreQueue, { fastest, resources }: RestoreJob): number {
  return resources.reduce((least, resource) => Math.min(least, capacities[resource] ?? 0), fastest);
}

/** Rates of transfers, by position; those that are left out wait. */
type Rates = ReadonlyMap<number, number>;

/** Below a millionth of a second's worth a transfer is at its end: what is left is rounding. */
const DONE = 1e-6;

function run(queue: RestoreQueue, ratesOf: (remaining: Float64Array) => Rates): RestoreRun {
  const { jobs } = queue;
  const remaining = new Float64Array(jobs.map(({ bytes }) => bytes));
  const starts = new Float64Array(jobs.length).fill(-1);
  const ends = new Float64Array(jobs.length);
  let now = 0;
  let concurrency = 0;
  for (let rates = ratesOf(remaining); rates.size > 0; rates = ratesOf(remaining)) {
    concurrency = Math.max(concurrency, rates.size);
    let step = Infinity;
    for (const [job, rate] of rates) step = Math.min(step, (remaining[job] ?? 0) / rate);
    for (const [job, rate] of rates) {
      if (starts[job] === -1) starts[job] = now;
      const left = (remaining[job] ?? 0) - rate * step;
      remaining[job] = left <= DONE * rate ? 0 : left;
      if (remaining[job] === 0) ends[job] = now + step;
    }
    now += step;
  }
  return outcome(queue, starts, ends, concurrency);
}

/** Of what is left, a restore that would get less than this share of its own rate waits rather than crawls. */
const LEAST_SHARE = 0.05;

function ratesInOrder(
  queue: RestoreQueue,
  order: readonly number[],
  { everyone, least }: { readonly everyone: readonly number[]; readonly least: Float64Array },
  remaining: Float64Array,
): Rates {
  const { jobs, capacities } = queue;
  const free = new Float64Array(capacities);
  const rates = new Map<number, number>();
  for (const position of order) {
    const job = jobs[position];
    if (job === undefined || (remaining[position] ?? 0) <= 0) continue;
    let rate = job.fastest;
    for (const resource of job.resources) rate = Math.min(rate, free[resource] ?? 0);
    if (rate < (least[position] ?? 0)) continue;
    rates.set(position, rate);
    for (const resource of job.resources) free[resource] = (free[resource] ?? 0) - rate;
    if (everyone.some((resource) => (free[resource] ?? 0) < DONE * (capacities[resource] ?? 0))) break;
  }
  return rates;
}

/** Resources that every job passes: once one of them is full, nobody else needs to be asked. */
function passedByAll({ jobs, capacities }: RestoreQueue): number[] {
  return [...capacities.keys()].filter((resource) => jobs.every(({ resources }) => resources.includes(resource)));
}

/** Max-min fair shares: the tightest resource is dealt out first, and whoever passes it is settled. */
function evenRates(
  { jobs, capacities }: RestoreQueue,
  remaining: Float64Array,
  mayRun: (job: number) => boolean = () => true,
): Rates {
  const free = Float64Array.from(capacities);
  const rates = new Map<number, number>();
  let open = [...jobs.keys()].filter((job) => (remaining[job] ?? 0) > 0 && mayRun(job));
  while (open.length > 0) {
    const users = new Float64Array(capacities.length);
    for (const job of open)
      for (const resource of jobs[job]?.resources ?? []) users[resource] = (users[resource] ?? 0) + 1;
    const shareOf = (job: number) =>
      (jobs[job]?.resources ?? []).reduce(
        (least, resource) => Math.min(least, (free[resource] ?? 0) / (users[resource] ?? 1)),
        jobs[job]?.fastest ?? 0,
      );
    const shares = new Map(open.map((job) => [job, shareOf(job)]));
    const least = Math.min(...shares.values());
    for (const [job, share] of shares) {
      if (share > least * (1 + DONE)) continue;
      rates.set(job, share);
      for (const resource of jobs[job]?.resources ?? []) free[resource] = (free[resource] ?? 0) - share;
    }
    open = open.filter((job) => !rates.has(job));
  }
  return rates;
}

function outcome({ jobs }: RestoreQueue, starts: Float64Array, ends: Float64Array, concurrency: number): RestoreRun {
  const slots = new Map<number, RestoreSlot>();
  const positions = new Map(jobs.map(({ vmid }, position) => [vmid, position]));
  const slotOf = (position: number): RestoreSlot | undefined => {
    const job = jobs[position];
    if (job === undefined) return undefined;
    const known = slots.get(job.vmid);
    if (known !== undefined) return known;
    const ended = ends[position] ?? 0;
    const booted = ended + job.boot;
    let ready = booted;
    for (const vmid of job.dependsOn) {
      const at = positions.get(vmid);
      if (at !== undefined) ready = Math.max(ready, slotOf(at)?.serves ?? 0);
    }
    const start = Math.max(starts[position] ?? 0, 0);
    const slot = {
      vmid: job.vmid,
      starts: start,
      ends: ended,
      booted,
      waits: ready - booted,
      serves: ready + job.probe,
    };
    slots.set(job.vmid, slot);
    return slot;
  };
  const all = [...jobs.keys()].flatMap((position) => slotOf(position) ?? []);
  return {
    slots: all,
    weightedDowntime: all.reduce((sum, { serves }, index) => sum + serves * (jobs[index]?.weight ?? 0), 0),
    makespan: all.reduce((latest, { serves }) => Math.max(latest, serves), 0),
    concurrency,
  };
}
