import { strict as assert } from "node:assert";

import fc from "fast-check";

import { type Service } from "../../planning/model";
import { PUBLISHED_RATES, ratesWith, type Measurement, type RateName } from "../../planning/rates";
import { recoveryTime, soloTransfer, type Scenario } from "../../planning/recovery-time";
import { anyMeasurements, measured } from "./estates";

const GIB = 1024 ** 3;

function serviceOf(bytes: number): Service {
  const place = { node: "node:tappaas1", pool: "pool:tappaas1/tanka1" };
  return {
    vmid: 101,
    name: "mail",
    ...place,
    bytes: { bound: bytes, estimate: bytes },
    bytesFrom: "test",
    tier: "standard",
    dependsOn: [],
  };
}

const restore: Scenario = {
  method: "restore",
  provisioning: "nothing",
  spareNode: false,
  overInternet: false,
  cutOff: false,
  master: false,
};
const anyScenario: fc.Arbitrary<Scenario> = fc.record({
  method: fc.constantFrom("failover", "rollback", "restore"),
  provisioning: fc.constantFrom("nothing", "disk", "node", "site"),
  spareNode: fc.boolean(),
  overInternet: fc.boolean(),
  cutOff: fc.boolean(),
  master: fc.boolean(),
});

/** Relative error of a prediction against what somebody else published. */
function errorOf(predicted: number, published: number): number {
  return Math.abs(predicted - published) / published;
}

describe("a recovery time", () => {
  it("never promises less than its bound, whatever was measured", () => {
    fc.assert(
      fc.property(
        fc.double({ min: 1, max: 1e14, noNaN: true }),
        anyScenario,
        anyMeasurements,
        (bytes, scenario, wrong) => {
          const { bound, estimate, terms } = recoveryTime(serviceOf(bytes), scenario, ratesWith(wrong), undefined);
          assert.ok(
            terms.every((term) => term.bound <= term.estimate && term.bound >= 0),
            JSON.stringify(terms),
          );
          assert.ok(bound <= estimate);
        },
      ),
    );
  });

  it("is the sum of its terms, each with where it comes from", () => {
    fc.assert(
      fc.property(anyScenario, (scenario) => {
        const { bound, estimate, terms } = recoveryTime(serviceOf(1e9), scenario, PUBLISHED_RATES, undefined);
        assert.equal(
          bound,
          terms.reduce((sum, term) => sum + term.bound, 0),
        );
        assert.equal(
          estimate,
          terms.reduce((sum, term) => sum + term.estimate, 0),
        );
        assert.ok(terms.every(({ name, why }) => name !== "" && why !== ""));
      }),
    );
  });

  it("never gets longer when a link, a disk or a processor gets faster", () => {
    const throughputs = (Object.keys(PUBLISHED_RATES) as RateName[]).filter(
      (rate) => PUBLISHED_RATES[rate].unit === "bytes per second",
    );
    fc.assert(
      fc.property(
        anyMeasurements,
        fc.constantFrom(...throughputs),
        fc.double({ min: 1, max: 100, noNaN: true }),
        fc.boolean(),
        (base, rate, factor, overInternet) => {
          const before = ratesWith(base);
          const faster = ratesWith([measured(rate, before[rate].expected * factor)], before);
          const slow = recoveryTime(serviceOf(1e12), { ...restore, overInternet }, before, undefined);
          const fast = recoveryTime(serviceOf(1e12), { ...restore, overInternet }, faster, undefined);
          assert.ok(fast.estimate <= slow.estimate * (1 + 1e-9) && fast.bound <= slow.bound * (1 + 1e-9));
        },
      ),
    );
  });

  it("says since when a figure is measured and no longer assumed", () => {
    const rates = ratesWith([{ rate: "boot", value: 42, measuredOn: "2026-11-20", how: "drill of identity" }]);
    const { terms } = recoveryTime(serviceOf(1e9), restore, rates, undefined);
    const boot = terms.find(({ name }) => name === "boot");
    assert.deepEqual([boot?.estimate, boot?.why], [42, "measured: drill of identity, on 2026-11-20"]);
  });

  it("buys nothing where a spare machine stands ready", () => {
    const names = (spareNode: boolean) =>
      recoveryTime(
        serviceOf(1e9),
        { ...restore, provisioning: "node", spareNode },
        PUBLISHED_RATES,
        undefined,
      ).terms.map(({ name }) => name);
    assert.ok(names(false).includes("replacement of the machine"));
    assert.ok(!names(true).includes("replacement of the machine") && names(true).includes("installation"));
  });
});

