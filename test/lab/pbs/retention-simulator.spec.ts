import { strict as assert } from "node:assert";

import fc from "fast-check";

import { survivors, type Retention } from "../../../estate/units/retention";
import { prune, type KeepOptions } from "../../../lab/pbs/retention";
import { propertyRuns } from "../../support/property-runs";

/** A clock without summer time, three with it (one of them by half an hour, one south), and one at a quarter of an hour. */
const TIME_ZONES = [
  "Etc/UTC",
  "Europe/Amsterdam",
  "America/St_Johns",
  "Australia/Lord_Howe",
  "Asia/Kathmandu",
] as const;

/** Histories to try in each time zone, and retentions to try on each of them. */
const HISTORIES = 12;
const RETENTIONS = 12;

/** One group's backups, in seconds since 1970, and the counts by which it is pruned. */
interface History {
  readonly times: readonly number[];
  readonly retention: Retention;
}

const count = fc.option(fc.oneof(fc.integer({ min: 1, max: 12 }), fc.constant(100)), { nil: undefined, freq: 2 });
const counts = fc.record({
  keepLast: count,
  keepHourly: count,
  keepDaily: count,
  keepWeekly: count,
  keepMonthly: count,
  keepYearly: count,
});
const anyRetention: fc.Arbitrary<Retention> = counts.map((all) =>
  Object.fromEntries(Object.entries(all).filter(([, number]) => number !== undefined)),
);

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const seconds = (text: string) => Date.parse(text) / 1_000;

/** One backup a night with nights that failed, for up to four years: weeks, months and years are counted. */
const nights = fc
  .record({
    last: fc.integer({ min: seconds("2023-01-01T00:00Z"), max: seconds("2026-12-31T00:00Z") }),
    gaps: fc.array(fc.oneof(fc.constant(1), fc.integer({ min: 1, max: 40 })), { minLength: 20, maxLength: 150 }),
  })
  .map(({ last, gaps }) => gaps.reduce((times, gap) => [...times, (times.at(-1) ?? last) - gap * DAY], [last]));

/** Several a day around the hours at which clocks change, to the second: hours and days are counted. */
const clockChanges = fc
  .record({
    change: fc.constantFrom(
      seconds("2026-03-29T01:00Z"), // Amsterdam goes to summer time
      seconds("2026-10-25T01:00Z"), // and back
      seconds("2026-03-08T05:30Z"), // St John's goes to summer time
      seconds("2026-11-01T04:30Z"), // and back
      seconds("2026-10-03T15:30Z"), // Lord Howe goes to summer time, by half an hour
      seconds("2026-04-04T15:00Z"), // and back
      seconds("2020-12-31T23:59Z"), // a year of 53 ISO weeks ends
      seconds("2024-12-30T00:00Z"), // a week that belongs to the year after it
    ),
    offsets: fc.uniqueArray(fc.integer({ min: -3 * DAY, max: 3 * DAY }), { minLength: 10, maxLength: 80 }),
    near: fc.uniqueArray(fc.integer({ min: -9, max: 9 }), { minLength: 4, maxLength: 12 }),
  })
  .map(({ change, offsets, near }) => [
    ...new Set([...offsets.map((offset) => change + offset), ...near.map((step) => change + step * 15 * MINUTE)]),
  ]);

const anyTimes = fc.oneof(nights, clockChanges);
const severalRetentions = fc.array(anyRetention, { minLength: RETENTIONS, maxLength: RETENTIONS });
const anyHistory: fc.Arbitrary<History> = fc.record({ times: anyTimes, retention: anyRetention });

/** What the library's rehearsal keeps, in seconds, newest first. */
function rehearsed({ times, retention }: History, timeZone: string): number[] {
  const snapshots = times.map((time) => new Date(time * 1_000));
  return survivors(snapshots, retention, timeZone).map((snapshot) => snapshot.getTime() / 1_000);
}

/** What the lab's backup server keeps, in seconds, newest first. */
function pruned({ times, retention }: History, timeZone: string): number[] {
  const snapshots = times.map((time) => ({ time, protected: false }));
  return prune(snapshots, keepOptionsOf(retention), timeZone)
    .filter(({ keep }) => keep)
    .map(({ snapshot }) => snapshot.time);
}

/** The counts by PBS's names: `keepLast` is `keep-last`. */
function keepOptionsOf(retention: Retention): KeepOptions {
  const dashed = (key: string) => key.replace(/[A-Z]/, (letter) => `-${letter.toLowerCase()}`);
  return Object.fromEntries(Object.entries<number>({ ...retention }).map(([key, number]) => [dashed(key), number]));
}

// Two programs after one algorithm, neither of which knows the other. Source: PBS 4.2, pbs-datastore/src/prune.rs.
describe("the rehearsal of a prune", () => {
  for (const timeZone of TIME_ZONES) {
    it(`tells to the snapshot what the backup server keeps, by the clock of ${timeZone}`, () => {
      fc.assert(
        fc.property(anyTimes, severalRetentions, (times, retentions) => {
          for (const retention of retentions) {
            const history = { times, retention };
            assert.deepEqual(rehearsed(history, timeZone), pruned(history, timeZone), JSON.stringify(retention));
          }
        }),
        { numRuns: propertyRuns(HISTORIES) },
      );
    });
  }

  it("was tried on histories that say something: most lose snapshots, and the clock decides which", () => {
    const histories = fc.sample(anyHistory, { numRuns: 60, seed: 1 });
    const lossy = histories.filter((history) => pruned(history, "Etc/UTC").length < history.times.length);
    const byClock = histories.filter(
      (history) => pruned(history, "Etc/UTC").join() !== pruned(history, "Australia/Lord_Howe").join(),
    );

    assert.ok(lossy.length > 30, `${lossy.length} of 60 lose a snapshot`);
    assert.ok(byClock.length > 10, `${byClock.length} of 60 differ by the clock`);
  });
});
