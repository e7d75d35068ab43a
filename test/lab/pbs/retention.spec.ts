import { strict as assert } from "node:assert";

import * as fc from "fast-check";

import { KEEP_NAMES, type KeepOptions, prune } from "../../../lab/pbs/retention";

const at = (text: string) => ({ time: Date.parse(`${text}Z`) / 1000, protected: false });
const nightly = (count: number, last = "2026-03-10T21:00:00") =>
  Array.from({ length: count }, (_, day) => ({ time: at(last).time - day * 86_400, protected: false }));
const keptDays = (snapshots: readonly { time: number; protected: boolean }[], keep: KeepOptions) =>
  prune(snapshots, keep, "UTC")
    .filter((one) => one.keep)
    .map(({ snapshot }) => new Date(snapshot.time * 1000).toISOString().slice(0, 10));

// Source of the rules: PBS 4.2, pbs-datastore/src/prune.rs, and the prune simulator of its documentation.
describe("what a prune keeps", () => {
  it("loses nothing when no rule is set", () => {
    assert.equal(keptDays(nightly(40), {}).length, 40);
  });

  it("keeps the newest of each day, and the days that have a backup count, not those of the calendar", () => {
    const snapshots = [
      at("2026-03-10T08:00:00"),
      at("2026-03-10T21:00:00"),
      at("2026-02-01T21:00:00"),
      at("2026-01-01T21:00:00"),
    ];
    assert.deepEqual(
      prune(snapshots, { "keep-daily": 2 }, "UTC").map(({ keep }) => keep),
      [true, false, true, false],
    );
  });

  it("counts a period once only: a week that a daily backup covers takes no weekly one", () => {
    const kept = keptDays(nightly(60), { "keep-daily": 7, "keep-weekly": 4 });
    // 10 March 2026 is a Tuesday: the days reach into the week of 2 March, so the weeks begin with Sunday 1 March.
    assert.deepEqual(kept.slice(7), ["2026-03-01", "2026-02-22", "2026-02-15", "2026-02-08"]);
  });

  it("cuts weeks on Monday and gives the turn of the year to the week of its Thursday", () => {
    const snapshots = [at("2027-01-03T21:00:00"), at("2026-12-28T21:00:00"), at("2026-12-27T21:00:00")];
    assert.deepEqual(keptDays(snapshots, { "keep-weekly": 9 }), ["2027-01-03", "2026-12-27"]);
  });

  it("keeps one backup a year for ever with keep-yearly 100", () => {
    const kept = keptDays(nightly(3 * 365, "2026-12-31T21:00:00"), { "keep-yearly": 100 });
    assert.deepEqual(kept, ["2026-12-31", "2025-12-31", "2024-12-31"]);
  });

  it("keeps seven days, four weeks, twelve months and every year beyond of five years of nights", () => {
    const keep = { "keep-daily": 7, "keep-weekly": 4, "keep-monthly": 12, "keep-yearly": 100 };
    const kept = keptDays(nightly(5 * 365), keep);
    assert.deepEqual(kept.slice(0, 8).at(-1), "2026-03-01");
    assert.deepEqual(kept.slice(-3), ["2023-12-31", "2022-12-31", "2021-12-31"]);
    assert.equal(kept.length, 7 + 4 + 12 + 4);
  });

  it("keeps what is protected, and does not count it", () => {
    const snapshots = nightly(3).map((snapshot, index) => ({ ...snapshot, protected: index === 0 }));
    assert.deepEqual(keptDays(snapshots, { "keep-last": 1 }), ["2026-03-10", "2026-03-09"]);
  });

  it("cuts days by the server's own time zone", () => {
    const snapshots = [at("2026-03-10T22:30:00"), at("2026-03-10T21:30:00")];
    const kept = (zone: string) => prune(snapshots, { "keep-daily": 5 }, zone).filter(({ keep }) => keep).length;
    assert.deepEqual([kept("UTC"), kept("Europe/Helsinki")], [1, 2]);
  });

  it("never loses the newest, and keeps no more than its rules add up to", () => {
    const rules = fc.record(Object.fromEntries(KEEP_NAMES.map((name) => [name, fc.integer({ min: 1, max: 9 })])), {
      requiredKeys: ["keep-last"],
    });
    const times = fc.uniqueArray(fc.integer({ min: 1_700_000_000, max: 1_800_000_000 }), {
      minLength: 1,
      maxLength: 60,
    });
    fc.assert(
      fc.property(times, rules, (moments, keep) => {
        const decided = prune(
          moments.map((time) => ({ time, protected: false })),
          keep,
          "UTC",
        );
        assert.equal(decided[0]?.keep, true);
        const limit = Object.values(keep).reduce((sum: number, count) => sum + (count ?? 0), 0);
        assert.ok(decided.filter((one) => one.keep).length <= limit);
      }),
    );
  });
});