/** Published by others and not by us: pbs-devel 2025-07, pve-ha-manager's regression logs, TAPPaaS' design. */
describe("a recovery time beside what others measured", () => {
  const series = [
    { what: "hard disks, 20 fetches", seconds: 136, megabytes: 448 },
    { what: "hard disks, 1 fetch", seconds: 739, megabytes: 83 },
    { what: "NVMe, 12 fetches", seconds: (60 * 1024) / 1642, megabytes: 1642 },
    { what: "NVMe, 1 fetch", seconds: (60 * 1024) / 557, megabytes: 557 },
  ];
  const tenGigabit: Measurement[] = [
    measured("siteLink", 1.25e9),
    measured("diskWrite", 2e9),
    measured("wireShare", 1),
  ];

  it("never bounds a restore above what was seen", () => {
    for (const { what, seconds } of series) {
      assert.ok(soloTransfer(serviceOf(60 * GIB), PUBLISHED_RATES, false).bound <= seconds * 1.001, what);
    }
  });

  it("predicts one fetch from NVMe within a fifth, from a benchmark of the processor alone", () => {
    const one = [
      ...tenGigabit,
      measured("threads", 1),
      measured("storeRead", 3e9),
      measured("chunkLatency", 0.001),
      measured("siteLink", 3e9),
    ];
    const { estimate } = soloTransfer(serviceOf(60 * GIB), ratesWith(one), false);
    assert.ok(errorOf(estimate, (60 * 1024) / 557) < 0.2, String(estimate));
  });

  it("predicts hard disks with many fetches and with one within a fifth", () => {
    const many = soloTransfer(serviceOf(60 * GIB), ratesWith(tenGigabit), false).estimate;
    assert.ok(errorOf(many, 136) < 0.2, String(many));
    const single = ratesWith([...tenGigabit, measured("fetches", 1)]);
    const one = soloTransfer(serviceOf(60 * GIB), single, false).estimate;
    assert.ok(errorOf(one, 739) < 0.2, String(one));
  });

  it("would be seen to be wrong: false rates miss the published series by more than a fifth", () => {
    const wrong = ratesWith([...tenGigabit, measured("storeRead", 150e6), measured("chunkLatency", 0.2)]);
    const many = soloTransfer(serviceOf(60 * GIB), wrong, false).estimate;
    assert.ok(errorOf(many, 136) > 0.2, String(many));
    const one = soloTransfer(serviceOf(60 * GIB), ratesWith([measured("fetches", 1)], wrong), false).estimate;
    assert.ok(errorOf(one, 739) > 0.2, String(one));
  });

  it("predicts failover from the constants of high availability: 123 s of an ordinary node, 181 s of the master", () => {
    const untilStart = (master: boolean) => {
      const { terms } = recoveryTime(
        serviceOf(1),
        { ...restore, method: "failover", master },
        PUBLISHED_RATES,
        undefined,
      );
      const before = terms.slice(
        0,
        terms.findIndex(({ name }) => name === "boot"),
      );
      const sum = (figure: "bound" | "estimate") => before.reduce((all, term) => all + term[figure], 0);
      return { bound: sum("bound"), estimate: sum("estimate") };
    };
    assert.ok(errorOf(untilStart(false).estimate, 123) < 0.2 && untilStart(false).bound <= 123);
    assert.ok(errorOf(untilStart(true).estimate, 181) < 0.2 && untilStart(true).bound <= 181);
  });

  it("bounds 5 TB at 5 Gbit/s by 8 000 s and at 500 MB/s of disk by 10 000 s, as the design does", () => {
    const idle: Measurement[] = [
      measured("wireShare", 1),
      measured("storeRead", 1e10),
      measured("threads", 1000),
      measured("chunkLatency", 0.001),
    ];
    const link = ratesWith([...idle, measured("siteLink", 625e6), measured("diskWrite", 1e10)]);
    assert.equal(Math.round(soloTransfer(serviceOf(5e12), link, false).estimate), 8000);
    const disk = ratesWith([...idle, measured("siteLink", 1e10), measured("diskWrite", 500e6)]);
    assert.equal(Math.round(soloTransfer(serviceOf(5e12), disk, false).estimate), 10_000);
  });
});
