import { strict as assert } from "node:assert";

import { order, PbsUnderTest, spareRealServers } from "./support/pbs-under-test";

const AT = "/admin/datastore/spaces/namespace";

// Source of all cases: observed on PBS 4.2.3.
describe("namespaces on the PBS", () => {
  let pbs: PbsUnderTest;

  before(async function () {
    pbs = await PbsUnderTest.open();
    if (!pbs.isLab) this.skip();
    await pbs.createDatastore("spaces");
  });
  beforeEach(spareRealServers);
  after(() => pbs.close());

  const make = (name: string, parent = "") => pbs.data<string>("POST", AT, { json: { name, parent } });
  const listed = async (query: Record<string, string> = {}) =>
    (await pbs.data<{ ns: string }[]>("GET", AT, { query })).map(({ ns }) => ns);

  it("are made with their path as answer, and again with the same @destructive", async () => {
    assert.equal(await make("made"), "made");
    assert.equal(await make("below", "made"), "made/below");
    assert.equal(await make("below", "made"), "made/below");
    assert.deepEqual(await listed({ parent: "made" }), ["made", "made/below"]);
  });

  it("that are missing are listed as if they were there: only the parent's list tells", async () => {
    assert.deepEqual(await listed({ parent: "missing" }), ["missing"]);
    assert.equal((await listed()).includes("missing"), false);
  });

  it("go with empty children, and a missing one goes with success and zeros @destructive", async () => {
    await make("empty");
    await make("child", "empty");
    const zeros = { "protected-snapshots": 0, "removed-groups": 0, "removed-snapshots": 0 };
    assert.deepEqual(await pbs.data("DELETE", AT, { query: { ns: "empty" } }), zeros);
    assert.deepEqual(await pbs.data("DELETE", AT, { query: { ns: "never" } }), zeros);
    assert.equal((await listed()).includes("empty"), false);
  });

  it("keep their backups unless somebody says that the groups shall go too @destructive", async () => {
    await make("full");
    await pbs.client("spaces", pbs.token, "full").backup(order("101", 1_700_000_000));
    const { status, text } = await pbs.send("DELETE", AT, { query: { ns: "full" } });
    assert.equal(status, 400);
    assert.match(text, /^only partially deleted due to existing groups but /);
    assert.equal((await pbs.client("spaces", pbs.token, "full").list()).length, 1);
    const removed = await pbs.data("DELETE", AT, { query: { ns: "full", "delete-groups": true } });
    assert.deepEqual(removed, { "protected-snapshots": 0, "removed-groups": 1, "removed-snapshots": 1 });
  });

  it("shut a tenant in: its own namespace is readable, the root is not @destructive", async () => {
    await make("tenant");
    const token = await pbs.createToken("tenant@pbs", "/datastore/spaces/tenant", "DatastoreBackup");
    await pbs.client("spaces", token, "tenant").backup(order("101", 1_700_000_000));
    assert.equal((await pbs.client("spaces", token, "tenant").list()).length, 1);
    assert.equal((await pbs.send("GET", "/admin/datastore/spaces/snapshots", { token })).status, 403);
    await assert.rejects(
      pbs.client("spaces", token).backup(order("101", 1_700_000_000)),
      /missing permissions 'Datastore.Backup'/,
    );
  });
});
