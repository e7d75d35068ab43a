import { strict as assert } from "node:assert";

import fc from "fast-check";

import { cameBack, planHash, proofOf, type DrillRecord, type DrillResult } from "../../planning/drill-record";
import { drillMeasurements, withNewer } from "../../planning/drill-rates";
import { PUBLISHED_RATES, ratesWith } from "../../planning/rates";
import { soloTransfer } from "../../planning/recovery-time";
import { modelOf } from "../../planning/site-model";
import { anyEstate, estateWith, guest } from "./estates";

const result = (vmid: number, changes: Partial<DrillResult> = {}): DrillResult => ({
  ...{
    vmid,
    name: `g${vmid}`,
    as: 9900,
    archive: "main:backup/vm/101/x",
    takenAt: "2026-11-26T21:00:00Z",
    upid: "UPID:",
  },
  ...{ verdict: "answered", why: "", isolation: "", seconds: { restore: 100, boot: 20 }, bytes: 10e9 },
  ...changes,
});

const estate = estateWith([guest(101), guest(102, { dependsOn: ["g101:x"] })]);
const model = modelOf(estate);

const record = (changes: Partial<DrillRecord> = {}): DrillRecord => ({
  ...{
    version: 1,
    site: "sites/home",
    plan: planHash(model),
    begunAt: "2026-11-27T09:00:00Z",
    endedAt: "2026-11-27T10:00:00Z",
  },
  ...{ key: { from: "nodes", fingerprint: "0e" }, login: "pulumi@pve!up", guests: [result(101)], left: [] },
  ...changes,
});

describe("what drills prove", () => {
  it("is nothing of a site that was never drilled", () => {
    const { provenOn, sheetProvenOn, guests } = proofOf(model, []);
    assert.deepEqual([provenOn, sheetProvenOn], [null, null]);
    assert.deepEqual(
      guests.map(({ provenOn: day }) => day),
      [null, null],
    );
  });

  it("is the plan that was drilled, and no other: another guest, place or dependency is unproven", () => {
    assert.equal(proofOf(model, [record()]).provenOn, "2026-11-27");
    const others = [
      estateWith([guest(101)]),
      estateWith([guest(101), guest(102)]),
      estateWith([guest(101), guest(102, { dependsOn: ["g101:x"], node: "tappaas2" })]),
      estateWith([guest(101), guest(103, { dependsOn: ["g101:x"] })]),
      estateWith([guest(101), guest(102, { dependsOn: ["g101:x"] })], { key: { fingerprint: "1f".repeat(32) } }),
    ];
    for (const other of others) assert.equal(proofOf(modelOf(other), [record()]).provenOn, null);
  });

  it("is the same plan whatever was measured: a drill does not undo its own proof", () => {
    fc.assert(
      fc.property(anyEstate, (any) => {
        const measured = {
          version: 1 as const,
          measured: [],
          used: [{ vmid: 101, bytes: 5, measuredOn: "2026-11-27" }],
          spareNode: false,
        };
        assert.equal(planHash(modelOf(any)), planHash(modelOf(any, { record: measured })));
      }),
    );
  });

  it("is not proved by a drill in which something failed, was left, or of which nothing came back", () => {
    const bad: Partial<DrillRecord>[] = [
      { guests: [result(101), result(102, { verdict: "failed" })] },
      { left: ["guest 9900 on tappaas1"] },
      { guests: [result(101, { verdict: "silent" })] },
      { guests: [] },
    ];
    for (const changes of bad) assert.equal(proofOf(model, [record(changes)]).provenOn, null, JSON.stringify(changes));
  });

  it("ends with the next drill of the same plan that fails", () => {
    const later = record({ endedAt: "2026-12-04T10:00:00Z", guests: [result(101, { verdict: "failed" })] });
    assert.equal(proofOf(model, [later, record()]).provenOn, null);
  });

  it("counts a guest that answered or runs, and none that was silent or not started", () => {
    const verdicts = ["answered", "runs", "silent", "not started", "failed"] as const;
    assert.deepEqual(
      verdicts.filter((verdict) => cameBack(result(101, { verdict }))),
      ["answered", "runs"],
    );
  });

  it("says of a sheet only what a drill with a sheet showed", () => {
    assert.equal(proofOf(model, [record()]).sheetProvenOn, null);
    const sheet = record({ key: { from: "escrow sheet", fingerprint: "0e" } });
    assert.equal(proofOf(model, [sheet]).sheetProvenOn, "2026-11-27");
  });
});

describe("what a drill measured", () => {
  it("becomes the time that is predicted for such a restore", () => {
    const rates = ratesWith(drillMeasurements([result(101)], PUBLISHED_RATES, "2026-11-27"));
    const service = { ...model.services[0]!, bytes: { bound: 10e9, estimate: 10e9 } };
    const { estimate } = soloTransfer(service, rates, false);
    assert.ok(Math.abs(estimate - 100) < 1, String(estimate));
    assert.equal(rates.boot.expected, 20);
    assert.equal(rates.boot.measuredOn, "2026-11-27");
  });

  it("is nothing where a task was too short to be timed, or nothing answered", () => {
    const short = result(101, { seconds: { restore: 3 }, verdict: "silent" });
    assert.deepEqual(drillMeasurements([short], PUBLISHED_RATES, "2026-11-27"), []);
  });

  it("takes the place of what was measured of the same rate before, and of nothing else", () => {
    const former = [
      { rate: "boot" as const, value: 5, measuredOn: "2026-01-01", how: "by hand" },
      { rate: "internet" as const, value: 9, measuredOn: "2026-01-01", how: "by hand" },
    ];
    const newer = [{ rate: "boot" as const, value: 20, measuredOn: "2026-11-27", how: "a drill" }];
    assert.deepEqual(withNewer(former, newer), [former[1], newer[0]]);
  });
});
