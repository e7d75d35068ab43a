import { strict as assert } from "node:assert";

import fc from "fast-check";

import { runtimeAlarms } from "../../../commands/watch/backup-runs";
import { type PbsTask } from "../../../provider/clients/pbs-shapes";

const NOW = new Date("2026-11-21T08:00:00Z");
const LAST_NIGHT = Date.parse("2026-11-20T21:00:00Z") / 1000;

/** A backup of a guest, so many nights ago, that took so many minutes; without minutes it runs still. */
function run(nightsAgo: number, minutes: number | undefined, more: Partial<PbsTask> = {}): PbsTask {
  const starttime = LAST_NIGHT - nightsAgo * 86_400;
  const end = minutes === undefined ? {} : { endtime: starttime + minutes * 60, status: "OK" };
  const what = { worker_type: "backup", worker_id: "main:vm/110", user: "tappaas@pbs!pve" };
  return { upid: `UPID:${nightsAgo}`, ...what, starttime, ...end, ...more };
}

const usual = (minutes: number) => [1, 2, 3, 4, 5, 6].map((nightsAgo) => run(nightsAgo, minutes));
const texts = (tasks: readonly PbsTask[]) => runtimeAlarms(tasks, NOW).map(({ what, text }) => `${what}: ${text}`);

describe("a backup that takes far longer than usual", () => {
  it("is told with both times, in whatever order the server lists them", () => {
    const [text, ...others] = texts([...usual(20), run(0, 95)].reverse());
    assert.deepEqual(others, []);
    assert.match(
      text ?? "",
      /^backup of vm\/110: the one of 2026-11-20T21:00:00.000Z took 1 h 35 min, where 20 min is usual; /,
    );
  });

  it("is told while it still runs", () => {
    assert.match(texts([...usual(20), run(0, undefined)])[0] ?? "", /has been running for 11 h 00 min, where 20 min/);
  });

  it("is no news when it is twice the usual, a matter of minutes, or days old", () => {
    assert.deepEqual(texts([...usual(60), run(0, 150)]), []);
    assert.deepEqual(texts([...usual(1), run(0, 25)]), []);
    assert.deepEqual(texts([...usual(20).slice(2), run(2, 300)]), []);
  });

  it("is not measured by a first, whole backup, a failed one, or another guest's", () => {
    assert.equal(texts([...usual(20).slice(0, 4), run(5, 900), run(0, 95)]).length, 1);
    const failed = usual(1).map((task) => ({ ...task, status: "connection error" }));
    assert.deepEqual(texts([...failed, run(0, 95)]), []);
    const others = usual(1).map((task) => ({ ...task, worker_id: "main:vm/140" }));
    assert.deepEqual(texts([...others, run(0, 95)]), []);
    assert.deepEqual(texts([...usual(1).slice(0, 3), run(0, 95)]), []);
  });

  it("never stays untold for being longer: what is told stays told when it takes longer still", () => {
    const minutes = fc.integer({ min: 1, max: 300 });
    fc.assert(
      fc.property(fc.array(minutes, { minLength: 4, maxLength: 12 }), minutes, minutes, (earlier, last, more) => {
        const before = earlier.map((length, index) => run(index + 1, length));
        if (texts([...before, run(0, last)]).length === 0) return;
        assert.equal(texts([...before, run(0, last + more)]).length, 1);
      }),
    );
  });
});
