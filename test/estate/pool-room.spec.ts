import { strict as assert } from "node:assert";

import { type Pool } from "../../estate/pool";
import { poolRoomFindings } from "../../estate/pool-room";
import { observationWith, seenPool } from "./site";

const POOL = { node: "tappaas1", name: "tanka1", raidlevel: "mirror", disks: [], purpose: "important" } as const;

function said(free: number | undefined, more: Partial<Pool> = {}, size: number | null = 8e9): string[] {
  const observed = { ...seenPool, size: 500e9, ...(free !== undefined && { free }), ...more.observed };
  const disk = { slot: "scsi0", storage: "tanka1", volume: "v", backup: true, ...(size !== null && { size }) };
  const guest = { vmid: 110, kind: "vm" as const, node: "tappaas1", name: "a", disks: [disk] };
  const observation = observationWith({ guests: { complete: true, items: [guest] } });
  return poolRoomFindings([{ ...POOL, ...more, observed }], observation).map(({ advice }) => advice);
}

describe("room for snapshots", () => {
  it("is said to be short below 20 GB, before a full pool stops its guests", () => {
    assert.deepEqual(said(20e9), []);
    assert.match(said(19.9e9).join(), /^19 GB are free; keep 20 GB for snapshots/);
  });

  it("is to be 100 GB where nobody knows how large the guests are", () => {
    assert.match(said(99e9, {}, null).join(), /^99 GB are free; keep 100 GB/);
    assert.deepEqual(said(100e9, {}, null), []);
  });

  it("counts what is left beside parity", () => {
    const observed = { ...seenPool, vdevs: [{ type: "raidz2" as const, disks: ["a", "b", "c", "d"] }], free: 30e9 };
    assert.match(said(30e9, { observed }).join(), /^15 GB are free/);
  });

  it("is no matter of a pool for nothing but backups, nor of one that nobody looked at", () => {
    assert.deepEqual(said(1e9, { purpose: "backup" }), []);
    assert.deepEqual(said(undefined), []);
  });
});
