import { strict as assert } from "node:assert";

import fc from "fast-check";

import { windowLines } from "../../commands/report/store-words";
import { DEFAULT_RETENTION, type Retention } from "../../estate/units/retention";
import { backupWindow, leastTime, slowness } from "../../planning/backup-window";
import { choicesOf, costOf } from "../../planning/cost";
import { judge } from "../../planning/judgement";
import { type Model } from "../../planning/model";
import { PUBLISHED_RATES, type RateName, ratesWith } from "../../planning/rates";
import { parsePlanningRecord, type Prices } from "../../planning/record";
import { modelOf } from "../../planning/site-model";
import { storeGrowth } from "../../planning/store-growth";
import { nightsOf } from "../../planning/version-history";
import { propertyRuns } from "../support/property-runs";
import { anyEstate, anyModel, estateWith, guest, measured } from "./estates";

const count = fc.integer({ min: 1, max: 12 });
const anyRetention: fc.Arbitrary<Retention> = fc.record({ keepDaily: count, keepWeekly: count, keepMonthly: count });
const runs = { numRuns: propertyRuns(6) };
const home = modelOf(estateWith([guest(101), guest(102)]));
const growthOf = ({ copies, services, rates }: Model) => storeGrowth(copies, services, rates);

function withRetention(model: Model, retention: Retention): Model {
  return { ...model, copies: model.copies.map((copy) => (copy.kind === "backup" ? { ...copy, retention } : copy)) };
}

describe("what a datastore keeps", () => {
  it("is on every day what the backup server's rules leave of a backup each night", () => {
    fc.assert(
      fc.property(anyRetention, fc.integer({ min: 0, max: 900 }), (retention, days) => {
        const [held] = growthOf(withRetention(home, retention)).heldOn(days);
        const kept = nightsOf(retention, 20_454, days + 1).at(-1)!;
        assert.deepEqual([held?.versions, held?.oldestDays], [kept.length, 20_454 + days - kept.at(-1)!]);
      }),
      runs,
    );
  });

  it("reaches back a year after a year by the default, and for ever after that", () => {
    const growth = growthOf(withRetention(home, DEFAULT_RETENTION));
    assert.ok(growth.heldOn(365)[0]!.oldestDays >= 330);
    assert.ok(growth.heldOn(3_652)[0]!.oldestDays >= 9 * 365);
  });

  it("is never less than its bound, and never more than every version whole", () => {
    fc.assert(
      fc.property(anyModel, anyRetention, fc.integer({ min: 0, max: 3_652 }), (model, retention, days) => {
        const kept = withRetention(model, retention);
        const { bound, estimate } = growthOf(kept).bytesOn(days);
        assert.ok(bound <= estimate);
        const whole = kept.services.reduce((sum, { bytes }) => sum + bytes.estimate, 0);
        const versions = growthOf(kept).heldOn(days)[0]!.versions;
        assert.ok(estimate <= whole * kept.rates.wireShare.expected * versions * (1 + 1e-9));
        assert.ok(estimate >= whole * kept.rates.wireShare.expected * (1 - 1e-9));
      }),
      runs,
    );
  });

  it("is more when guests change more, and more when there are more of them", () => {
    fc.assert(
      fc.property(anyEstate, fc.integer({ min: 1, max: 3_000 }), (estate, days) => {
        const model = modelOf(estate);
        const { bytesOn } = growthOf(model);
        const busy = { ...model, rates: ratesWith([measured("growthPerDay", 0.05)]) };
        assert.ok(growthOf(busy).bytesOn(days).estimate >= bytesOn(days).estimate);
        const fewer = { ...model, services: model.services.slice(1) };
        assert.ok(growthOf(fewer).bytesOn(days).estimate <= bytesOn(days).estimate);
      }),
      runs,
    );
  });

  it("fills its disks on the first day on which they do not suffice, and later on larger ones", () => {
    fc.assert(
      fc.property(anyModel, fc.double({ min: 0.5, max: 6, noNaN: true }), (model, share) => {
        const growth = growthOf(model);
        const size = growth.bytesOn(0).estimate * share;
        const day = growth.fullAfter(size);
        const larger = growth.fullAfter(size * 1.5);
        assert.ok((larger ?? Infinity) >= (day ?? Infinity));
        if (day === undefined) return;
        assert.ok(growth.bytesOn(day).estimate > size);
        if (day > 0) assert.ok(growth.bytesOn(day - 1).estimate <= size);
      }),
      runs,
    );
  });
});

