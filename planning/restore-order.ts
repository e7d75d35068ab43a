import { restoreBounds, type RestoreBounds } from "./restore-bounds";
import { aloneRate, runInOrder, type RestoreQueue, type RestoreRun } from "./restore-queue";

/** In which order guests are restored, and how far that is from what no order can beat. */
export interface RestoreOrder {
  /** Positions in the queue's jobs, first to be restored first. */
  readonly order: readonly number[];
  /** What comes of it. */
  readonly run: RestoreRun;
  /** What no order can go below. */
  readonly bounds: RestoreBounds;
  /** Share by which its weighted downtime may exceed the least possible; 0 when it is the least. */
  readonly gap: number;
}

/** What a plan may spend on exchanges and stay unnoticed beside a preview: runs, times the square of the guests in each. */
const EFFORT = 150_000;

/** Share of weighted downtime that may be given for an earlier end of the whole. */
const GIVEN_FOR_END = 0.04;

/** Share above its bound at which the end of the whole is late, as when a very large guest is left for the end. */
const LATE = 0.1;

/** With so few guests the end of the whole is one person's wait among few, and the least downtime goes before it. */
const FEW = 9;

/** Share above its bound at which the end of the whole is near enough. */
const NEAR_ENOUGH = 0.02;

/**
 * The order that costs the least weighted downtime, as far as it is found: guests first that weigh most a byte, with what they
 * depend on before them, and then exchanges as long as they help. Of orders that cost nearly the same, the one that ends first.
 *
 * It is a heuristic: finding the least for certain takes too long beyond a dozen guests. The gap says how far it can be off.
 * @param effort What may be spent on exchanges; 0 for none.
 */
export function restoreOrder(queue: RestoreQueue, effort = EFFORT): RestoreOrder {
  const bounds = restoreBounds(queue);
  const downtime = (run: RestoreRun) => run.weightedDowntime;
  const starts = [byUrgency(queue), byOwnWeight(queue), byLength(queue)].map((order) => tried(queue, order, downtime));
  const [first, ...others] = starts;
  if (first === undefined) throw new RangeError("Expected an order, got none.");
  const from = others.reduce((least, next) => (next.cost < least.cost ? next : least), first);
  const cheapest = improved(queue, from, downtime, effort);
  const { order, run } = endingInTime(queue, endingSooner(queue, cheapest, bounds.makespan), bounds.makespan, effort);
  const least = bounds.weightedDowntime;
  return { order, run, bounds, gap: least === 0 ? 0 : Math.max(0, run.weightedDowntime / least - 1) };
}

interface Tried {
  readonly order: readonly number[];
  readonly run: RestoreRun;
  readonly cost: number;
}

function tried(queue: RestoreQueue, order: readonly number[], costOf: (run: RestoreRun) => number): Tried {
  const run = runInOrder(queue, order);
  return { order, run, cost: costOf(run) };
}

/** Moves of one guest to another place, the nearest first, until none helps or the effort is spent. */
function improved(queue: RestoreQueue, from: Tried, costOf: (run: RestoreRun) => number, effort: number): Tried {
  const count = from.order.length;
  let left = Math.floor(effort / Math.max(count, 1) ** 2);
  let best = from;
  for (let reach = 1; reach < count; reach += 1) {
    for (let place = 0; place + reach < count; place += 1) {
      for (const order of neighbours(best.order, place, place + reach)) {
        if (left <= 0) return best;
        left -= 1;
        const next = tried(queue, order, costOf);
        if (next.cost >= best.cost * (1 - 1e-9)) continue;
        best = next;
        reach = 0;
        break;
      }
      if (reach === 0) break;
    }
  }
  return best;
}

/** What ends last is begun earlier, place by place, as long as that ends the whole sooner and costs next to nothing. */
function endingSooner(queue: RestoreQueue, cheapest: Tried, bound: number): Tried {
  const most = cheapest.run.weightedDowntime * (1 + GIVEN_FOR_END);
  let best = cheapest;
  for (let round = 0; round < queue.jobs.length && best.run.makespan > bound * (1 + NEAR_ENOUGH); round += 1) {
    const sooner = begunEarlier(best).find((order) => {
      const run = runInOrder(queue, order);
      return run.makespan < best.run.makespan * (1 - 1e-9) && run.weightedDowntime <= most;
    });
    if (sooner === undefined) return best;
    best = tried(queue, sooner, ({ weightedDowntime }) => weightedDowntime);
  }
  return best;
}

