import { strict as assert } from "node:assert";

import { drillAlarms } from "../../../commands/drill/alarms";
import { type DrillPlan } from "../../../estate/drill-plan";
import { type DrillRecord, type DrillResult } from "../../../planning/drill-record";

const NOW = new Date("2026-11-27T10:00:00Z");
const result = (verdict: DrillResult["verdict"]): DrillResult => ({
  ...{ vmid: 140, name: "identity", as: 9900, archive: "a", takenAt: "2026-11-26T21:00:00Z", upid: "UPID:", verdict },
  ...{ why: "", isolation: "", seconds: {}, bytes: 1 },
});
const record = (endedAt: string, verdict: DrillResult["verdict"]): DrillRecord => ({
  ...{ version: 1, site: "sites/home", plan: "p", begunAt: endedAt, endedAt, login: "l", left: [] },
  ...{ key: { from: "nodes", fingerprint: "0e" }, guests: [result(verdict)] },
});
const begun = (freeSince: string): DrillPlan => ({
  ...{ version: 1, freeSince, login: "l", process: { host: "h", pid: 1 }, source: { storage: "s", made: false } },
  guests: [],
});

describe("what a watch tells of drills", () => {
  const texts = (...args: Parameters<typeof drillAlarms>) =>
    drillAlarms(...args)
      .map(({ text }) => text)
      .join("; ");

  it("is a guest that did not come back, by name, until a drill passes", () => {
    const failed = record("2026-11-20T10:00:00Z", "failed");
    assert.match(texts([failed], undefined, NOW), /identity did not come back/);
    assert.equal(texts([record("2026-11-21T10:00:00Z", "answered"), failed], undefined, NOW), "");
  });

  it("is that the last one in which something came back is long ago", () => {
    assert.equal(texts([record("2026-08-30T10:00:00Z", "runs")], undefined, NOW), "");
    assert.match(texts([record("2026-08-01T10:00:00Z", "runs")], undefined, NOW), /for 118 days/);
    assert.match(
      texts([record("2026-08-01T10:00:00Z", "runs"), record("2026-11-20T10:00:00Z", "silent")], undefined, NOW),
      /for 118/,
    );
  });

  it("is one that nobody cleaned up for a day, and none that runs", () => {
    assert.match(texts([], begun("2026-11-25T10:00:00Z"), NOW), /--clean/);
    assert.equal(texts([], begun("2026-11-27T09:00:00Z"), NOW), "");
  });

  it("is nothing on a site that was never drilled: its report says so", () => {
    assert.equal(texts([], undefined, NOW), "");
  });
});
