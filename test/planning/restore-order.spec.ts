import { strict as assert } from "node:assert";

import fc from "fast-check";

import { restoreBounds } from "../../planning/restore-bounds";
import { restoreOrder } from "../../planning/restore-order";
import { runAllAtOnce, runInOrder, type RestoreQueue } from "../../planning/restore-queue";
import { lognormalQueue, queues } from "./queues";
import { propertyRuns } from "../support/property-runs";

function permutations(count: number): number[][] {
  if (count === 0) return [[]];
  return permutations(count - 1).flatMap((rest) =>
    Array.from({ length: count }, (_, at) => rest.toSpliced(at, 0, count - 1)),
  );
}

/** The least weighted downtime of all orders, by trying every one. */
function least(queue: RestoreQueue): number {
  return permutations(queue.jobs.length).reduce(
    (best, order) => Math.min(best, runInOrder(queue, order).weightedDowntime),
    Infinity,
  );
}

/** A second simulation, that only steps through time: what the first one says is held against it. */
function stepped({ jobs, capacities }: RestoreQueue, order: readonly number[], step: number): number[] {
  const left = jobs.map(({ bytes }) => bytes);
  const ends = jobs.map(() => 0);
  for (let now = 0; left.some((bytes) => bytes > 0); now += step) {
    const free = [...capacities];
    for (const position of order) {
      const { resources, fastest } = jobs[position]!;
      if (left[position]! <= 0) continue;
      const alone = Math.min(fastest, ...resources.map((resource) => capacities[resource]!));
      const rate = Math.min(fastest, ...resources.map((resource) => free[resource]!));
      if (rate < 0.05 * alone) continue;
      for (const resource of resources) free[resource]! -= rate;
      left[position]! -= rate * step;
      if (left[position]! <= 0) ends[position] = now + step;
    }
  }
  return ends;
}

describe("the order of restores", () => {
  it("restores every guest once, none before what it depends on serves", () => {
    fc.assert(
      fc.property(queues(12), (queue) => {
        const { order, run } = restoreOrder(queue);
        assert.deepEqual(
          [...order].sort((a, b) => a - b),
          [...queue.jobs.keys()],
        );
        const serves = new Map(run.slots.map((slot) => [slot.vmid, slot.serves]));
        for (const { vmid, dependsOn, probe } of queue.jobs) {
          for (const need of dependsOn) assert.ok(serves.get(vmid)! >= serves.get(need)! + probe - 1e-6);
        }
      }),
    );
  });

  it("never claims more of a link or a disk than it has", () => {
    fc.assert(
      fc.property(queues(6), (queue) => {
        const order = [...queue.jobs.keys()];
        const ends = stepped(queue, order, 0.25);
        const { slots } = runInOrder(queue, order);
        slots.forEach((slot, position) => {
          assert.ok(Math.abs(slot.ends - ends[position]!) <= 1 + 0.02 * slot.ends, `${slot.ends} ${ends[position]}`);
        });
      }),
      { numRuns: propertyRuns(30) },
    );
  });

  it("costs at most a twentieth more weighted downtime than the best of all orders, for up to 9 guests", function () {
    this.timeout(120_000);
    fc.assert(
      fc.property(queues(6), (queue) => {
        const ratio = restoreOrder(queue).run.weightedDowntime / least(queue);
        assert.ok(ratio <= 1.05, String(ratio));
      }),
      { numRuns: propertyRuns(40) },
    );
    // All orders of 9 guests are 362,880: that takes seconds, and `make sweep` has them.
    const most = propertyRuns(1) > 1 ? 9 : 8;
    for (const queue of fc.sample(
      queues(most).filter(({ jobs }) => jobs.length === most),
      { numRuns: 1, seed: 9 },
    )) {
      const ratio = restoreOrder(queue).run.weightedDowntime / least(queue);
      assert.ok(ratio <= 1.05, String(ratio));
    }
  });

  it("lets everything end at most a tenth later than it could, on any site of 10 guests and more", () => {
    const late: string[] = [];
    // The last are sites whose largest guest takes about as long as all others together.
    const seeds = [...Array.from({ length: propertyRuns(60) }, (_, seed) => seed), 150, 340, 1000, 1952];
    for (const seed of seeds) {
      const { jobs, capacities } = lognormalQueue(seed, 10 + (seed % 30));
      // Every other site has a link that is wider than the disks of one node.
      const wide = {
        jobs: jobs.map((job) => ({ ...job, fastest: 700e6 })),
        capacities: [1.1e9, ...capacities.slice(1)],
      };
      const { run, bounds } = restoreOrder(seed % 2 === 0 ? wide : { jobs, capacities });
      if (run.makespan > 1.1 * bounds.makespan) late.push(`${seed}: ${run.makespan} of ${bounds.makespan}`);
    }
    assert.deepEqual(late, []);
  });

  it("never bounds above what an order reaches, and never says that there is no gap where there is one", () => {
    fc.assert(
      fc.property(queues(5), (queue) => {
        const best = least(queue);
        const { gap, run } = restoreOrder(queue);
        assert.ok(restoreBounds(queue).weightedDowntime <= best * (1 + 1e-6));
        assert.ok(run.weightedDowntime <= best * (1 + gap) * (1 + 1e-6));
      }),
    );
  });

  it("spares people at least 2.5 times the weighted downtime of restoring everything at once", () => {
    const ratios = Array.from({ length: propertyRuns(40) }, (_, seed) => {
      const queue = lognormalQueue(seed);
      return runAllAtOnce(queue).weightedDowntime / restoreOrder(queue).run.weightedDowntime;
    }).sort((a, b) => a - b);
    const mean = ratios.reduce((sum, ratio) => sum + ratio, 0) / ratios.length;
    assert.ok(mean >= 2.5, String(mean));
    assert.ok(ratios[0]! >= 1, String(ratios[0]));
  });

  it("never takes longer with more bandwidth", () => {
    fc.assert(
      fc.property(queues(8), fc.double({ min: 1, max: 10, noNaN: true }), ({ jobs, capacities }, factor) => {
        const wider = {
          jobs: jobs.map((job) => ({ ...job, fastest: job.fastest * factor })),
          capacities: capacities.map((one) => one * factor),
        };
        const order = restoreOrder({ jobs, capacities }).order;
        assert.ok(
          runInOrder(wider, order).weightedDowntime <=
            runInOrder({ jobs, capacities }, order).weightedDowntime * (1 + 1e-9),
        );
        assert.ok(restoreBounds(wider).makespan <= restoreBounds({ jobs, capacities }).makespan * (1 + 1e-9));
      }),
    );
  });
});
