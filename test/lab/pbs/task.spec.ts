import { strict as assert } from "node:assert";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { order, PbsUnderTest, spareRealServers } from "./support/pbs-under-test";

const status = (upid: string) => `/nodes/localhost/tasks/${encodeURIComponent(upid)}/status`;

// Source of all cases: observed on PBS 4.2.3, unless a case names another.
describe("tasks of the PBS", () => {
  let pbs: PbsUnderTest;

  before(async () => {
    pbs = await PbsUnderTest.open();
  });
  beforeEach(spareRealServers);
  after(() => pbs.close());

  it("run, then stop with OK and an end, whatever node is named @destructive", async () => {
    const upid = await pbs.data<string>("POST", "/config/datastore", { json: { name: "t-one", path: "/mnt/t-one" } });
    const running = await pbs.data<Record<string, unknown>>("GET", status(upid));
    assert.deepEqual([running["status"], "exitstatus" in running], ["running", false]);
    assert.equal(await pbs.ended(upid), "OK");
    const path = status(upid).replace("localhost", "any-name");
    const ended = await pbs.data<Record<string, unknown>>("GET", path);
    assert.deepEqual(
      [ended["status"], ended["exitstatus"], ended["type"], ended["id"]],
      ["stopped", "OK", "create-datastore", "t-one"],
    );
    assert.equal(typeof ended["endtime"], "number");
    assert.equal(`${String(ended["user"])}!${String(ended["tokenid"])}`, pbs.token.split(":")[0]);
  });

  it("name a datastore with a hyphen in a way that must be encoded in a path @destructive", async () => {
    const upid = await pbs.data<string>("POST", "/config/datastore", { json: { name: "a-b", path: "/mnt/a-b" } });
    assert.match(upid, /:create-datastore:a\\x2db:/);
    assert.equal(await pbs.ended(upid), "OK");
  });

  it("that nobody knows are answered as stopped with unknown, never as running", async () => {
    const upid = "UPID:vm:000011C2:0004D172:00000009:6B010436:garbage_collection:x:root@pam:";
    const answer = await pbs.data<Record<string, unknown>>("GET", status(upid));
    assert.deepEqual([answer["status"], answer["exitstatus"]], ["stopped", "unknown"]);
    assert.equal((await pbs.send("GET", status("UPID:no"))).status, 400);
  });

  it("that fail carry the reason as their exit status and in the log @destructive", async () => {
    const json = { name: "t-bad", path: "/mnt/t-bad", "reuse-datastore": true };
    const upid = await pbs.data<string>("POST", "/config/datastore", { json });
    const reason = await pbs.ended(upid);
    assert.match(reason, /ENOENT/);
    assert.equal((await pbs.log(upid)).at(-1), `TASK ERROR: ${reason}`);
  });

  it("are shown to who started them and to the token's user, not to others @destructive", async () => {
    await pbs.createDatastore("t-own");
    const one = await pbs.createToken("one@pbs", "/datastore/t-own", "DatastoreAdmin");
    const two = await pbs.createToken("two@pbs", "/datastore/t-own", "DatastoreAdmin");
    const upid = await pbs.data<string>("POST", "/admin/datastore/t-own/gc", { token: one, json: {} });
    assert.equal((await pbs.send("GET", status(upid), { token: one })).status, 200);
    const { status: code, text } = await pbs.send("GET", status(upid), { token: two });
    assert.deepEqual([code, text], [400, "task access not allowed"]);
    assert.deepEqual(await pbs.data("GET", "/nodes/localhost/tasks", { token: two }), []);
    const json = { username: "one@pbs", password: "a-password" };
    const { ticket } = await pbs.data<Record<string, string>>("POST", "/access/ticket", { token: null, json });
    const headers = { cookie: `PBSAuthCookie=${encodeURIComponent(ticket!)}` };
    assert.equal((await pbs.send("GET", status(upid), { token: null, headers })).status, 200);
  });

  it("can be stopped, say so, and have made nothing", async function () {
    const site = pbs.site(this);
    await site.control.run("pbs-settings:backup", { datastoreCreation: 150 });
    const upid = await pbs.data<string>("POST", "/config/datastore", { json: { name: "t-stop", path: "/mnt/t-stop" } });
    await pbs.data("DELETE", `/nodes/localhost/tasks/${encodeURIComponent(upid)}`);
    assert.match(await pbs.ended(upid), /abort requested - aborting task$/);
    assert.equal((await pbs.send("GET", "/config/datastore/t-stop")).status, 400);
    await site.control.run("pbs-settings:backup", { datastoreCreation: 20 });
  });

  it("show the certificate's fingerprint, by which clients trust the server", async () => {
    const [certificate] = await pbs.data<Record<string, unknown>[]>("GET", "/nodes/localhost/certificates/info");
    assert.equal(certificate?.["fingerprint"], pbs.fingerprint);
  });
});

describe("a backup server of the lab that is started again", () => {
  it("has its users, grants, datastores, jobs and backups, its certificate and its secrets", async () => {
    const directory = mkdtempSync(join(tmpdir(), "pbs-again-"));
    const first = await PbsUnderTest.openLab(directory);
    await first.createDatastore("lasting", { "keep-daily": 3 });
    const token = await first.createToken("lasting@pbs", "/datastore/lasting", "DatastoreBackup");
    await first.client("lasting", token).backup(order("101", 1_700_000_000));
    await first.stop();

    const second = await PbsUnderTest.openLab(directory);
    assert.deepEqual([second.fingerprint, second.token], [first.fingerprint, first.token]);
    assert.deepEqual(
      (await second.client("lasting", token).list()).map(({ owner }) => owner),
      ["lasting@pbs!t"],
    );
    const [job] = await second.data<Record<string, unknown>[]>("GET", "/config/prune");
    assert.equal(job?.["keep-daily"], 3);
    await second.close();
  });

  it("does not give its first token back the rights that somebody took from it", async () => {
    const directory = mkdtempSync(join(tmpdir(), "pbs-again-"));
    const first = await PbsUnderTest.openLab(directory);
    const [id = ""] = first.token.split(":");
    await first.data("PUT", "/access/acl", { json: { path: "/", "auth-id": id, role: "Admin", delete: true } });
    await first.stop();

    const second = await PbsUnderTest.openLab(directory);
    assert.equal((await second.send("GET", "/config/datastore/any")).status, 403);
    await second.close();
  });
});
