import { strict as assert } from "node:assert";

import { type PveAnswer } from "../support/pve-client";
import { ask } from "../support/pve-client";
import { mayDestroy, openPve, type PveSite, tokenHeader, prefixOf } from "../support/pve-site";

// Sources: pve-access-control 9, src/PVE/AccessControl.pm, RPCEnvironment.pm, API2/User.pm, API2/ACL.pm.
describe("PVE logins and rights @destructive", () => {
  let pve: PveSite;
  let secret: string;

  before(async function () {
    if (!mayDestroy()) this.skip();
    pve = await openPve(prefixOf(65));
    await pve.ask("POST /access/users", { userid: "watch@pve", password: "watch over me", comment: "c", keys: "" });
    const made = await pve.ask("POST /access/users/watch@pve/token/tk", { privsep: 1, comment: "mine" });
    secret = (made.data as { value: string }).value;
    assert.equal((made.data as Record<string, unknown>)["full-tokenid"], "watch@pve!tk");
  });
  after(async () => {
    if (mayDestroy()) await pve.stop();
  });

  const asToken = (operation: string, parameters = {}): Promise<PveAnswer> =>
    ask({ ...pve.access, headers: tokenHeader(`watch@pve!tk=${secret}`) }, operation, parameters);

  it("shows a token's secret once and never again", async () => {
    const { data } = await pve.ask("GET /access/users/watch@pve/token/tk");
    assert.deepEqual(data, { comment: "mine", expire: 0, privsep: 1 });
    const again = await pve.ask("POST /access/users/watch@pve/token/tk");
    assert.deepEqual([again.status, again.errors], [400, { tokenid: "Token already exists." }]);
  });

  it("lets nobody in without a login, with a wrong secret or with PBS's kind of token header", async () => {
    const { access } = pve;
    const none = await ask({ ...access, headers: {} }, "GET /version");
    assert.deepEqual([none.status, none.reason], [401, "No ticket"]);
    const wrong = await ask({ ...access, headers: tokenHeader("watch@pve!tk=nonsense") }, "GET /version");
    assert.deepEqual([wrong.status, wrong.reason], [401, "invalid token value!"]);
    const other = await ask({ ...access, headers: tokenHeader(`watch@pve!tk:${secret}`) }, "GET /version");
    assert.equal(other.status, 401);
  });

  it("logs in with a password, and asks for the CSRF token when something is to be changed", async () => {
    const { access } = pve;
    const login = { username: "watch@pve", password: "watch over me" };
    const { data } = await ask({ ...access, headers: {} }, "POST /access/ticket", login);
    const { ticket, CSRFPreventionToken } = data as { ticket: string; CSRFPreventionToken: string };
    const cookie = { cookie: `PVEAuthCookie=${encodeURIComponent(ticket)}` };
    assert.equal((await ask({ ...access, headers: cookie }, "GET /version")).status, 200);
    const bare = await ask({ ...access, headers: cookie }, "POST /cluster/backup", {});
    assert.deepEqual([bare.status, bare.reason], [401, "Permission denied - invalid csrf token"]);
    const full = { ...cookie, csrfpreventiontoken: CSRFPreventionToken };
    assert.equal((await ask({ ...access, headers: full }, "POST /cluster/backup", {})).status, 403);

    const wrong = await ask({ ...access, headers: {} }, "POST /access/ticket", { ...login, password: "guess" });
    assert.deepEqual([wrong.status, wrong.reason, wrong.data], [401, "authentication failure", null]);
  });

  it("answers lists with less, and single things with 403, where rights are missing", async () => {
    assert.deepEqual((await asToken("GET /storage")).data, []);
    assert.deepEqual((await asToken("GET /cluster/resources", { type: "vm" })).data, []);
    const one = await asToken("GET /storage/tanka1");
    assert.deepEqual([one.status, one.reason], [403, "Permission check failed (/storage/tanka1, Datastore.Allocate)"]);
    const job = await asToken("POST /cluster/backup", { bogus: 1 });
    assert.deepEqual([job.status, job.reason], [403, "Permission check failed (/, Sys.Modify)"]);
  });

  it("gives a token only what both it and its user have", async () => {
    const grant = (who: Record<string, string>) =>
      pve.ask("PUT /access/acl", { path: "/", roles: "PVEAuditor", propagate: 1, ...who });
    await grant({ tokens: "watch@pve!tk" });
    assert.deepEqual((await asToken("GET /access/permissions", { path: "/vms/110" })).data, { "/vms/110": {} });
    await grant({ users: "watch@pve" });
    const { data } = await asToken("GET /access/permissions", { path: "/vms/110" });
    assert.equal((data as Record<string, Record<string, number>>)["/vms/110"]!["VM.Audit"], 1);
    assert.equal((await asToken("GET /cluster/backup")).status, 200);
    assert.equal((await asToken("POST /cluster/backup", {})).status, 403);
  });

  it("lets a deeper path replace what is inherited, and NoAccess take everything", async () => {
    for (const who of [{ users: "watch@pve" }, { tokens: "watch@pve!tk" }]) {
      await pve.ask("PUT /access/acl", { path: "/vms/110", roles: "NoAccess", ...who });
    }
    const rows = (await asToken("GET /cluster/resources", { type: "vm" })).data as { vmid: number }[];
    assert.ok(!rows.some(({ vmid }) => vmid === 110));
    assert.ok(pve.site === undefined || rows.some(({ vmid }) => vmid === 140));
    assert.equal((await asToken("GET /nodes/tappaas1/qemu/110/config")).status, 403);
  });

  it("takes a right back, and knows no role, user or path that does not exist", async () => {
    const right = { path: "/", roles: "PVEAuditor", tokens: "watch@pve!tk" };
    assert.equal((await pve.ask("PUT /access/acl", { ...right, delete: 1 })).status, 200);
    const role = await pve.ask("PUT /access/acl", { ...right, roles: "Nobody" });
    assert.deepEqual([role.status, role.reason], [500, "role 'Nobody' does not exist"]);
    const user = await pve.ask("PUT /access/acl", { path: "/", roles: "PVEAuditor", users: "ghost@pve" });
    assert.deepEqual([user.status, user.reason], [500, "user 'ghost@pve' does not exist"]);
    assert.equal((await pve.ask("PUT /access/acl", { ...right, path: "/nowhere" })).status, 400);
  });

  it("deletes the rights of a user with the user", async () => {
    await pve.ask("DELETE /access/users/watch@pve");
    const { data } = await pve.ask("GET /access/acl");
    assert.ok(!(data as { ugid: string }[]).some(({ ugid }) => ugid.startsWith("watch@pve")));
    const gone = await pve.ask("GET /access/users/watch@pve");
    assert.deepEqual([gone.status, gone.reason], [500, "no such user ('watch@pve')"]);
    assert.equal((await asToken("GET /version")).status, 401);
  });
});
