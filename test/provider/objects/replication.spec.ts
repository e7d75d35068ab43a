import { strict as assert } from "node:assert";

import { firstSync } from "../../../provider/objects/first-sync";
import { create, diff, read, remove, update } from "../../../provider/objects/life-cycle";
import { replication } from "../../../provider/objects/replication";
import { eachOnItsOwnSite, known } from "../support/test-site";

const WANTED = { jobId: "140-0", home: "tappaas1", target: "tappaas2", schedule: "*/15" };
const LIVING = { id: "140-0", type: "local", source: "tappaas1", target: "tappaas2", schedule: "*/15" };
const SEEN = { ...WANTED, adopted: false };

describe("Replication of a guest", () => {
  const own = eachOnItsOwnSite();
  beforeEach(() => {
    own.at.pve.privileges = () => ({ "VM.Audit": 1 });
  });

  it("sends its disks to the failover node", async () => {
    await create(replication, own.at.site, known(WANTED), false);
    const { id, type, target, schedule, disable } = own.at.pve.ha.jobs[0]!;
    assert.deepEqual(
      { id, type, target, schedule, disable },
      { id: "140-0", type: "local", target: "tappaas2", schedule: "*/15", disable: "0" },
    );
  });

  it("is adopted as TAPPaaS' scripts made it", async () => {
    own.at.pve.ha.jobs.push({ ...LIVING });
    const { outputs } = await create(replication, own.at.site, known(WANTED), false);
    assert.deepEqual([outputs["adopted"], own.at.writes], [true, []]);
  });

  it("is the same after a failover, in which PVE turned it round: nothing to change, nothing to replace", async () => {
    own.at.pve.ha.jobs.push({ ...LIVING });
    own.at.pve.ha.failOver(140, "tappaas2");
    assert.equal(own.at.pve.ha.jobs[0]?.["target"], "tappaas1");

    const found = await read(replication, own.at.site, "140-0", SEEN);
    assert.deepEqual(found?.outputs, SEEN);
    assert.deepEqual(diff(replication, found.outputs, known(WANTED)), []);
    assert.deepEqual(own.at.writes, []);
  });

  it("turned round is adopted, too, when the state was lost during a failover", async () => {
    own.at.pve.ha.jobs.push({ ...LIVING });
    own.at.pve.ha.failOver(140, "tappaas2");
    const { outputs } = await create(replication, own.at.site, known(WANTED), false);
    assert.deepEqual([outputs["target"], own.at.writes], ["tappaas2", []]);
  });

  it("is changed in place in its hour, also while it runs the other way round", async () => {
    own.at.pve.ha.jobs.push({ ...LIVING });
    own.at.pve.ha.failOver(140, "tappaas2");
    await update(replication, own.at.site, SEEN, known({ ...WANTED, schedule: "*/5" }), false);
    assert.deepEqual([own.at.pve.ha.jobs[0]?.["schedule"], own.at.pve.ha.jobs[0]?.["target"]], ["*/5", "tappaas1"]);
  });

  it("never gets another target: another node is another replica, with a number of its own", async () => {
    own.at.pve.ha.jobs.push({ ...LIVING });
    const moved = update(replication, own.at.site, SEEN, known({ ...WANTED, target: "tappaas3" }), true);
    await assert.rejects(moved, /target: it has "tappaas2", the program says "tappaas3"[\s\S]*number of its own/);
    assert.deepEqual(own.at.writes, []);
  });

  it("ends without the copy on the other node", async () => {
    own.at.pve.ha.jobs.push({ ...LIVING });
    await remove(replication, own.at.site, SEEN);
    assert.deepEqual(own.at.pve.ha.removals, [{ keep: "1", id: "140-0" }]);
  });

  it("that is marked to go counts as gone, and what a right hides does not", async () => {
    own.at.pve.ha.jobs.push({ ...LIVING, remove_job: "full" });
    assert.equal(await read(replication, own.at.site, "140-0", SEEN), undefined);
    own.at.pve.privileges = () => ({});
    await assert.rejects(read(replication, own.at.site, "140-0", SEEN), /VM\.Audit.*\/vms\/140/);
  });

  it("that somebody switched off is shown", async () => {
    own.at.pve.ha.jobs.push({ ...LIVING, disable: 1 });
    const found = await read(replication, own.at.site, "140-0", SEEN);
    assert.deepEqual(diff(replication, found!.outputs, known(WANTED)), ["enabled"]);
  });
});

describe("The first run of a replication", () => {
  const own = eachOnItsOwnSite();
  beforeEach(() => {
    own.at.pve.privileges = () => ({ "VM.Audit": 1 });
  });
  const wanted = known({ jobId: "140-0", limit: "1 minute" });
  beforeEach(() => own.at.pve.ha.jobs.push({ ...LIVING }));

  it("is begun at once and waited for", async () => {
    own.at.pve.ha.status.set("140-0", [{ last_sync: 0 }, { last_sync: 0, last_try: 1 }, { last_sync: 1_700_000_000 }]);
    await create(firstSync, own.at.site, wanted, false);
    assert.deepEqual(own.at.writes, ["POST /nodes/tappaas1/replication/140-0/schedule_now"]);
  });

  it("is not waited for where it has been", async () => {
    own.at.pve.ha.status.set("140-0", [{ last_sync: 1_700_000_000 }]);
    await create(firstSync, own.at.site, wanted, false);
    assert.deepEqual(own.at.writes, []);
  });

  it("that does not come in time fails with what PVE says of it, and with the cure", async () => {
    own.at.pve.ha.status.set("140-0", [{ last_sync: 0, fail_count: 2, error: "out of space" }]);
    const site = { ...own.at.site, pause: 1 };
    const now = Date.now;
    let looks = 0;
    Date.now = () => now() + 30_000 * looks++;
    try {
      await assert.rejects(
        create(firstSync, site, wanted, false),
        /within 1 minute, and it failed 2 times, last with "out of space".*pvesr status.*on tappaas1/,
      );
    } finally {
      Date.now = now;
    }
  });

  it("is waited for once: a guest that has moved has nothing to wait for", async () => {
    own.at.pve.ha.failOver(140, "tappaas2");
    own.at.pve.ha.status.set("140-0", [{ last_sync: 0 }]);
    const found = await read(firstSync, own.at.site, "140-0", { jobId: "140-0", limit: "1 minute", adopted: false });
    assert.deepEqual(diff(firstSync, found!.outputs, wanted), []);
  });

  it("is waited for again where the job is gone, for then its replica may be, too", async () => {
    own.at.pve.ha.jobs.splice(0);
    assert.equal(await read(firstSync, own.at.site, "140-0", { jobId: "140-0", adopted: false }), undefined);
  });

  it("is not waited for in a preview", async () => {
    await create(firstSync, own.at.site, wanted, true);
    assert.deepEqual(own.at.writes, []);
  });
});
