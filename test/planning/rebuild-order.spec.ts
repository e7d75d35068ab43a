import { strict as assert } from "node:assert";

import { rebuildTimes, type RebuildStep } from "../../planning/rebuild-order";
import { PUBLISHED_RATES } from "../../planning/rates";
import { runInTurns, type RestoreJob } from "../../planning/restore-queue";

const JOB = { fastest: 100, resources: [0], boot: 0, probe: 0, weight: 1, dependsOn: [] };
const job = (vmid: number, bytes: number): RestoreJob => ({ ...JOB, vmid, bytes });
const endsOf = (jobs: RestoreJob[], turns: [number, number[]][]) =>
  runInTurns({ jobs, capacities: [150] }, new Map(turns)).slots.map(({ ends }) => Math.round(ends));

describe("Restores in turns", () => {
  it("share the way evenly, and the rest is faster when one has ended", () => {
    assert.deepEqual(endsOf([job(110, 750), job(130, 1_500)], []), [10, 18]);
  });

  it("wait for those that are before them, and no others", () => {
    assert.deepEqual(endsOf([job(110, 1_000), job(130, 1_000), job(140, 500)], [[130, [110]]]), [12, 22, 7]);
  });
});

describe("The times of a rebuild", () => {
  const step = (vmid: number, expected: number, startAfter: number[] = []): RebuildStep => ({
    ...{ vmid, startAfter, restoreAfter: [] },
    restored: { expected, bound: expected / 2 },
  });
  const rates = { ...PUBLISHED_RATES, boot: { ...PUBLISHED_RATES.boot, best: 10, expected: 60 } };
  const runs = (steps: RebuildStep[], up: [number, { starts: boolean; agent: boolean }][] = []) => {
    const times = rebuildTimes({ rates }, steps, new Map(up));
    return steps.map(({ vmid }) => times.get(vmid)!.runs);
  };

  it("are those of guests that boot only when what they need answers", () => {
    assert.deepEqual(runs([step(110, 100), step(130, 120, [110]), step(140, 500, [130])]), [160, 220, 560]);
  });

  it("leave out guests that stay off, and wait for no agent where there is none", () => {
    const off = { starts: false, agent: true };
    assert.deepEqual(runs([step(110, 300), step(130, 100, [110])], [[110, off]]), [300, 160]);
    assert.deepEqual(
      runs([step(312, 300), step(610, 100, [312])], [[312, { starts: true, agent: false }]]),
      [300, 360],
    );
  });

  it("have a bound below which nothing comes, and that grows with the chain of needs", () => {
    const times = rebuildTimes({ rates }, [step(110, 200), step(130, 120, [110])], new Map());
    assert.deepEqual(times.get(130)?.bound, { restored: 60, runs: 120 });
  });
});
