import { strict as assert } from "node:assert";

import fc from "fast-check";

import { dailyChanges, withNights, type BackupNight } from "../../planning/backup-nights";
import { PUBLISHED_RATES } from "../../planning/rates";
import { NO_RECORD, parsePlanningRecord } from "../../planning/record";
import { propertyRuns } from "../support/property-runs";

const DAY = 86_400;
const FIRST = Date.parse("2026-11-01T21:00:00Z") / 1000;

function night(vmid: number, day: number, changed: number | undefined, used?: number): BackupNight {
  const read = used ?? changed ?? 0;
  return { vmid, at: FIRST + day * DAY, seconds: 60, read, changed, used, run: `UPID:${day}` };
}

describe("what guests change in a day", () => {
  it("is the usual day and the busiest one, with its date", () => {
    const nights = [night(140, 0, undefined, 10e9), night(140, 1, 1e9), night(140, 2, 30e9), night(140, 3, 2e9)];
    assert.deepEqual(dailyChanges(nights, PUBLISHED_RATES), [
      { vmid: 140, days: 3, usual: 2e9, busiest: 30e9, busiestOn: "2026-11-03", outgrowsReserve: true },
    ]);
  });

  it("is between two days where no single one is in the middle, so that a day of rest does not hide the other", () => {
    const [change] = dailyChanges([night(140, 0, 0), night(140, 1, 0), night(140, 2, 4e6)], PUBLISHED_RATES);
    assert.deepEqual([change?.usual, change?.busiest], [2e6, 4e6]);
  });

  it("is a seventh of what changed in a week, for a guest that is backed up once a week", () => {
    const [change] = dailyChanges([night(140, 0, undefined, 10e9), night(140, 7, 7e9)], PUBLISHED_RATES);
    assert.deepEqual([change?.usual, change?.outgrowsReserve], [1e9, false]);
  });

  it("is not known of a guest that nobody counted, and is not taken for nothing", () => {
    assert.deepEqual(dailyChanges([night(140, 0, undefined, 10e9), night(140, 1, undefined)], PUBLISHED_RATES), []);
  });

  it("is never more on a usual day than on the busiest, on any nights in any order", () => {
    const any = fc.record({
      vmid: fc.constantFrom(101, 102),
      day: fc.nat({ max: 40 }),
      changed: fc.option(fc.nat({ max: 1e11 }), { nil: undefined }),
    });
    fc.assert(
      fc.property(fc.uniqueArray(any, { maxLength: 40, selector: ({ vmid, day }) => `${vmid} ${day}` }), (found) => {
        const nights = found.map(({ vmid, day, changed }) => night(vmid, day, changed));
        const changes = dailyChanges(nights, PUBLISHED_RATES);
        for (const { usual, busiest, days } of changes) assert.ok(usual <= busiest && days > 0);
        assert.deepEqual(
          dailyChanges(nights.toReversed(), PUBLISHED_RATES)
            .map(({ vmid }) => vmid)
            .sort(),
          changes.map(({ vmid }) => vmid).sort(),
        );
      }),
      { numRuns: propertyRuns(100) },
    );
  });
});

describe("the record of what was measured", () => {
  const nights = [
    night(140, 0, undefined, 10e9),
    night(140, 1, 1e9),
    night(150, 0, undefined, 30e9),
    night(150, 1, 1e9),
  ];

  it("has bytes in use, what changes in a day, and the run that read most", () => {
    const record = withNights(NO_RECORD, nights, PUBLISHED_RATES);
    assert.deepEqual(record.used, [
      { vmid: 140, bytes: 10e9, measuredOn: "2026-11-01" },
      { vmid: 150, bytes: 30e9, measuredOn: "2026-11-01" },
    ]);
    assert.deepEqual(
      record.measured.map(({ rate, value, measuredOn }) => [rate, value, measuredOn]),
      [["growthPerDay", 0.05, "2026-11-02"]],
    );
    assert.deepEqual(record.backupRun, { bytes: 40e9, seconds: 120, measuredOn: "2026-11-01" });
    assert.deepEqual(parsePlanningRecord(JSON.parse(JSON.stringify(record))), { ok: true, value: record });
  });

  it("leaves what nothing measured as its owner wrote it", () => {
    const own = {
      ...NO_RECORD,
      used: [{ vmid: 900, bytes: 5e9, measuredOn: "2026-10-01" }],
      measured: [{ rate: "boot" as const, value: 30, measuredOn: "2026-10-01", how: "a drill" }],
      datastoreSize: 8e12,
    };
    const record = withNights(own, nights, PUBLISHED_RATES);
    assert.equal(record.datastoreSize, 8e12);
    assert.ok(record.used.some(({ vmid }) => vmid === 900));
    assert.ok(record.measured.some(({ rate }) => rate === "boot"));
    assert.deepEqual(withNights(own, [], PUBLISHED_RATES), own);
  });

  it("says the same when it is measured again", () => {
    const once = withNights(NO_RECORD, nights, PUBLISHED_RATES);
    assert.deepEqual(withNights(once, nights, PUBLISHED_RATES), once);
  });
});
