import { strict as assert } from "node:assert";

import { order, PbsUnderTest, spareRealServers } from "./support/pbs-under-test";

const TIMES = [1_700_000_000, 1_700_000_100, 1_700_000_200];

// Source of all cases: observed on PBS 4.2.3.
describe("pruning by hand on the PBS", () => {
  let pbs: PbsUnderTest;

  before(async () => {
    pbs = await PbsUnderTest.open();
  });
  beforeEach(spareRealServers);
  after(() => pbs.close());

  const filled = async (store: string, token?: string) => {
    await pbs.createDatastore(store);
    for (const time of TIMES) await pbs.client(store, token).backup(order("101", time));
  };
  const prune = (store: string, json: object, token = pbs.token) =>
    pbs.send("POST", `/admin/datastore/${store}/prune`, {
      token,
      json: { "backup-type": "vm", "backup-id": "101", ...json },
    });
  const left = async (store: string) => (await pbs.client(store).list()).map(({ time }) => time).sort();

  it("tells in a dry run what would go, and takes nothing @destructive", async () => {
    await filled("dry");
    const { json } = await prune("dry", { "keep-last": 1, "dry-run": true });
    const group = { "backup-type": "vm", "backup-id": "101", protected: false };
    assert.deepEqual(json?.data, [
      { ...group, "backup-time": TIMES[0], keep: false },
      { ...group, "backup-time": TIMES[1], keep: false },
      { ...group, "backup-time": TIMES[2], keep: true },
    ]);
    assert.deepEqual(await left("dry"), TIMES);
  });

  it("takes, when it is meant, what the dry run told @destructive", async () => {
    await filled("wet");
    const told = (await prune("wet", { "keep-last": 2, "dry-run": true })).json?.data;
    assert.deepEqual((await prune("wet", { "keep-last": 2 })).json?.data, told);
    assert.deepEqual(await left("wet"), TIMES.slice(1));
  });

  it("keeps everything without a rule, and what is protected always @destructive", async () => {
    await filled("safe");
    await prune("safe", {});
    assert.deepEqual(await left("safe"), TIMES);
    const json = { "backup-type": "vm", "backup-id": "101", "backup-time": TIMES[0], protected: true };
    await pbs.data("PUT", "/admin/datastore/safe/protected", { json });
    await prune("safe", { "keep-last": 1 });
    assert.deepEqual(await left("safe"), [TIMES[0], TIMES[2]]);
  });

  it("names a group that is not there @destructive", async () => {
    await pbs.createDatastore("empty");
    const { status, text } = await prune("empty", { "keep-last": 1 });
    assert.equal(status, 400);
    assert.match(text, /^ENOENT: /);
  });

  it("of a whole datastore answers with a task, and goes into namespaces @destructive", async () => {
    await filled("whole");
    await pbs.data("POST", "/admin/datastore/whole/namespace", { json: { name: "below" } });
    for (const time of TIMES) await pbs.client("whole", pbs.token, "below").backup(order("102", time));
    const upid = await pbs.data<string>("POST", "/admin/datastore/whole/prune-datastore", { json: { "keep-last": 1 } });
    assert.equal(await pbs.ended(upid), "OK");
    assert.deepEqual(await left("whole"), TIMES.slice(2));
    assert.equal((await pbs.client("whole", pbs.token, "below").list()).length, 1);
  });

  it("frees no chunk by itself; garbage collection frees those that nothing names @destructive", async () => {
    await pbs.createDatastore("litter");
    const images = { "drive-scsi0.img": Buffer.alloc(64 * 1024, "only in the first") };
    await pbs.client("litter").backup(order("101", TIMES[0]!, { images }));
    await pbs.client("litter").backup(order("101", TIMES[1]!));
    await prune("litter", { "keep-last": 1 });
    const before = await pbs.data<Record<string, number>>("GET", "/admin/datastore/litter/status");
    const upid = await pbs.data<string>("POST", "/admin/datastore/litter/gc", { json: {} });
    assert.equal(await pbs.ended(upid), "OK");
    const report = await pbs.data<Record<string, number>>("GET", "/admin/datastore/litter/gc");
    const after = await pbs.data<Record<string, number>>("GET", "/admin/datastore/litter/status");
    assert.equal(report["removed-chunks"], 1);
    assert.equal(before["used"]! - after["used"]!, report["removed-bytes"]);
    const { images: read } = await pbs.client("litter").restore({ type: "vm", id: "101", time: TIMES[1]! });
    assert.deepEqual(read["drive-scsi0.img"], order("101", 0).images["drive-scsi0.img"]);
  });
});
