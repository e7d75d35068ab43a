import { strict as assert } from "node:assert";

import fc from "fast-check";

import {
  atLeast,
  DEFAULT_RETENTION,
  isShorter,
  keepsSomething,
  survivors,
  type Retention,
} from "../../../estate/units/retention";

const UTC = "Etc/UTC";
const DAY = 86_400_000;

/** One backup each evening at 21:00 UTC, the last on `last`. */
function nightly(last: string, nights: number): Date[] {
  const end = Date.parse(`${last}T21:00:00Z`);
  return Array.from({ length: nights }, (_, index) => new Date(end - index * DAY));
}

function days(snapshots: readonly Date[]): string[] {
  return snapshots.map((snapshot) => snapshot.toISOString().slice(0, 10));
}

const count = fc.option(fc.integer({ min: 1, max: 15 }), { nil: undefined });
const anyRetention: fc.Arbitrary<Retention> = fc
  .record({
    keepLast: count,
    keepHourly: count,
    keepDaily: count,
    keepWeekly: count,
    keepMonthly: count,
    keepYearly: count,
  })
  .map((counts) => Object.fromEntries(Object.entries(counts).filter(([, value]) => value !== undefined)));
const withoutWeeks: fc.Arbitrary<Retention> = anyRetention.map((counts) =>
  Object.fromEntries(Object.entries(counts).filter(([key]) => key !== "keepWeekly")),
);
const anySnapshots = fc
  .uniqueArray(fc.integer({ min: 0, max: 24 * 900 }), { minLength: 1, maxLength: 80 })
  .map((hours) => hours.map((hour) => new Date(Date.parse("2024-01-01T00:30:00Z") + hour * 3_600_000)));

describe("retention of backup snapshots", () => {
  it("keeps a week of days, four weeks, twelve months and each year's last backup by default", () => {
    const kept = days(survivors(nightly("2026-11-21", 1_200), DEFAULT_RETENTION, UTC));

    assert.deepEqual(kept.slice(0, 7), [
      "2026-11-21",
      "2026-11-20",
      "2026-11-19",
      "2026-11-18",
      "2026-11-17",
      "2026-11-16",
      "2026-11-15",
    ]);
    // The week of the 15th is covered by that day; the next four end on Sundays.
    assert.deepEqual(kept.slice(7, 11), ["2026-11-08", "2026-11-01", "2026-10-25", "2026-10-18"]);
    assert.deepEqual(kept.slice(11), [
      "2026-09-30",
      "2026-08-31",
      "2026-07-31",
      "2026-06-30",
      "2026-05-31",
      "2026-04-30",
      "2026-03-31",
      "2026-02-28",
      "2026-01-31",
      "2025-12-31",
      "2025-11-30",
      "2025-10-31",
      "2024-12-31",
      "2023-12-31",
    ]);
  });

  it("never keeps more than 23 and one a year by default", () => {
    fc.assert(
      fc.property(anySnapshots, (snapshots) => {
        const years = new Set(snapshots.map((snapshot) => snapshot.getUTCFullYear())).size;
        assert.ok(survivors(snapshots, DEFAULT_RETENTION, UTC).length <= 23 + years);
      }),
    );
  });

  it("always keeps the newest backup", () => {
    fc.assert(
      fc.property(anySnapshots, anyRetention, (snapshots, retention) => {
        const newest = Math.max(...snapshots.map((snapshot) => snapshot.getTime()));
        assert.equal(survivors(snapshots, retention, UTC)[0]?.getTime(), newest);
      }),
    );
  });

  it("loses nothing by larger counts as long as no weeks are counted", () => {
    const keys = ["keepLast", "keepHourly", "keepDaily", "keepMonthly", "keepYearly"] as const;
    fc.assert(
      fc.property(
        anySnapshots,
        withoutWeeks.filter(keepsSomething),
        fc.constantFrom(...keys),
        (snapshots, retention, key) => {
          const before = survivors(snapshots, retention, UTC);
          const after = survivors(snapshots, { ...retention, [key]: (retention[key] ?? 0) + 1 }, UTC);
          assert.deepEqual(
            before.filter((snapshot) => !after.includes(snapshot)),
            [],
          );
        },
      ),
    );
  });

  it("never keeps more than its counts add up to", () => {
    fc.assert(
      fc.property(anySnapshots, anyRetention.filter(keepsSomething), (snapshots, retention) => {
        const total = Object.values<number>({ ...retention }).reduce((sum, value) => sum + value, 0);
        assert.ok(survivors(snapshots, retention, UTC).length <= total);
      }),
    );
  });

  it("shows that counting weeks can cost the only backup of a year: the week from 29 December crosses it", () => {
    const snapshots = [new Date("2026-01-02T21:00:00Z"), new Date("2025-12-31T21:00:00Z")];

    assert.deepEqual(days(survivors(snapshots, { keepYearly: 100 }, UTC)), ["2026-01-02", "2025-12-31"]);
    assert.deepEqual(days(survivors(snapshots, { keepWeekly: 1, keepYearly: 100 }, UTC)), ["2026-01-02"]);
  });

  it("counts days by the server's clock", () => {
    const snapshots = [new Date("2026-11-21T22:30:00Z"), new Date("2026-11-21T23:30:00Z")];

    assert.equal(survivors(snapshots, { keepDaily: 2 }, UTC).length, 1);
    assert.equal(survivors(snapshots, { keepDaily: 2 }, "Europe/Amsterdam").length, 2);
  });

  it("prunes nothing when no count is given, as PBS does", () => {
    const snapshots = nightly("2026-11-21", 30);

    assert.equal(survivors(snapshots, {}, UTC).length, 30);
  });

  it("takes nothing more of a guest that is gone, however long its backups lie there", () => {
    fc.assert(
      fc.property(anySnapshots, anyRetention, (snapshots, retention) => {
        const kept = survivors(snapshots, retention, UTC);
        assert.deepEqual(survivors(kept, retention, UTC), kept);
      }),
    );
  });

  it("does not depend on the order in which snapshots are given", () => {
    fc.assert(
      fc.property(anySnapshots, anyRetention, (snapshots, retention) => {
        const kept = survivors(snapshots, retention, UTC);
        assert.deepEqual(survivors([...snapshots].reverse(), retention, UTC), kept);
      }),
    );
  });
});

