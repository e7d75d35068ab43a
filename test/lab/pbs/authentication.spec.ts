import { strict as assert } from "node:assert";

import { PbsUnderTest, spareRealServers } from "./support/pbs-under-test";

// Source of all cases: observed on PBS 4.2.3.
describe("logging in to the PBS", () => {
  let pbs: PbsUnderTest;

  before(async () => {
    pbs = await PbsUnderTest.open();
  });
  beforeEach(spareRealServers);
  after(() => pbs.close());

  const version = (headers: Record<string, string>) => pbs.send("GET", "/version", { token: null, headers });

  it("takes a token after '=' and after a space", async () => {
    for (const separator of ["=", " "]) {
      assert.equal((await version({ authorization: `PBSAPIToken${separator}${pbs.token}` })).status, 200);
    }
  });

  it("refuses each other spelling of the header, in one word and without a content type", async () => {
    const [id = "", secret = ""] = pbs.token.split(":");
    const spellings = [
      `PBSAPIToken=${id}=${secret}`,
      `PVEAPIToken=${pbs.token}`,
      `pbsapitoken=${pbs.token}`,
      `PBSAPIToken=${encodeURIComponent(id)}:${secret}`,
      `Bearer ${pbs.token}`,
    ];
    for (const authorization of spellings) {
      const { status, text, contentType } = await version({ authorization });
      assert.deepEqual(
        { status, text, contentType },
        { status: 401, text: "authentication failed", contentType: undefined },
      );
    }
  });

  it("answers a wrong secret late and a disabled token at once @destructive", async function () {
    const site = pbs.site(this);
    await site.control.run("pbs-settings:backup", { failedLoginDelay: 150 });
    const token = await pbs.createToken("slow@pbs");
    const took = async (secret: string) => {
      const start = performance.now();
      assert.equal((await pbs.send("GET", "/version", { token: secret })).status, 401);
      return performance.now() - start;
    };
    assert.ok((await took(`${token}x`)) >= 140);
    await pbs.data("PUT", "/access/users/slow@pbs", { json: { enable: false } });
    assert.ok((await took(token)) < 100);
    await pbs.data("PUT", "/access/users/slow@pbs", { json: { enable: true } });
    assert.equal((await pbs.send("GET", "/version", { token })).status, 200);
  });

  it("lets in nobody after the expiry @destructive", async () => {
    const token = await pbs.createToken("old@pbs");
    await pbs.data("PUT", "/access/users/old@pbs", { json: { expire: 1_000 } });
    assert.equal((await pbs.send("GET", "/version", { token })).status, 401);
  });

  it("refuses a wrong password with 401, no password with 400, and a token as a user name with 400", async () => {
    const ask = async (json: object) => {
      const { status, text } = await pbs.send("POST", "/access/ticket", { token: null, json });
      return { status, text };
    };
    assert.deepEqual(await ask({ username: "root@pam", password: "wrong" }), {
      status: 401,
      text: "permission check failed.",
    });
    assert.deepEqual(await ask({ username: "root@pam" }), { status: 400, text: "no password provided" });
    assert.equal((await ask({ username: "root@pam!lab", password: "x" })).status, 400);
  });

  it("gives a session by cookie, whose writes need the prevention token", async function () {
    const json = { username: "root@pam", password: pbs.password(this) };
    const { ticket, CSRFPreventionToken } = await pbs.data<Record<string, string>>("POST", "/access/ticket", {
      token: null,
      json,
    });
    for (const name of ["PBSAuthCookie", "__Host-PBSAuthCookie"]) {
      const cookie = `${name}=${encodeURIComponent(ticket!)}`;
      assert.equal((await version({ cookie })).status, 200);
      const write = { token: null, json: { role: "Audit", path: "/", "auth-id": "root@pam", delete: true } };
      assert.equal((await pbs.send("PUT", "/access/acl", { ...write, headers: { cookie } })).status, 401);
      const headers = { cookie, csrfpreventiontoken: CSRFPreventionToken! };
      assert.equal((await pbs.send("PUT", "/access/acl", { ...write, headers })).status, 200);
    }
  });

  it("renews a ticket with the old one as password, and hides it in a cookie on request", async function () {
    const json = { username: "root@pam", password: pbs.password(this) };
    const { ticket } = await pbs.data<Record<string, string>>("POST", "/access/ticket", { token: null, json });
    const again = { username: "root@pam", password: ticket, "http-only": true };
    const { status, cookies, json: answer } = await pbs.send("POST", "/access/ticket", { token: null, json: again });
    assert.equal(status, 200);
    assert.match(cookies[0] ?? "", /^__Host-PBSAuthCookie=PBS%3Aroot%40pam/);
    assert.deepEqual(Object.keys(answer?.data as object).sort(), ["CSRFPreventionToken", "ticket-info", "username"]);
  });

  it("keeps a ticket after a change of the password, and ends it with its user @destructive", async () => {
    const token = await pbs.createToken("leaver@pbs");
    assert.equal((await pbs.send("GET", "/version", { token })).status, 200);
    const json = { username: "leaver@pbs", password: "a-password" };
    const { ticket } = await pbs.data<Record<string, string>>("POST", "/access/ticket", { token: null, json });
    const cookie = `PBSAuthCookie=${encodeURIComponent(ticket!)}`;
    await pbs.data("PUT", "/access/users/leaver@pbs", { json: { password: "another-one" } });
    assert.equal((await version({ cookie })).status, 200);
    await pbs.data("DELETE", "/access/users/leaver@pbs");
    assert.equal((await version({ cookie })).status, 401);
    assert.equal((await pbs.send("GET", "/version", { token })).status, 401);
  });

  it("changes no password for a token, whatever its rights, but lets it update the user @destructive", async () => {
    await pbs.createToken("pw@pbs");
    const refused = await pbs.send("PUT", "/access/password", { json: { userid: "pw@pbs", password: "new-password" } });
    assert.equal(refused.status, 400);
    assert.equal((await pbs.send("PUT", "/access/users/pw@pbs", { json: { password: "new-password" } })).status, 200);
  });
});
