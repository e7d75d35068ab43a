import { strict as assert } from "node:assert";

import { PbsUnderTest, spareRealServers } from "./support/pbs-under-test";

// Source of all cases: observed on PBS 4.2.3.
describe("users and tokens of the PBS", () => {
  let pbs: PbsUnderTest;

  before(async () => {
    pbs = await PbsUnderTest.open();
  });
  beforeEach(spareRealServers);
  after(() => pbs.close());

  const refusal = async (verb: "GET" | "POST" | "PUT" | "DELETE", path: string, json?: unknown) => {
    const { status, text } = await pbs.send(verb, path, json === undefined ? {} : { json });
    return `${status} ${text}`;
  };

  it("are named when they are there already, and when they are not @destructive", async () => {
    await pbs.createToken("a@pbs");
    assert.equal(await refusal("POST", "/access/users", { userid: "a@pbs" }), "400 user 'a@pbs' already exists.");
    assert.equal(await refusal("GET", "/access/users/x@pbs"), "400 no such user 'x@pbs'");
    assert.equal(await refusal("PUT", "/access/users/x@pbs", {}), "400 no such user 'x@pbs'");
    assert.equal(await refusal("DELETE", "/access/users/x@pbs"), "400 user 'x@pbs' does not exist.");
    assert.equal(
      await refusal("POST", "/access/users/a@pbs/token/t", {}),
      "400 token 't' for user 'a@pbs' already exists.",
    );
    assert.equal(await refusal("GET", "/access/users/a@pbs/token/z"), "400 no such token 'a@pbs!z'");
    assert.equal(
      await refusal("DELETE", "/access/users/a@pbs/token/zz"),
      "400 token 'zz' of user 'a@pbs' does not exist.",
    );
    assert.equal(await refusal("POST", "/access/users", { userid: "a@nope" }), "400 unknown realm 'nope'");
  });

  it("keep the old password when somebody makes them again @destructive", async () => {
    await pbs.createToken("kept@pbs");
    await pbs.send("POST", "/access/users", { json: { userid: "kept@pbs", password: "stolen-one" } });
    const logIn = (password: string) =>
      pbs.send("POST", "/access/ticket", { token: null, json: { username: "kept@pbs", password } });
    assert.equal((await logIn("a-password")).status, 200);
    assert.equal((await logIn("stolen-one")).status, 401);
  });

  it("read back only what is set, trimmed, without enable true and expire 0 @destructive", async () => {
    const json = { userid: "fields@pbs", enable: true, expire: 0, comment: "  two words " };
    await pbs.data("POST", "/access/users", { json });
    assert.deepEqual(await pbs.data("GET", "/access/users/fields@pbs"), { userid: "fields@pbs", comment: "two words" });
    await pbs.data("PUT", "/access/users/fields@pbs", { json: { enable: false } });
    assert.deepEqual(await pbs.data("GET", "/access/users/fields@pbs"), {
      userid: "fields@pbs",
      comment: "two words",
      enable: false,
    });
    await pbs.data("PUT", "/access/users/fields@pbs", { json: { enable: true } });
    assert.deepEqual(await pbs.data("GET", "/access/users/fields@pbs"), { userid: "fields@pbs", comment: "two words" });
  });

  it("show a token's secret once, when it is made, and a new one ends the old at once @destructive", async () => {
    const token = await pbs.createToken("secret@pbs");
    const path = "/access/users/secret@pbs/token/t";
    assert.deepEqual(await pbs.data("GET", path), { tokenid: "secret@pbs!t" });
    const answer = await pbs.data<Record<string, string>>("PUT", path, { json: { regenerate: true } });
    assert.deepEqual(Object.keys(answer), ["secret"]);
    assert.equal((await pbs.send("GET", "/version", { token })).status, 401);
    assert.equal((await pbs.send("GET", "/version", { token: `secret@pbs!t:${answer["secret"]}` })).status, 200);
  });

  it("list a user's tokens when they are asked for @destructive", async () => {
    await pbs.createToken("owner@pbs");
    const users = await pbs.data<Record<string, unknown>[]>("GET", "/access/users", { query: { include_tokens: 1 } });
    const owner = users.find(({ userid }) => userid === "owner@pbs");
    assert.deepEqual(owner?.["tokens"], [{ tokenid: "owner@pbs!t", "token-name": "t" }]);
    const plain = await pbs.data<Record<string, unknown>[]>("GET", "/access/users");
    assert.ok(plain.every((user) => !("tokens" in user)));
  });

  it("let a token be made for a user that is not there @destructive", async () => {
    assert.deepEqual(Object.keys(await pbs.addToken("ghost@pbs", "t")).sort(), ["tokenid", "value"]);
    await pbs.data("DELETE", "/access/users/ghost@pbs/token/t");
  });

  it("take their tokens and the tokens' grants along, but leave their own grants to whoever gets the name @destructive", async () => {
    await pbs.createToken("gone@pbs", "/datastore/none", "DatastoreBackup");
    await pbs.data("DELETE", "/access/users/gone@pbs");
    const grants = await pbs.data<{ ugid: string }[]>("GET", "/access/acl");
    assert.deepEqual(
      grants.map(({ ugid }) => ugid).filter((id) => id.startsWith("gone@pbs")),
      ["gone@pbs"],
    );
    assert.equal((await pbs.send("GET", "/access/users/gone@pbs/token/t")).status, 400);
    await pbs.createToken("gone@pbs");
    const held = await pbs.data("GET", "/access/permissions", {
      query: { "auth-id": "gone@pbs", path: "/datastore/none" },
    });
    assert.deepEqual(held, { "/datastore/none": { "Datastore.Backup": true } });
  });

  it("come in another order with each request, because lists have none @destructive", async function () {
    const site = pbs.site(this);
    await site.control.run("pbs-settings:backup", { listSeed: 7 });
    for (const name of ["p", "q", "r", "s"])
      await pbs.data("POST", "/access/users", { json: { userid: `list-${name}@pbs` } });
    const orders = new Set<string>();
    for (let request = 0; request < 8; request += 1) {
      const users = await pbs.data<{ userid: string }[]>("GET", "/access/users");
      orders.add(users.map(({ userid }) => userid).join());
    }
    assert.ok(orders.size > 1);
  });

  it("show a user without rights itself only, with success @destructive", async () => {
    const token = await pbs.createToken("small@pbs");
    const users = await pbs.data<{ userid: string }[]>("GET", "/access/users", { token });
    assert.deepEqual(
      users.map(({ userid }) => userid),
      ["small@pbs"],
    );
  });
});
