import { strict as assert } from "node:assert";

import { order, PbsUnderTest, spareRealServers } from "./support/pbs-under-test";

const T0 = 1_700_000_000;
const ROLES = ["DatastoreBackup", "DatastorePowerUser", "DatastoreReader", "DatastoreAudit"] as const;
const STORE = "rights";
const AT = `/admin/datastore/${STORE}`;

// Source of all cases: observed on PBS 4.2.3, with tokens whose user has the same role.
describe("what a role may do with snapshots on the PBS", () => {
  let pbs: PbsUnderTest;
  const tokens = new Map<string, string>();

  before(async function () {
    pbs = await PbsUnderTest.open();
    if (!pbs.isLab) this.skip();
    await pbs.createDatastore(STORE);
    for (const role of ROLES) tokens.set(role, await pbs.createToken(`${role}@pbs`, `/datastore/${STORE}`, role));
    for (const role of ["DatastoreBackup", "DatastorePowerUser"]) {
      await pbs.client(STORE, tokens.get(role)).backup(order(`own-${role}`, T0));
    }
    await pbs.client(STORE).backup(order("other", T0));
  });
  beforeEach(spareRealServers);
  after(() => pbs.close());

  const snapshot = (id: string) => ({ "backup-type": "vm", "backup-id": id, "backup-time": T0 });
  const group = (id: string) => ({ "backup-type": "vm", "backup-id": id });

  /** Statuses for the roles in order, each on its own group where it has one and on another's. */
  const table = async (act: (token: string, id: string) => Promise<{ status: number }>) => {
    const rows: Record<string, string> = {};
    for (const role of ROLES) {
      const token = tokens.get(role)!;
      const own = role === "DatastoreBackup" || role === "DatastorePowerUser" ? `own-${role}` : "other";
      rows[role] = `${(await act(token, own)).status} ${(await act(token, "other")).status}`;
    }
    return rows;
  };

  it("lists one's own to who may back up, and all to who may read or audit", async () => {
    const seen: Record<string, number> = {};
    for (const role of ROLES) seen[role] = (await pbs.client(STORE, tokens.get(role)).list()).length;
    assert.deepEqual(seen, { DatastoreBackup: 1, DatastorePowerUser: 1, DatastoreReader: 3, DatastoreAudit: 3 });
  });

  it("lets restore one's own, or all with the role of a reader, and nothing to an auditor", async () => {
    const read = async (token: string, id: string) => {
      const outcome = pbs.client(STORE, token).restore({ type: "vm", id, time: T0 });
      return {
        status: await outcome.then(
          () => 200,
          (error: unknown) => (String(error).includes("owner check") ? 400 : 403),
        ),
      };
    };
    assert.deepEqual(await table(read), {
      DatastoreBackup: "200 400",
      DatastorePowerUser: "200 400",
      DatastoreReader: "200 200",
      DatastoreAudit: "403 403",
    });
  });

  it("lets verify one's own, or all with the role of a reader", async () => {
    assert.deepEqual(await table((token, id) => pbs.send("POST", `${AT}/verify`, { token, json: snapshot(id) })), {
      DatastoreBackup: "200 400",
      DatastorePowerUser: "200 400",
      DatastoreReader: "200 200",
      DatastoreAudit: "403 403",
    });
  });

  for (const { what, json } of [
    { what: "notes", json: { notes: "n" } },
    { what: "protected", json: { protected: false } },
  ]) {
    it(`lets set ${what} of one's own to who may back up`, async () => {
      const put = (token: string, id: string) =>
        pbs.send("PUT", `${AT}/${what}`, { token, json: { ...snapshot(id), ...json } });
      assert.deepEqual(await table(put), {
        DatastoreBackup: "200 400",
        DatastorePowerUser: "200 400",
        DatastoreReader: "403 403",
        DatastoreAudit: "403 403",
      });
    });
  }

  it("lets nobody but a power user prune, and it only its own", async () => {
    const dry = (token: string, id: string) =>
      pbs.send("POST", `${AT}/prune`, { token, json: { ...group(id), "keep-last": 1, "dry-run": true } });
    assert.deepEqual(await table(dry), {
      DatastoreBackup: "403 403",
      DatastorePowerUser: "200 400",
      DatastoreReader: "403 403",
      DatastoreAudit: "403 403",
    });
  });

  it("lets no token change an owner", async () => {
    const give = (token: string, id: string) =>
      pbs.send("POST", `${AT}/change-owner`, { token, json: { ...group(id), "new-owner": "root@pam" } });
    assert.deepEqual(await table(give), {
      DatastoreBackup: "401 401",
      DatastorePowerUser: "401 401",
      DatastoreReader: "403 403",
      DatastoreAudit: "403 403",
    });
  });

  it("lets none of them collect garbage or make a namespace", async () => {
    const denied = {
      DatastoreBackup: "403 403",
      DatastorePowerUser: "403 403",
      DatastoreReader: "403 403",
      DatastoreAudit: "403 403",
    };
    assert.deepEqual(await table((token) => pbs.send("POST", `${AT}/gc`, { token, json: {} })), denied);
    assert.deepEqual(
      await table((token) => pbs.send("POST", `${AT}/namespace`, { token, json: { name: "n" } })),
      denied,
    );
  });

  it("names what is missing to who may nothing", async () => {
    const token = await pbs.createToken("nobody@pbs");
    const { status, text } = await pbs.send("GET", `${AT}/snapshots`, { token });
    const expected = "permission check failed - missing Datastore.Audit|Datastore.Backup on /datastore/rights";
    assert.deepEqual({ status, text }, { status: 403, text: expected });
  });
});

