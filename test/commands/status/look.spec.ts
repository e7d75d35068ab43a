import { strict as assert } from "node:assert";

import { seeFailover } from "../../../commands/status/look";
import { type Ask } from "../../../commands/observe/site";
import { ApiError } from "../../../provider/clients/api-error";

const ROWS = [
  { type: "quorum", node: "tappaas1", quorate: 1 },
  { type: "master", node: "tappaas2", status: "tappaas2 (active)" },
  { type: "lrm", node: "tappaas1", status: "tappaas1 (active)" },
  { type: "service", node: "tappaas1", sid: "vm:140", state: "started" },
];

const ANSWERS: Readonly<Record<string, unknown>> = {
  "/cluster/ha/status/current": ROWS,
  "/cluster/resources": [
    { vmid: 140, type: "qemu", node: "tappaas1", status: "running" },
    { vmid: 610, type: "qemu", node: "tappaas9", status: "unknown" },
  ],
  "/cluster/replication": [
    { id: "140-0", target: "tappaas2", source: "tappaas1", schedule: "*/5" },
    { id: "610-0", target: "tappaas2", disable: 1 },
    { id: "999-0", target: "tappaas2" },
  ],
  "/cluster/config/qdevice": { "QNetd host": "10.0.0.40", State: "Connected" },
  "/nodes/tappaas1/time": { time: 1_000 },
  "/nodes/tappaas1/replication/140-0/status": { last_sync: 940, fail_count: 2, error: "no route" },
};

/** A cluster of which one node does not answer. */
function asking(answers = ANSWERS): Ask {
  return (shape, { path }) => {
    if (path.startsWith("/nodes/tappaas9/")) return Promise.reject(away(path));
    return Promise.resolve(shape.parse(answers[path]));
  };
}

function away(path: string): ApiError {
  return new ApiError(`GET ${path}`, 595, "No route to host");
}

describe("a look at failover", () => {
  it("asks the node that has the guest, and is told of one that does not answer without failing over it", async () => {
    const { jobs, services, quorate, master, device } = await seeFailover(asking());
    assert.deepEqual([quorate, master, device], [true, "tappaas2", { host: "10.0.0.40", votes: true }]);
    assert.deepEqual(services, [{ sid: "vm:140", state: "started" }]);
    const runs = { now: 1_000, lastSync: 940, failures: 2, error: "no route" };
    const usual = { target: "tappaas2", schedule: "*/15", runs: undefined };
    assert.deepEqual(jobs, [
      { id: "140-0", target: "tappaas2", schedule: "*/5", disabled: false, holder: "tappaas1", runs },
      { id: "610-0", ...usual, disabled: true, holder: "tappaas9" },
      { id: "999-0", ...usual, disabled: false, holder: undefined },
    ]);
  });

  it("takes a QDevice that says nothing of its state for one that does not vote", async () => {
    const silent = { ...ANSWERS, "/cluster/config/qdevice": { "QNetd host": "10.0.0.40" } };
    assert.deepEqual((await seeFailover(asking(silent))).device, { host: "10.0.0.40", votes: false });
    const none = { ...ANSWERS, "/cluster/config/qdevice": {} };
    assert.equal((await seeFailover(asking(none))).device, undefined);
  });
});
