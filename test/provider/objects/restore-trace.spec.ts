import { strict as assert } from "node:assert";

import { type GuestTask, type ListedGuest } from "../../../provider/clients/restore-client";
import { progressText } from "../../../provider/objects/restore-progress";
import { traceOf } from "../../../provider/objects/restore-trace";

const NOTE = { vmid: 140, type: "qemu", node: "tappaas1", login: "up@pve!up" } as const;
const LEFT: ListedGuest = { vmid: 140, type: "qemu", node: "tappaas1", status: "stopped", name: "identity" };

function task(type: string, end: string | undefined, more: Partial<GuestTask> = {}): GuestTask {
  const common = { upid: `UPID:${type}`, node: "tappaas1", starttime: 1_790_000_000, id: "140", authId: NOTE.login };
  const ended = end === undefined ? undefined : 1_790_000_060;
  return { ...common, type, end, endtime: ended, ...more };
}

const OURS = task("qmrestore", "OK");
const FAILED = task("qmrestore", "unexpected status");

describe("What became of a restore that was written down", () => {
  it("is nothing while its number is free, whatever failed before", () => {
    assert.deepEqual(traceOf(NOTE, undefined, []), { is: "free" });
    assert.deepEqual(traceOf(NOTE, undefined, [FAILED]), { is: "free" });
  });

  it("is our own task, as long as that runs, and our guest once it ended well", () => {
    assert.deepEqual(traceOf(NOTE, LEFT, [task("qmrestore", undefined)]), { is: "running", upid: "UPID:qmrestore" });
    assert.deepEqual(traceOf(NOTE, undefined, [task("qmrestore", undefined)]).is, "running");
    assert.deepEqual(traceOf(NOTE, { ...LEFT, status: "running" }, [OURS, task("qmstart", "OK")]).is, "done");
    assert.equal(traceOf(NOTE, LEFT, [task("qmrestore", "WARNINGS: 1")]).is, "done");
  });

  it("may be taken away only when our task failed and nobody has touched what it left", () => {
    assert.deepEqual(traceOf(NOTE, LEFT, [FAILED]), { is: "remains", upid: "UPID:qmrestore" });
    assert.equal(traceOf(NOTE, LEFT, [FAILED, task("qmdestroy", "OK"), FAILED]).is, "remains");
  });

  const somebody = { authId: "root@pam" };
  const cases: readonly (readonly [string, ListedGuest, readonly GuestTask[], RegExp])[] = [
    ["no task of ours made it", LEFT, [], /no restore of ours made it/],
    ["it runs", { ...LEFT, status: "running" }, [FAILED], /is running/],
    ["its state is unknown", { ...LEFT, status: "unknown" }, [FAILED], /is unknown/],
    ["it was started since", LEFT, [FAILED, task("qmstart", "OK")], /qmstart by .* touched it since/],
    ["another made it since", LEFT, [FAILED, task("qmcreate", "OK", somebody)], /qmcreate by root@pam/],
    ["another login restored it", LEFT, [task("qmrestore", "OK", somebody)], /qmrestore by root@pam/],
    ["another is making it", LEFT, [task("qmcreate", undefined, somebody)], /runs there/],
    [
      "a clone was made since, which is named by its source",
      LEFT,
      [FAILED, task("qmclone", "OK", { id: "100" })],
      /qmclone/,
    ],
    ["it came from another node", LEFT, [FAILED, task("qmigrate", "OK", { node: "tappaas2" })], /qmigrate/],
    ["it is on another node", { ...LEFT, node: "tappaas2" }, [FAILED], /on tappaas2/],
    ["it is of another kind", { ...LEFT, type: "lxc" }, [FAILED], /not where it was to be restored/],
    ["our restore ran on another node", LEFT, [task("qmrestore", "failed", { node: "tappaas2" })], /may have made it/],
  ];
  for (const [why, guest, tasks, reason] of cases) {
    it(`is a guest that nobody may touch when ${why}`, () => {
      const trace = traceOf(NOTE, guest, tasks);
      assert.equal(trace.is, "foreign");
      assert.match(trace.reason, reason);
    });
  }
});

describe("How far a restore is", () => {
  const line = "progress 25% (read 1073741824 bytes, zeroes = 3% (33554432 bytes), duration 8 sec)";

  it("is told with bytes, rate and time left", () => {
    assert.equal(progressText(line, 8 * 1024 ** 3), "25 % of this disk, 1024 MiB, 128 MiB/s, at most 1 min left");
    assert.equal(progressText(line, undefined), "25 % of this disk, 1024 MiB, 128 MiB/s");
  });

  it("is told in PVE's own words where it does not count", () => {
    assert.equal(progressText("new volume ID is 'tanka1:vm-140-disk-0'", 1), "new volume ID is 'tanka1:vm-140-disk-0'");
  });
});