describe("snapshots and groups on the PBS", () => {
  let pbs: PbsUnderTest;

  before(async function () {
    pbs = await PbsUnderTest.open();
    if (!pbs.isLab) this.skip();
  });
  beforeEach(spareRealServers);
  after(() => pbs.close());

  const group = { "backup-type": "vm", "backup-id": "101" };

  it("that are protected go neither one by one nor with their group @destructive", async () => {
    await pbs.createDatastore("guarded");
    for (const time of [T0, T0 + 1]) await pbs.client("guarded").backup(order("101", time));
    const at = "/admin/datastore/guarded";
    await pbs.data("PUT", `${at}/protected`, { json: { ...group, "backup-time": T0, protected: true } });
    const one = await pbs.send("DELETE", `${at}/snapshots`, { query: { ...group, "backup-time": T0 } });
    assert.deepEqual({ status: one.status, text: one.text }, { status: 400, text: "cannot remove protected snapshot" });
    const all = await pbs.send("DELETE", `${at}/groups`, { query: group });
    assert.equal(all.status, 400);
    assert.match(all.text, /only partially deleted/);
    assert.deepEqual(
      (await pbs.client("guarded").list()).map(({ time }) => time),
      [T0],
    );
  });

  it("go with their last snapshot, and count what went @destructive", async () => {
    await pbs.createDatastore("going");
    await pbs.client("going").backup(order("101", T0));
    await pbs.client("going").forget({ type: "vm", id: "101", time: T0 });
    assert.deepEqual(await pbs.data("GET", "/admin/datastore/going/groups"), []);
    await pbs.client("going").backup(order("101", T0));
    const removed = await pbs.data("DELETE", "/admin/datastore/going/groups", { query: group });
    assert.deepEqual(removed, { "protected-snapshots": 0, "removed-groups": 1, "removed-snapshots": 1 });
  });

  it("can be given by a user to its own token and back, and by nobody else @destructive", async () => {
    await pbs.createDatastore("given");
    const token = await pbs.createToken("giver@pbs", "/datastore/given", "DatastoreBackup");
    const user = "giver@pbs:a-password";
    await pbs.client("given", user).backup(order("101", T0));
    const json = { username: "giver@pbs", password: "a-password" };
    const login = await pbs.data<Record<string, string>>("POST", "/access/ticket", { token: null, json });
    const headers = {
      cookie: `PBSAuthCookie=${encodeURIComponent(login["ticket"]!)}`,
      csrfpreventiontoken: login["CSRFPreventionToken"]!,
    };
    const give = (to: string) =>
      pbs.send("POST", "/admin/datastore/given/change-owner", {
        token: null,
        headers,
        json: { ...group, "new-owner": to },
      });
    assert.equal((await give("giver@pbs!t")).status, 200);
    await pbs.client("given", token).backup(order("101", T0 + 1));
    assert.equal((await give("giver@pbs")).status, 200);
    assert.equal((await give("root@pam")).status, 401);
    const [listed] = await pbs.data<{ owner: string }[]>("GET", "/admin/datastore/given/groups");
    assert.equal(listed?.owner, "giver@pbs");
  });

  it("are not given to a user that is not there @destructive", async () => {
    await pbs.createDatastore("nowhere");
    await pbs.client("nowhere").backup(order("101", T0));
    const json = { ...group, "new-owner": "ghost@pbs" };
    assert.equal((await pbs.send("POST", "/admin/datastore/nowhere/change-owner", { json })).status, 400);
  });

  it("carry notes, whose first line is the comment of the list @destructive", async () => {
    await pbs.createDatastore("noted");
    await pbs.client("noted").backup(order("101", T0, { notes: "before the move\nsecond line" }));
    const at = "/admin/datastore/noted";
    assert.equal((await pbs.client("noted").list())[0]?.comment, "before the move");
    const query = { ...group, "backup-time": T0 };
    assert.equal(await pbs.data("GET", `${at}/notes`, { query }), "before the move\nsecond line");
    await pbs.data("PUT", `${at}/group-notes`, { json: { ...group, notes: "the family's machine" } });
    const [listed] = await pbs.data<Record<string, unknown>[]>("GET", `${at}/groups`);
    assert.deepEqual(
      [listed?.["comment"], listed?.["backup-count"], listed?.["last-backup"]],
      ["the family's machine", 1, T0],
    );
  });
});
