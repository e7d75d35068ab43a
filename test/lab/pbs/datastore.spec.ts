import { strict as assert } from "node:assert";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { order, PbsUnderTest, spareRealServers } from "./support/pbs-under-test";

// Source of all cases: observed on PBS 4.2.3, unless a case names another.
describe("datastores of the PBS", () => {
  let pbs: PbsUnderTest;

  before(async () => {
    pbs = await PbsUnderTest.open();
  });
  beforeEach(spareRealServers);
  after(() => pbs.close());

  const create = (name: string, more: object = {}) =>
    pbs.data<string>("POST", "/config/datastore", { json: { name, path: `/mnt/${name}`, ...more } });
  const remove = async (name: string, query: Record<string, boolean> = {}) =>
    pbs.ended(await pbs.data<string>("DELETE", `/config/datastore/${name}`, { query }));
  const disk = (context: Mocha.Context, path: string) =>
    join(pbs.site(context).state.root, "machines/backup/disk", path);

  it("are not there before the task that makes them has ended @destructive", async function () {
    await pbs.site(this).control.run("pbs-settings:backup", { datastoreCreation: 100 });
    const upid = await create("slow");
    const { status, text } = await pbs.send("GET", "/config/datastore/slow");
    assert.deepEqual({ status, text }, { status: 400, text: "no such datastore 'slow'" });
    assert.equal(await pbs.ended(upid), "OK");
    assert.deepEqual(await pbs.data("GET", "/config/datastore/slow"), { name: "slow", path: "/mnt/slow" });
  });

  it("are made one after the other, and a change of another waits so long @destructive", async function () {
    await pbs.site(this).control.run("pbs-settings:backup", { datastoreCreation: 200 });
    await pbs.createDatastore("first");
    const creating = ["row1", "row2", "row3"].map((name) => create(name));
    const start = performance.now();
    await creating[0];
    await pbs.data("PUT", "/config/datastore/first", { json: { comment: "waited" } });
    assert.ok(performance.now() - start > 150);
    const ends = await Promise.all((await Promise.all(creating)).map((upid) => pbs.ended(upid)));
    assert.deepEqual(ends, ["OK", "OK", "OK"]);
    await pbs.site(this).control.run("pbs-settings:backup", { datastoreCreation: 20 });
  });

  it("are refused under a name that is taken, and by name when they are missing @destructive", async () => {
    await pbs.createDatastore("taken");
    const again = await pbs.send("POST", "/config/datastore", { json: { name: "taken", path: "/mnt/other" } });
    assert.equal(again.text, "parameter verification failed - 'name': datastore 'taken' already exists.");
    assert.equal((await pbs.send("PUT", "/config/datastore/absent", { json: {} })).text, "no such datastore 'absent'");
    assert.equal((await pbs.send("DELETE", "/config/datastore/absent")).status, 404);
  });

  it("are never made over what lies there: inside another, in a full directory, or on old chunks @destructive", async function () {
    await pbs.createDatastore("outer");
    mkdirSync(disk(this, "/mnt/full"), { recursive: true });
    writeFileSync(disk(this, "/mnt/full/letter.txt"), "dear");
    mkdirSync(disk(this, "/mnt/old/.chunks"), { recursive: true });
    const endOf = async (name: string, path: string) => pbs.ended(await create(name, { path }));
    assert.match(await endOf("inner", "/mnt/outer/inner"), /nested datastores not allowed/);
    assert.match(await endOf("full", "/mnt/full"), /not empty/);
    assert.match(await endOf("old", "/mnt/old"), /EEXIST: File exists/);
    assert.ok(existsSync(disk(this, "/mnt/full/letter.txt")));
    assert.equal((await pbs.send("GET", "/config/datastore/full")).status, 400);
  });

  it("take retention as a prune job on creation, and refuse it on an update @destructive", async () => {
    await pbs.createDatastore("kept", { "keep-daily": 7, "prune-schedule": "02:30" });
    const jobs = await pbs.data<Record<string, unknown>[]>("GET", "/config/prune");
    const [job] = jobs.filter(({ store }) => store === "kept");
    assert.match(String(job?.["id"]), /^default-kept-/);
    assert.deepEqual({ keep: job?.["keep-daily"], schedule: job?.["schedule"] }, { keep: 7, schedule: "02:30" });
    assert.deepEqual(await pbs.data("GET", "/config/datastore/kept"), { name: "kept", path: "/mnt/kept" });
    assert.equal((await pbs.send("PUT", "/config/datastore/kept", { json: { "keep-daily": 1 } })).status, 400);
  });

  it("leave their files when they are removed, and are taken up again with all backups @destructive", async function () {
    await pbs.createDatastore("reborn");
    await pbs.client("reborn").backup(order("101", 1_700_000_000));
    assert.equal(await remove("reborn"), "OK");
    assert.equal((await pbs.send("GET", "/config/datastore/reborn")).status, 400);
    assert.ok(existsSync(disk(this, "/mnt/reborn/vm/101")));
    await pbs.createDatastore("reborn", { "reuse-datastore": true });
    assert.deepEqual(
      (await pbs.client("reborn").list()).map(({ id }) => id),
      ["101"],
    );
    const missing = await create("reborn2", { "reuse-datastore": true });
    assert.match(await pbs.ended(missing), /ENOENT/);
  });

  it("take their jobs and the grants below them along @destructive", async () => {
    await pbs.createDatastore("leaving", { "keep-daily": 1 });
    await pbs.data("POST", "/config/verify", { json: { id: "v-leaving", store: "leaving" } });
    await pbs.createToken("leaving@pbs", "/datastore/leaving/ns", "DatastoreBackup");
    assert.equal(await remove("leaving"), "OK");
    const stores = async (path: string) => (await pbs.data<{ store: string }[]>("GET", path)).map(({ store }) => store);
    assert.equal((await stores("/config/prune")).includes("leaving"), false);
    assert.equal((await stores("/config/verify")).includes("leaving"), false);
    const grants = await pbs.data<{ path: string }[]>("GET", "/access/acl");
    assert.equal(
      grants.some(({ path }) => path.startsWith("/datastore/leaving")),
      false,
    );
  });

  it("leave jobs and grants where they are when that is asked for @destructive", async () => {
    await pbs.createDatastore("moving", { "keep-daily": 1 });
    await pbs.createToken("moving@pbs", "/datastore/moving", "DatastoreBackup");
    await remove("moving", { "keep-job-configs": true });
    const jobs = await pbs.data<{ store: string }[]>("GET", "/config/prune");
    assert.ok(jobs.some(({ store }) => store === "moving"));
    const grants = await pbs.data<{ path: string }[]>("GET", "/access/acl");
    assert.ok(grants.some(({ path }) => path === "/datastore/moving"));
  });

  it("lose their files only to destroy-data, and the lab tells of it @destructive", async function () {
    await pbs.createDatastore("burnt");
    await remove("burnt", { "destroy-data": true });
    assert.equal(existsSync(disk(this, "/mnt/burnt")), false);
    const dangers = pbs
      .site(this)
      .events.all()
      .filter(({ kind }) => kind === "danger");
    assert.match(dangers.at(-1)?.text ?? "", /"burnt"/);
  });

  it("read back another spelling of what was written @destructive", async () => {
    await pbs.createDatastore("spelt", { comment: " a  b " });
    await pbs.data("PUT", "/config/datastore/spelt", { json: { "maintenance-mode": "type=read-only,message=moving" } });
    const fields = await pbs.data<Record<string, unknown>>("GET", "/config/datastore/spelt");
    assert.deepEqual(fields, {
      name: "spelt",
      path: "/mnt/spelt",
      comment: "a  b",
      "maintenance-mode": "read-only,message=moving",
    });
    assert.equal((await pbs.send("PUT", "/config/datastore/spelt", { json: { comment: "two\nlines" } })).status, 400);
  });

  it("never come back from the maintenance mode delete @destructive", async () => {
    await pbs.createDatastore("doomed");
    await pbs.data("PUT", "/config/datastore/doomed", { json: { "maintenance-mode": "delete" } });
    const back = await pbs.send("PUT", "/config/datastore/doomed", { json: { delete: ["maintenance-mode"] } });
    assert.equal(back.status, 400);
    await assert.rejects(pbs.client("doomed").backup(order("1", 1_700_000_000)), /datastore is being deleted/);
  });

  it("take no backup while they are offline, and say so @destructive", async () => {
    await pbs.createDatastore("resting");
    await pbs.data("PUT", "/config/datastore/resting", { json: { "maintenance-mode": "offline" } });
    await assert.rejects(pbs.client("resting").backup(order("1", 1_700_000_000)), {
      message: "datastore 'resting' is unavailable: offline maintenance mode: ",
    });
  });

  it("are refused alike whether they are there or not, to who has no right to see them @destructive", async () => {
    await pbs.createDatastore("hidden");
    const token = await pbs.createToken("stranger@pbs");
    for (const name of ["hidden", "no-such"]) {
      const { status, text } = await pbs.send("GET", `/config/datastore/${name}`, { token });
      assert.deepEqual({ status, text }, { status: 403, text: "permission check failed" });
    }
    assert.deepEqual(await pbs.data("GET", "/config/datastore", { token }), []);
  });

  it("show their own size, and zeros to who has a right on a namespace only @destructive", async () => {
    await pbs.createDatastore("sized");
    await pbs.client("sized").backup(order("101", 1_700_000_000));
    const status = await pbs.data<Record<string, number>>("GET", "/admin/datastore/sized/status");
    assert.ok(status["used"]! > 0);
    assert.equal(status["used"]! + status["avail"]!, status["total"]);
    const token = await pbs.createToken("tenant@pbs", "/datastore/sized/tenant", "DatastoreBackup");
    const seen = await pbs.data<Record<string, number>>("GET", "/admin/datastore/sized/status", { token });
    assert.deepEqual([seen["total"], seen["used"], seen["avail"]], [0, 0, 0]);
    const visible = await pbs.data<{ store: string }[]>("GET", "/admin/datastore", { token });
    assert.deepEqual(
      visible.map(({ store }) => store),
      ["sized"],
    );
  });

  it("answer a change with a client's error while the daemon behind is down, and reads go on @destructive", async function () {
    const site = pbs.site(this);
    await pbs.createDatastore("half-up");
    site.faults.order({ machine: "backup", operation: "PUT /config/datastore/{name}", kind: "daemon-down", times: 1 });
    const { status, text } = await pbs.send("PUT", "/config/datastore/half-up", { json: { comment: "x" } });
    assert.deepEqual({ status, text }, { status: 400, text: "client error (Connect)" });
    assert.deepEqual(await pbs.data("GET", "/config/datastore/half-up"), { name: "half-up", path: "/mnt/half-up" });
    await pbs.data("PUT", "/config/datastore/half-up", { json: { comment: "x" } });
  });
});
