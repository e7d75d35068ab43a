import { strict as assert } from "node:assert";

import fc from "fast-check";

import { DEFAULT_RETENTION, survivors, type Retention } from "../../estate/units/retention";
import { nightsOf, versionGap } from "../../planning/version-history";
import { propertyRuns } from "../support/property-runs";

const DAY = 86_400_000;
const count = fc.option(fc.integer({ min: 1, max: 15 }), { nil: undefined });
const anyRetention: fc.Arbitrary<Retention> = fc
  .record({ keepLast: count, keepDaily: count, keepWeekly: count, keepMonthly: count, keepYearly: count })
  .map((counts) => Object.fromEntries(Object.entries(counts).filter(([, value]) => value !== undefined)));

describe("the history of versions", () => {
  it("holds night by night what the rules of the backup server keep", () => {
    fc.assert(
      fc.property(anyRetention, fc.integer({ min: 18_000, max: 25_000 }), (retention, first) => {
        const nights = nightsOf(retention, first, 120);
        let held: Date[] = [];
        nights.forEach((days, night) => {
          held = survivors([new Date((first + night) * DAY), ...held], retention, "Etc/UTC");
          assert.deepEqual(
            days.map((day) => day * DAY),
            held.map((date) => date.getTime()),
          );
        });
      }),
      { numRuns: propertyRuns(30) },
    );
  });

  it("never has more versions than the counts add up to", () => {
    const most = Math.max(...nightsOf(DEFAULT_RETENTION, 20_000, 1500).map((days) => days.length));
    assert.ok(most <= 7 + 4 + 12 + 5, String(most));
  });

  it("gets coarser with time, and ends where nothing is kept that long", () => {
    const gap = versionGap(DEFAULT_RETENTION, 86_400);
    const gaps = [1, 7, 30, 90, 365].map((days) => gap(days)!);
    assert.ok(
      gaps.every((one, index) => index === 0 || one >= gaps[index - 1]!),
      gaps.join(),
    );
    assert.equal(versionGap({ keepDaily: 7 }, 86_400)(8), undefined);
    assert.equal(versionGap({ keepDaily: 7 }, 86_400)(6), 86_400);
  });
});