describe("a shorter retention", () => {
  const cases: readonly { title: string; after: Retention; before: Retention; shorter: boolean }[] = [
    { title: "is a smaller count", after: { keepDaily: 6 }, before: { keepDaily: 7 }, shorter: true },
    {
      title: "is a count that is gone",
      after: { keepDaily: 7 },
      before: { keepDaily: 7, keepYearly: 1 },
      shorter: true,
    },
    { title: "is any count where all was kept", after: DEFAULT_RETENTION, before: {}, shorter: true },
    { title: "is not keeping all", after: {}, before: DEFAULT_RETENTION, shorter: false },
    { title: "is not the same", after: DEFAULT_RETENTION, before: DEFAULT_RETENTION, shorter: false },
    { title: "is not a larger count", after: { keepDaily: 8 }, before: { keepDaily: 7 }, shorter: false },
    {
      title: "is weeks that come before months",
      after: { keepWeekly: 4, keepMonthly: 12 },
      before: { keepMonthly: 12 },
      shorter: true,
    },
  ];
  for (const { title, after, before, shorter } of cases) {
    it(title, () => {
      assert.equal(isShorter(after, before), shorter);
    });
  }

  it("is always noticed when no weeks are counted: what is not shorter costs no snapshot", () => {
    fc.assert(
      fc.property(anySnapshots, withoutWeeks, withoutWeeks, (snapshots, before, after) => {
        if (isShorter(after, before)) return;
        const kept = survivors(snapshots, after, UTC);
        assert.ok(survivors(snapshots, before, UTC).every((snapshot) => kept.includes(snapshot)));
      }),
    );
  });

  it("that was found and keeps more of some is kept to, and the default adds what it lacks", () => {
    const found = { keepLast: 4, keepDaily: 14, keepWeekly: 8, keepMonthly: 12, keepYearly: 6 };
    const both = atLeast(DEFAULT_RETENTION, found);
    assert.deepEqual(both, { ...found, keepYearly: 100 });
    assert.equal(isShorter(both, found), false);
    assert.deepEqual(atLeast(DEFAULT_RETENTION, {}), DEFAULT_RETENTION);
  });

  it("of two together costs no snapshot that either of them keeps, where no weeks are counted", () => {
    fc.assert(
      fc.property(anySnapshots, withoutWeeks, withoutWeeks, (snapshots, one, other) => {
        if (!keepsSomething(one) || !keepsSomething(other)) return;
        const kept = survivors(snapshots, atLeast(one, other), UTC);
        for (const each of [one, other])
          assert.ok(survivors(snapshots, each, UTC).every((snapshot) => kept.includes(snapshot)));
      }),
    );
  });
});