/** Where the whole would end late, what ends last begins first, and then the cheapest order that is found from there and is not late. */
function endingInTime(queue: RestoreQueue, found: Tried, bound: number, effort: number): Tried {
  const latest = bound * (1 + LATE);
  const inTime = ({ makespan, weightedDowntime }: RestoreRun) => (makespan > latest ? Infinity : weightedDowntime);
  let early = tried(queue, found.order, inTime);
  const { length: count } = queue.jobs;
  // Without the effort to try each place once, a large guest would stay in front of all others.
  if (count <= FEW || effort < count ** 3 || early.cost < Infinity) return found;
  for (let round = 0; round < count && early.cost === Infinity; round += 1) {
    const last = lastOf(early);
    early = tried(queue, [last, ...early.order.filter((job) => job !== last)], inTime);
  }
  return early.cost === Infinity ? found : improved(queue, early, inTime, effort);
}

/** Orders in which the guest whose transfer ends last is begun earlier, by steps that double. */
function begunEarlier(from: Tried): number[][] {
  const { order } = from;
  const last = lastOf(from);
  const place = order.indexOf(last);
  const steps = Array.from({ length: Math.ceil(Math.log2(place + 1)) + 1 }, (_, power) => Math.min(2 ** power, place));
  return steps.filter((step) => step > 0).map((step) => order.toSpliced(place, 1).toSpliced(place - step, 0, last));
}

/** The guest whose transfer ends last. */
function lastOf({ order, run: { slots } }: Tried): number {
  return order.reduce((latest, job) => ((slots[job]?.ends ?? 0) > (slots[latest]?.ends ?? 0) ? job : latest), 0);
}

/** Both moves and the exchange of two places. */
function neighbours(order: readonly number[], early: number, late: number): number[][] {
  const one = order[early] ?? 0;
  const other = order[late] ?? 0;
  const forward = order.toSpliced(late, 1).toSpliced(early, 0, other);
  if (late === early + 1) return [forward];
  const backward = order.toSpliced(early, 1).toSpliced(late, 0, one);
  return [forward, backward, order.with(early, other).with(late, one)];
}

/** Weight a second of transfer; what others depend on takes over their weight as far as that raises it. */
function byUrgency(queue: RestoreQueue): number[] {
  const { jobs } = queue;
  const seconds = jobs.map((job) => Math.max(job.bytes / aloneRate(queue, job), 1e-9));
  const positions = new Map(jobs.map(({ vmid }, position) => [vmid, position]));
  const needs = jobs.map(({ dependsOn }) => dependsOn.flatMap((vmid) => positions.get(vmid) ?? []));
  const dependents: number[][] = jobs.map(() => []);
  needs.forEach((needed, position) => {
    for (const need of needed) dependents[need]?.push(position);
  });
  const urgency: (number | undefined)[] = [];
  const urgencyOf = (position: number): number => {
    const known = urgency[position];
    if (known !== undefined) return known;
    let weight = jobs[position]?.weight ?? 0;
    let time = seconds[position] ?? 0;
    const above = (dependents[position] ?? []).toSorted((a, b) => urgencyOf(b) - urgencyOf(a));
    for (const dependent of above) {
      if (urgencyOf(dependent) <= weight / time) break;
      weight += jobs[dependent]?.weight ?? 0;
      time += seconds[dependent] ?? 0;
    }
    urgency[position] = weight / time;
    return weight / time;
  };
  const ranked = [...jobs.keys()].toSorted((a, b) => urgencyOf(b) - urgencyOf(a));
  return withNeedsBefore(ranked, needs);
}

/** Weight a second of a guest's own transfer alone. */
function byOwnWeight(queue: RestoreQueue): number[] {
  const { jobs } = queue;
  const ratio = (job: number) => (jobs[job]?.weight ?? 0) / Math.max(jobs[job]?.bytes ?? 0, 1e-9);
  return [...jobs.keys()].toSorted((a, b) => ratio(b) - ratio(a));
}

/** Longest way to its service first: it ends soonest as a whole. */
function byLength(queue: RestoreQueue): number[] {
  const { jobs, capacities } = queue;
  const load = capacities.map((capacity, resource) =>
    jobs.reduce((sum, { bytes, resources }) => sum + (resources.includes(resource) ? bytes / capacity : 0), 0),
  );
  const ways = jobs.map(({ resources, boot, probe }) =>
    resources.reduce((sum, resource) => sum + (load[resource] ?? 0), boot + probe),
  );
  return [...jobs.keys()].toSorted((a, b) => (ways[b] ?? 0) - (ways[a] ?? 0));
}

/** The order, with all that a guest depends on moved before it. */
function withNeedsBefore(ranked: readonly number[], needs: readonly (readonly number[])[]): number[] {
  const placed = new Set<number>();
  const place = (position: number) => {
    if (placed.has(position)) return;
    for (const need of needs[position] ?? []) place(need);
    placed.add(position);
  };
  ranked.forEach(place);
  return [...placed];
}
