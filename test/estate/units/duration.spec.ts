import { strict as assert } from "node:assert";

import fc from "fast-check";

import { isDuration, toSeconds, type Duration } from "../../../estate/units/duration";

describe("a duration", () => {
  it("is as long as it says", () => {
    assert.equal(toSeconds("15 minutes"), 900);
    assert.equal(toSeconds("1 hour"), 3_600);
    assert.equal(toSeconds("30 days"), 2_592_000);
  });

  it("grows with its count", () => {
    const counts = fc.integer({ min: 1, max: 1_000_000 });
    fc.assert(
      fc.property(counts, fc.constantFrom("minute", "hour", "day"), (count, unit) => {
        const text = `${count} ${unit}s` as Duration;
        assert.equal(toSeconds(text), count * toSeconds(`1 ${unit}`));
      }),
    );
  });

  for (const text of ["1.5 hours", "0 minutes", "-1 day", "15", "15minutes", "15 min", "", "1 fortnight"]) {
    it(`is not "${text}"`, () => {
      assert.equal(isDuration(text), false);
      assert.throws(() => toSeconds(text as Duration), /^RangeError: Expected a duration such as "15 minutes", got/);
    });
  }
});