describe("the window of a night", () => {
  it("is at least 2 h 13 min for 5 TB at 5 Gbit/s, and 2 h 46 min at 500 MB/s", () => {
    assert.equal(leastTime(5e12, 5e9 / 8), 8_000);
    assert.equal(leastTime(5e12, 500e6), 10_000);
    assert.throws(() => leastTime(1, 0), /above 0/);
  });

  it("is suspicious when 0.5 TB took 25 h, which is over a hundred times the least, and not at the speed of slow disks", () => {
    const slow = slowness({ bytes: 0.5e12, seconds: 25 * 3_600 }, PUBLISHED_RATES);
    assert.ok(slow.timesLeast > 100 && slow.suspicious, String(slow.timesLeast));
    const [usual] = [backupWindow(home.services, PUBLISHED_RATES).estimate];
    const bytes = home.services.reduce((sum, one) => sum + one.bytes.estimate, 0);
    assert.equal(slowness({ bytes, seconds: usual * 3 }, PUBLISHED_RATES).suspicious, false);
  });

  it("says what holds it up most, and what helps against that", () => {
    const slowed = (rates: Partial<Record<RateName, number>>) => {
      const measurements = Object.entries(rates).map(([rate, value]) => ({
        ...{ rate: rate as RateName, value, measuredOn: "2026-11-20", how: "a trial" },
      }));
      const found = judge({ ...home, rates: ratesWith(measurements) }, undefined);
      const [line = ""] = windowLines(found);
      return [found.window?.bottleneck, /held up most by (.*); what helps: .+\.$/.exec(line)?.[1]];
    };
    assert.deepEqual(
      [slowed({ siteLink: 1e6 }), slowed({ diskWrite: 1e6 }), slowed({ storeRead: 1e6 })],
      [
        ["the network", "the network between nodes and backup server"],
        ["writing the disks", "the guests' own disks"],
        ["reading the store", "the disks of the datastore"],
      ],
    );
    assert.deepEqual(slowed({ hash: 1e6 }), [
      "unpacking, hashing and decrypting",
      "hashing, packing and encrypting on the node",
    ]);
    assert.deepEqual(slowed({ chunkLatency: 60 }), [
      "latency of chunks",
      "the time in which the datastore answers for a chunk",
    ]);
  });

  it("ends with the next chore, and does not fit a run that was timed to be longer", () => {
    const record = (seconds: number) => ({
      ...{ version: 1 as const, measured: [], used: [], spareNode: false },
      backupRun: { bytes: 1e12, seconds, measuredOn: "2026-11-20" },
    });
    const inFive = judge(home, undefined, record(4 * 3_600)).window;
    assert.deepEqual([inFive?.limit, inFive?.fits, inFive?.measured?.seconds], [5 * 3_600, true, 4 * 3_600]);
    assert.equal(judge(home, undefined, record(6 * 3_600)).window?.fits, false);
    const early = modelOf(estateWith([guest(101)], { backup: { schedule: "21:00", verifySchedule: "22:00" } }));
    assert.equal(early.windowSeconds, 3_600);
  });
});

describe("what a site costs", () => {
  const prices: Prices = {
    ...{ asOf: "2026-11-01", currency: "EUR", lifeMonths: 60 },
    ...{ diskPerTb: 60, offsitePerTbMonth: 6, spareNode: 600 },
  };

  it("is the sum of its parts, what is bought once over its life, and says what has no price", () => {
    const all = { storeBytes: 2e12, awayBytes: 1e12, spareNode: true };
    const { parts, perMonth, unpriced } = costOf(all, prices);
    assert.deepEqual(
      parts.map((part) => part.perMonth),
      [2, 6, 10],
    );
    assert.deepEqual([perMonth, unpriced], [18, []]);
    assert.deepEqual(costOf(all, { ...prices, diskPerTb: undefined }).unpriced, ["disks of the datastore"]);
  });

  it("takes a price table only with its day", () => {
    assert.equal(parsePlanningRecord({ version: 1, prices: { ...prices, asOf: undefined } }).ok, false);
    assert.equal(parsePlanningRecord({ version: 1, prices }).ok, true);
  });

  it("shows what a machine that stands ready and a copy elsewhere would buy, and for how much", () => {
    const [asIs, copy, spare, both] = ["", "copy", "machine", "machine,copy"].map((adds) => {
      const wanted = adds === "" ? [] : adds.split(",");
      return choicesOf(home, 1e12, prices).find(
        (one) => one.adds.length === wanted.length && wanted.every((word, at) => one.adds[at]!.includes(word)),
      )!;
    });
    assert.equal(asIs!.afterDisaster, Infinity);
    assert.ok(copy!.afterDisaster < Infinity && copy!.perMonth === asIs!.perMonth + 6);
    assert.ok(spare!.afterFailure < asIs!.afterFailure && spare!.perMonth === asIs!.perMonth + 10);
    assert.ok([asIs, copy, spare, both].every((choice) => choice!.onFrontier));
  });

  it("marks as not worth their price exactly those that another choice beats, on any site", () => {
    fc.assert(
      fc.property(anyModel, fc.integer({ min: 1, max: 5_000 }), (model, spareNode) => {
        const choices = choicesOf(model, 1e12, { ...prices, spareNode });
        const cheapest = Math.min(...choices.map(({ perMonth }) => perMonth));
        assert.ok(choices.some((one) => one.onFrontier && one.perMonth === cheapest));
        for (const one of choices.filter(({ onFrontier }) => !onFrontier))
          assert.ok(
            choices.some(
              (other) =>
                other.onFrontier &&
                other.perMonth <= one.perMonth &&
                other.afterFailure <= one.afterFailure &&
                other.afterDisaster <= one.afterDisaster,
            ),
          );
        for (const one of choices.filter(({ onFrontier }) => onFrontier))
          for (const other of choices)
            assert.ok(
              other.perMonth > one.perMonth ||
                other.afterFailure > one.afterFailure ||
                other.afterDisaster > one.afterDisaster ||
                (other.perMonth === one.perMonth &&
                  other.afterFailure === one.afterFailure &&
                  other.afterDisaster === one.afterDisaster),
            );
      }),
      runs,
    );
  });
});
