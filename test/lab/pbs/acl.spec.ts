import { strict as assert } from "node:assert";
import { setTimeout as wait } from "node:timers/promises";

import { mayDestroy, PbsUnderTest, spareRealServers } from "./support/pbs-under-test";

// Source of all cases: observed on PBS 4.2.3, unless a case names another.
describe("grants on the PBS", () => {
  let pbs: PbsUnderTest;

  before(async () => {
    pbs = await PbsUnderTest.open();
    if (mayDestroy()) await pbs.createDatastore("acl1");
  });
  beforeEach(spareRealServers);
  after(() => pbs.close());

  const grant = (path: string, id: string, role: string, more: object = {}) =>
    pbs.send("PUT", "/access/acl", { json: { path, "auth-id": id, role, ...more } });
  const sees = async (token: string) =>
    (await pbs.data<{ store: string }[]>("GET", "/admin/datastore", { token })).map(({ store }) => store);

  it("give a token nothing by itself: it and its user both need them @destructive", async () => {
    const token = await pbs.createToken("both@pbs");
    assert.deepEqual(await sees(token), []);
    await grant("/datastore/acl1", "both@pbs!t", "DatastoreBackup");
    assert.deepEqual(await sees(token), []);
    await grant("/datastore/acl1", "both@pbs", "DatastoreBackup");
    assert.deepEqual(await sees(token), ["acl1"]);
    await grant("/datastore/acl1", "both@pbs!t", "DatastoreBackup", { delete: true });
    assert.deepEqual(await sees(token), []);
  });

  it("leave even the superuser's token with nothing until it has its own @destructive", async () => {
    const { tokenid, value } = await pbs.addToken("root@pam", "bare");
    assert.deepEqual(await sees(`${tokenid}:${value}`), []);
    await pbs.data("DELETE", "/access/users/root@pam/token/bare");
  });

  it("act late, while the list shows them at once @destructive", async function () {
    const site = pbs.site(this);
    const token = await pbs.createToken("late@pbs", "/", "NoAccess");
    assert.deepEqual(await sees(token), []);
    await site.control.run("pbs-settings:backup", { aclDelay: 250 });
    for (const id of ["late@pbs", "late@pbs!t"]) await grant("/datastore/acl1", id, "DatastoreAudit");
    const shown = await pbs.data<{ ugid: string; roleid: string }[]>("GET", "/access/acl");
    assert.ok(shown.some(({ ugid, roleid }) => ugid === "late@pbs!t" && roleid === "DatastoreAudit"));
    assert.deepEqual(await sees(token), []);
    await wait(260);
    assert.deepEqual(await sees(token), ["acl1"]);
    await site.control.run("pbs-settings:backup", { aclDelay: 0 });
  });

  it("are the same when they are made twice, and read back under other names @destructive", async () => {
    await pbs.createToken("twice@pbs");
    for (let time = 0; time < 2; time += 1)
      assert.equal((await grant("/datastore/acl1", "twice@pbs", "DatastoreReader")).status, 200);
    const all = await pbs.data<{ ugid: string }[]>("GET", "/access/acl");
    assert.deepEqual(
      all.filter(({ ugid }) => ugid === "twice@pbs"),
      [{ path: "/datastore/acl1", ugid: "twice@pbs", ugid_type: "user", roleid: "DatastoreReader", propagate: true }],
    );
  });

  it("take a datastore and a namespace that are not there, but no user that is not @destructive", async () => {
    await pbs.createToken("early@pbs");
    assert.equal((await grant("/datastore/later/some/ns", "early@pbs", "DatastoreBackup")).status, 200);
    const { status, text } = await grant("/datastore/acl1", "nobody@pbs", "DatastoreBackup");
    assert.deepEqual({ status, text }, { status: 400, text: "no such user." });
  });

  it("refuse an unknown role, a path outside the tree, and a slash too many or too few", async () => {
    for (const [path, role] of [
      ["/datastore/acl1", "NoSuchRole"],
      ["/nowhere", "Audit"],
      ["/datastore/", "Audit"],
      ["datastore", "Audit"],
    ] as const) {
      assert.equal((await grant(path, "root@pam", role)).status, 400, `${path} ${role}`);
    }
  });

  it("are not a token's to give without the right to it @destructive", async () => {
    const token = await pbs.createToken("climber@pbs");
    const json = { path: "/", "auth-id": "climber@pbs!t", role: "Admin" };
    const { status, text } = await pbs.send("PUT", "/access/acl", { token, json });
    assert.deepEqual({ status, text }, { status: 400, text: "Unprivileged API tokens can't set ACL items." });
  });

  it("near the object replace those above it @destructive", async () => {
    // Source: PBS 4.2, src/config/acl.rs.
    const token = await pbs.createToken("near@pbs", "/datastore", "DatastoreAdmin");
    for (const id of ["near@pbs", "near@pbs!t"]) await grant("/datastore/acl1", id, "DatastoreAudit");
    const held = await pbs.data("GET", "/access/permissions", { token, query: { path: "/datastore/acl1" } });
    assert.deepEqual(held, { "/datastore/acl1": { "Datastore.Audit": true } });
  });

  it("without propagation hold at their path only @destructive", async () => {
    const token = await pbs.createToken("flat@pbs");
    for (const id of ["flat@pbs", "flat@pbs!t"])
      await grant("/datastore/acl1", id, "DatastoreAdmin", { propagate: false });
    assert.deepEqual(
      await pbs.data("GET", "/access/permissions", { token, query: { path: "/datastore/acl1/ns" } }),
      {},
    );
    const query = { ns: "customers" };
    assert.equal((await pbs.send("GET", "/admin/datastore/acl1/snapshots", { token, query })).status, 403);
  });

  it("shown to a token are its own alone @destructive", async () => {
    const token = await pbs.createToken("curious@pbs", "/datastore/acl1", "DatastoreBackup");
    const shown = await pbs.data<{ ugid: string }[]>("GET", "/access/acl", { token });
    assert.deepEqual(
      shown.map(({ ugid }) => ugid),
      ["curious@pbs!t"],
    );
    const foreign = await pbs.send("GET", "/access/permissions", { token, query: { "auth-id": "root@pam" } });
    assert.equal(foreign.status, 400);
  });

  it("let a user without rights change itself and not another @destructive", async () => {
    const json = { username: "self@pbs", password: "a-password" };
    await pbs.createToken("self@pbs");
    const login = await pbs.data<Record<string, string>>("POST", "/access/ticket", { token: null, json });
    const headers = {
      cookie: `PBSAuthCookie=${encodeURIComponent(login["ticket"]!)}`,
      csrfpreventiontoken: login["CSRFPreventionToken"]!,
    };
    const change = (user: string) =>
      pbs.send("PUT", `/access/users/${user}`, { token: null, headers, json: { comment: "me" } });
    assert.equal((await change("self@pbs")).status, 200);
    const { status, text } = await change("root@pam");
    assert.deepEqual({ status, text }, { status: 403, text: "permission check failed" });
  });

  it("list the eighteen roles, none of one's own", async () => {
    const roles = await pbs.data<{ roleid: string; privs: string[] }[]>("GET", "/access/roles");
    assert.equal(roles.length, 18);
    assert.deepEqual(roles.find(({ roleid }) => roleid === "DatastoreBackup")?.privs, ["Datastore.Backup"]);
  });
});
