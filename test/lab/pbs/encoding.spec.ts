import { strict as assert } from "node:assert";

import { PbsUnderTest, type Sent, spareRealServers } from "./support/pbs-under-test";

// Source of all cases: observed on PBS 4.2.3.
describe("what the PBS makes of a request", () => {
  let pbs: PbsUnderTest;

  before(async () => {
    pbs = await PbsUnderTest.open();
  });
  beforeEach(spareRealServers);
  after(() => pbs.close());

  const refusal = async (verb: "GET" | "POST" | "PUT" | "DELETE", path: string, sent: Sent = {}) => {
    const { status, text } = await pbs.send(verb, path, sent);
    return `${status} ${text}`;
  };

  it("refuses with plain text under a JSON content type", async () => {
    const { status, text, contentType } = await pbs.send("GET", "/access/users/nobody@pbs");
    assert.deepEqual({ status, text }, { status: 400, text: "no such user 'nobody@pbs'" });
    assert.match(contentType ?? "", /^application\/json/);
  });

  it("answers the browser's base with 200 always, and tells inside what is wrong", async () => {
    const missing = await pbs.send("GET", "/access/users/nobody@pbs", { base: "extjs" });
    assert.equal(missing.status, 200);
    assert.deepEqual(missing.json, { success: false, status: 400, message: "no such user 'nobody@pbs'", errors: {} });
    const broken = await pbs.send("POST", "/access/users", { base: "extjs", json: { userid: "a@pbs", bogus: 1 } });
    assert.deepEqual(broken.json?.["errors"], { bogus: "schema does not allow additional properties" });
  });

  it("refuses what it does not know, with a full stop more in a form and a query", async () => {
    const text = "400 parameter verification failed - 'bogus': schema does not allow additional properties";
    assert.equal(await refusal("POST", "/access/users", { json: { userid: "a@pbs", bogus: "1" } }), text);
    assert.equal(await refusal("POST", "/access/users", { form: "userid=a@pbs&bogus=1" }), `${text}.`);
    assert.equal(await refusal("GET", "/access/users", { query: { bogus: "1" } }), `${text}.`);
  });

  it("names everything that is wrong at once, one line each", async () => {
    const { status, text } = await pbs.send("POST", "/access/users", { json: { enable: "yes", email: "x" } });
    assert.equal(status, 400);
    const [first, ...lines] = text.trimEnd().split("\n");
    assert.equal(first, "parameter verification failed:");
    assert.ok(lines.every((line) => /^- '(?:enable|email|userid)': /.test(line)));
    assert.equal(lines.length, 3);
    assert.ok(lines.includes("- 'userid': property is missing and it is not optional"));
  });

  it("takes JSON strictly by type: no word or number for a boolean, no text for a number, no null for text", async () => {
    for (const enable of ["yes", 1, "1", null]) {
      assert.match(
        await refusal("POST", "/access/users", { json: { userid: "a@pbs", enable } }),
        /'enable': Expected boolean value\.$/,
      );
    }
    assert.match(await refusal("POST", "/access/users", { json: { userid: "a@pbs", expire: "5" } }), /^400 .*'expire'/);
    assert.match(
      await refusal("POST", "/access/users", { json: { userid: "a@pbs", comment: null } }),
      /^400 .*'comment'/,
    );
  });

  it("takes words for booleans in a form @destructive", async () => {
    for (const [index, enable] of ["1", "true", "yes", "on", "False"].entries()) {
      assert.equal(
        (await pbs.send("POST", "/access/users", { form: `userid=form${index}@pbs&enable=${enable}` })).status,
        200,
      );
      await pbs.data("DELETE", `/access/users/form${index}@pbs`);
    }
    assert.match(
      await refusal("POST", "/access/users", { form: "userid=form@pbs&enable=maybe" }),
      /Unable to parse boolean option\.$/,
    );
  });

  it("takes a list of fields to clear as JSON or as a repeated key, and no other way @destructive", async () => {
    await pbs.createToken("lists@pbs");
    const path = "/access/users/lists@pbs";
    const fill = () => pbs.data("PUT", path, { json: { comment: "c", email: "a@b", firstname: "first" } });
    await fill();
    assert.equal((await pbs.send("PUT", path, { json: { delete: ["comment", "email"] } })).status, 200);
    assert.deepEqual(await pbs.data("GET", path), { userid: "lists@pbs", firstname: "first" });
    await fill();
    assert.equal((await pbs.send("PUT", path, { form: "delete=comment&delete=email" })).status, 200);
    assert.deepEqual(await pbs.data("GET", path), { userid: "lists@pbs", firstname: "first" });
    assert.equal((await pbs.send("PUT", path, { form: "delete=comment,email" })).status, 400);
    assert.equal((await pbs.send("PUT", path, { json: { delete: "comment" } })).status, 400);
    const enumeration =
      "400 parameter verification failed - 'delete/[0]': value 'enable' is not defined in the enumeration.";
    assert.equal(await refusal("PUT", path, { json: { delete: ["enable"] } }), enumeration);
  });

  it("lets the new value win over clearing the same field @destructive", async () => {
    await pbs.createToken("both@pbs");
    await pbs.data("PUT", "/access/users/both@pbs", { json: { comment: "stays", delete: ["comment"] } });
    assert.deepEqual(await pbs.data("GET", "/access/users/both@pbs"), { userid: "both@pbs", comment: "stays" });
  });

  it("changes nothing, with success, when an update is empty, equal or has no body @destructive", async () => {
    await pbs.createToken("same@pbs");
    for (const sent of [{ json: {} }, {}, { json: { enable: true } }]) {
      assert.equal((await pbs.send("PUT", "/access/users/same@pbs", sent)).status, 200);
    }
    assert.deepEqual(await pbs.data("GET", "/access/users/same@pbs"), { userid: "same@pbs" });
  });

  it("refuses a change by who has seen an older configuration @destructive", async () => {
    await pbs.createToken("race@pbs");
    const { json } = await pbs.send("GET", "/access/users/race@pbs");
    assert.match(json?.digest ?? "", /^[0-9a-f]{64}$/);
    await pbs.data("PUT", "/access/users/race@pbs", { json: { comment: "first", digest: json?.digest } });
    const late = await refusal("PUT", "/access/users/race@pbs", { json: { comment: "second", digest: json?.digest } });
    assert.equal(late, "400 detected modified configuration - file changed by other user? Try again.");
    assert.deepEqual(await pbs.data("GET", "/access/users/race@pbs"), { userid: "race@pbs", comment: "first" });
  });

  it("ignores the query of a JSON request in silence @destructive", async () => {
    await pbs.createToken("query@pbs");
    await pbs.data("PUT", "/access/users/query@pbs", { json: {}, query: { comment: "lost", bogus: "1" } });
    assert.deepEqual(await pbs.data("GET", "/access/users/query@pbs"), { userid: "query@pbs" });
  });

  it("takes the parameters of a DELETE from query, JSON or form", async () => {
    const digest = "0".repeat(64);
    for (const sent of [{ query: { digest } }, { json: { digest } }, { form: `digest=${digest}` }]) {
      assert.match(await refusal("DELETE", "/access/users/nobody@pbs", sent), /^400 detected modified configuration/);
    }
  });

  it("lets the id of the path win over one in the body, in silence @destructive", async () => {
    await pbs.createToken("path@pbs");
    await pbs.data("PUT", "/access/users/path@pbs", { json: { userid: "other@pbs", comment: "here" } });
    assert.deepEqual(await pbs.data("GET", "/access/users/path@pbs"), { userid: "path@pbs", comment: "here" });
  });

  it("refuses 600 kB, plain text and multipart", async () => {
    const large = { json: { userid: "a@pbs", comment: "x".repeat(600_000) } };
    assert.equal(await refusal("POST", "/access/users", large), "400 Request body too large");
    for (const type of ["text/plain", "multipart/form-data; boundary=x"]) {
      const sent = { form: "userid=a@pbs", headers: { "content-type": type } };
      assert.equal((await pbs.send("POST", "/access/users", sent)).status, 400);
    }
  });

  it("knows no other path", async () => {
    assert.equal(await refusal("GET", "/nothing/here"), "404 Path '/api2/json/nothing/here' not found.");
    assert.match(await refusal("DELETE", "/version"), /^404 Path '.*' not found\.$/);
  });

  it("says of an operation that the lab has not that it has not, and never answers it emptily", async function () {
    pbs.site(this);
    assert.equal(
      await refusal("GET", "/config/traffic-control"),
      "501 'GET /config/traffic-control' is not implemented in the lab",
    );
  });
});
