import { strict as assert } from "node:assert";

import { freeNumbers, sampleOf, type Candidate } from "../../../commands/drill/choose";

const one = (vmid: number, tier: Candidate["tier"], provenOn: string | null = null): Candidate => ({
  vmid,
  tier,
  provenOn,
});

describe("the sample of a drill", () => {
  const waited = [one(610, "standard"), one(620, "standard"), one(140, "essential", "2026-11-01")];

  it("has at least one guest on which others stand, and else those that waited longest", () => {
    assert.deepEqual(sampleOf(waited, 2), [610, 140]);
    assert.deepEqual(sampleOf(waited, 1), [140]);
    assert.deepEqual(sampleOf(waited, 3), [610, 620, 140]);
  });

  it("is what there is where no guest matters more than another", () => {
    assert.deepEqual(sampleOf(waited.slice(0, 2), 5), [610, 620]);
    assert.deepEqual(sampleOf([], 2), []);
  });

  it("gets numbers that nothing bears, and none where there are too few", () => {
    assert.deepEqual(freeNumbers(9900, 2, new Set([9900, 9902])), [9901, 9903]);
    assert.throws(() => freeNumbers(1, 1, new Set(Array.from({ length: 1_001 }, (_, at) => at + 1))), RangeError);
  });
});
