import { strict as assert } from "node:assert";

import * as fc from "fast-check";

import { longestInterval, worstLoss } from "../../../estate/units/replication-loss";

describe("the longest time between two runs", () => {
  for (const [schedule, seconds] of [
    ["*/15", 900],
    ["*/1", 60],
    ["*:0/20", 1_200],
    ["hourly", 3_600],
    ["daily", 86_400],
    ["8..17:00", 15 * 3_600],
    ["mon..fri 22:30", 3 * 86_400],
    ["sat 03:00", 7 * 86_400],
    ["22", 3_600],
  ] as const) {
    it(`of "${schedule}" is ${seconds} s`, () => {
      assert.equal(longestInterval(schedule), seconds);
    });
  }

  for (const schedule of ["monthly", "yearly", "2026-01-03 12:00"]) {
    it(`of "${schedule}" is longer than PVE replicates`, () => {
      assert.equal(longestInterval(schedule), undefined);
    });
  }
});

describe("the most work that a failover may lose", () => {
  it("is an interval, a run and one retry", () => {
    assert.equal(worstLoss("*/15", 120), 900 + 120 + 1_800);
    assert.equal(worstLoss("monthly", 120), undefined);
  });

  it("grows with the run, second by second", () => {
    const runs = fc.integer({ min: 0, max: 100_000 });
    const least = worstLoss("*/15", 0) ?? 0;
    const property = fc.property(runs, (run) => {
      assert.equal(worstLoss("*/15", run), least + run);
    });
    fc.assert(property, { numRuns: 30 });
  });
});
