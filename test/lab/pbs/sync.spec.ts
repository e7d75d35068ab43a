import { strict as assert } from "node:assert";

import { keyFile, order, PbsUnderTest } from "./support/pbs-under-test";

const TIME = 1_700_000_000;
const DAY = 86_400;

// Source of the cases: observed on PBS 4.2.3, but the second server, which is that of another lab.
describe("sync jobs that pull from the PBS of another site", () => {
  let home: PbsUnderTest;
  let vault: PbsUnderTest;
  let made = 0;

  before(async () => {
    home = await PbsUnderTest.openElsewhere({}, 0);
    vault = await PbsUnderTest.openElsewhere({}, 1);
  });
  after(async () => {
    await home.close();
    await vault.close();
  });

  /** A datastore on each side, a reader at home, a remote at the vault, and a sync job. */
  async function pair(more: { readonly role?: string; readonly propagate?: boolean; readonly job?: object } = {}) {
    made += 1;
    const store = `st${made}`;
    await home.createDatastore(store);
    await vault.createDatastore(store);
    await home.data("POST", `/admin/datastore/${store}/namespace`, { json: { name: "site" } });
    const token = await home.createToken(`reader${made}@pbs`);
    const [id = "", secret = ""] = token.split(":");
    const { role = "DatastoreReader", propagate = true } = more;
    for (const authId of [id, id.split("!")[0]]) {
      const json = { path: `/datastore/${store}/site`, role, "auth-id": authId, propagate };
      await home.data("PUT", "/access/acl", { json });
    }
    const { hostname } = new URL(home.url);
    const remote = { host: hostname, fingerprint: home.fingerprint, "auth-id": id, password: secret };
    await vault.data("POST", "/config/remote", { json: { name: store, ...remote } });
    await vault.data("POST", "/config/sync", {
      json: { id: store, store, remote: store, "remote-store": store, "remote-ns": "site", ns: "", ...more.job },
    });
    return { store, token, at: home.client(store, home.token, "site"), here: vault.client(store) };
  }

  async function run(id: string): Promise<{ readonly status: string; readonly log: readonly string[] }> {
    const upid = await vault.data<string>("POST", `/admin/sync/${id}/run`, { json: {} });
    return { status: await vault.ended(upid), log: await vault.log(upid) };
  }

  const times = async (client: { list(): Promise<{ time: number }[]> }) =>
    (await client.list()).map(({ time }) => time).sort((a, b) => a - b);

  it("copies encrypted backups as they are: the vault gives back each byte to who has the key, and to nobody else", async () => {
    const { store, at, here } = await pair();
    await at.backup(order("101", TIME, { key: keyFile(1), notes: "kept" }));
    const { status } = await run(store);
    assert.equal(status, "OK");
    const snapshot = { type: "vm", id: "101", time: TIME };
    assert.deepEqual((await here.restore(snapshot, keyFile(1))).images, order("101", TIME).images);
    await assert.rejects(here.restore(snapshot), /missing key/);
    const [listed] = await here.list();
    assert.equal(listed?.owner, "root@pam");
    assert.equal(listed.comment, "kept");
  });

  it("keeps the copy when home deletes everything, unless remove-vanished says otherwise", async () => {
    const kept = await pair();
    const followed = await pair({ job: { "remove-vanished": true } });
    for (const { at, store } of [kept, followed]) {
      for (const time of [TIME, TIME + DAY]) await at.backup(order("101", time));
      await run(store);
      await at.forget({ type: "vm", id: "101", time: TIME });
      assert.equal((await run(store)).status, "OK");
    }
    assert.deepEqual(await times(kept.here), [TIME, TIME + DAY]);
    assert.deepEqual(await times(followed.here), [TIME + DAY]);
  });

  it("never deletes what is protected at the vault, and does not copy home's protection", async () => {
    const { store, at, here } = await pair({ job: { "remove-vanished": true } });
    for (const time of [TIME, TIME + DAY]) await at.backup(order("101", time));
    const mark = { "backup-type": "vm", "backup-id": "101", "backup-time": TIME, protected: true };
    await home.data("PUT", `/admin/datastore/${store}/protected`, { json: { ...mark, ns: "site" } });
    await run(store);
    assert.equal(
      (await here.list()).some((one) => one.protected),
      false,
    );
    await vault.data("PUT", `/admin/datastore/${store}/protected`, { json: mark });
    const group = { ns: "site", "backup-type": "vm", "backup-id": "101" };
    await home.data("PUT", `/admin/datastore/${store}/protected`, { json: { ...mark, ns: "site", protected: false } });
    await home.data("DELETE", `/admin/datastore/${store}/groups`, { query: group });
    const { log } = await run(store);
    assert.ok(log.some((line) => line.startsWith("delete vanished group")));
    assert.deepEqual(await times(here), [TIME]);
  });

  it("passes over what is not encrypted, and says nothing of it", async () => {
    const { store, at, here } = await pair({ job: { "encrypted-only": true } });
    await at.backup(order("101", TIME));
    await at.backup(order("101", TIME + DAY, { key: keyFile(1) }));
    const { status, log } = await run(store);
    assert.equal(status, "OK");
    assert.deepEqual(await times(here), [TIME + DAY]);
    assert.equal(
      log.some((line) => line.includes("vm/101/2023-11-14")),
      false,
    );
  });

  it("takes only what home has verified where it is told to", async () => {
    const { store, at, here } = await pair({ job: { "verified-only": true } });
    await at.backup(order("101", TIME));
    await run(store);
    assert.deepEqual(await times(here), []);
    const upid = await home.data<string>("POST", `/admin/datastore/${store}/verify`, { json: { ns: "site" } });
    assert.equal(await home.ended(upid), "OK");
    await run(store);
    assert.deepEqual(await times(here), [TIME]);
  });

  it("takes the last ones alone with transfer-last, and never fills the gap later", async () => {
    const { store, at, here } = await pair({ job: { "transfer-last": 1 } });
    for (const time of [TIME, TIME + DAY, TIME + 2 * DAY]) await at.backup(order("101", time));
    const first = await run(store);
    assert.ok(first.log.some((line) => /^skipped: 2 snapshot\(s\) .* - due to transfer-last$/.test(line)));
    await vault.data("PUT", `/config/sync/${store}`, { json: { delete: ["transfer-last"] } });
    const second = await run(store);
    assert.ok(second.log.some((line) => line.endsWith("older than the newest snapshot present on sync target")));
    assert.deepEqual(await times(here), [TIME + 2 * DAY]);
  });

  it("takes the groups that its filters name", async () => {
    const { store, at, here } = await pair({
      job: { "group-filter": ["type:vm", "exclude:regex:^vm/10[2-9]$"] },
    });
    for (const id of ["101", "102", "110"]) await at.backup(order(id, TIME));
    const { log } = await run(store);
    assert.deepEqual((await here.list()).map(({ id }) => id).sort(), ["101", "110"]);
    assert.ok(log.includes("Found 2 groups to sync (out of 3 total)"));
  });

  it("goes as deep as max-depth says, and makes the namespaces that it needs", async () => {
    const deep = await pair();
    const flat = await pair({ job: { "max-depth": 0 } });
    for (const { store } of [deep, flat]) {
      await home.data("POST", `/admin/datastore/${store}/namespace`, { json: { name: "below", parent: "site" } });
      await home.client(store, home.token, "site/below").backup(order("102", TIME));
      assert.equal((await run(store)).status, "OK");
    }
    const spaces = async (store: string) =>
      (await vault.data<{ ns: string }[]>("GET", `/admin/datastore/${store}/namespace`)).map(({ ns }) => ns);
    assert.deepEqual(await spaces(deep.store), ["", "below"]);
    assert.equal((await vault.client(deep.store, vault.token, "below").list()).length, 1);
    assert.deepEqual(await spaces(flat.store), [""]);
  });

  it("fetches a broken copy again when it is told to, and leaves it broken otherwise", async () => {
    const { store, at, here } = await pair();
    await at.backup(order("101", TIME));
    await run(store);
    await at.backup(order("101", TIME + DAY));
    await run(store);
    vault.spoilChunks(store);
    const verify = async () =>
      vault.ended(
        await vault.data<string>("POST", `/admin/datastore/${store}/verify`, { json: { "ignore-verified": false } }),
      );
    assert.match(await verify(), /verification failed/);
    await run(store);
    assert.match(await verify(), /verification failed/);
    await vault.data("PUT", `/config/sync/${store}`, { json: { "resync-corrupt": true } });
    assert.equal((await run(store)).status, "OK");
    assert.equal(await verify(), "OK");
    const { images } = await here.restore({ type: "vm", id: "101", time: TIME });
    assert.deepEqual(images, order("101", TIME).images);
  });

  it("gives what arrives to the job's owner, and does not write into another's group", async () => {
    const { store, at, here } = await pair();
    const token = await vault.createToken(`own${made}@pbs`, `/datastore/${store}`, "DatastoreBackup");
    const owner = token.split(":")[0];
    await vault.data("PUT", `/config/sync/${store}`, { json: { owner } });
    await at.backup(order("101", TIME));
    assert.equal((await run(store)).status, "OK");
    assert.equal((await here.list())[0]?.owner, owner);
    await vault.data("PUT", `/config/sync/${store}`, { json: { delete: ["owner"] } });
    await at.backup(order("101", TIME + DAY));
    const { status, log } = await run(store);
    assert.equal(status, "sync failed with some errors.");
    assert.ok(log.some((line) => line.includes(`owner check failed (root@pam != ${owner})`)));
  });

  it("ends in an error where its owner may not write", async () => {
    const { store, at } = await pair();
    await at.backup(order("101", TIME));
    await vault.data("POST", "/access/users", { json: { userid: `none${made}@pbs` } });
    await vault.data("PUT", `/config/sync/${store}`, { json: { owner: `none${made}@pbs` } });
    assert.match((await run(store)).status, /missing permissions 'Datastore.Backup'/);
  });

  it("reaches one namespace and nothing beside it with a reader's token, which can neither write nor delete", async () => {
    const { store, token, at } = await pair();
    await at.backup(order("101", TIME));
    await home.client(store).backup(order("999", TIME));
    assert.equal((await home.client(store, token, "site").list()).length, 1);
    await assert.rejects(home.client(store, token).list(), /permission check failed/);
    const reader = home.client(store, token, "site");
    await assert.rejects(reader.backup(order("101", TIME + DAY)), /missing permissions 'Datastore.Backup'/);
    await assert.rejects(reader.forget({ type: "vm", id: "101", time: TIME }), /permission check failed/);
    const snapshot = { ns: "site", "backup-type": "vm", "backup-id": "101", "backup-time": TIME };
    const denied = async (verb: "PUT" | "DELETE" | "POST", path: string, json: object) =>
      (await home.send(verb, path, { token, json })).status;
    const at1 = `/admin/datastore/${store}`;
    assert.equal(await denied("PUT", `${at1}/protected`, { ...snapshot, protected: true }), 403);
    assert.equal(await denied("PUT", `${at1}/notes`, { ...snapshot, notes: "x" }), 403);
    assert.equal(await denied("DELETE", `${at1}/namespace`, { ns: "site", "delete-groups": true }), 403);
    assert.equal(await denied("POST", `${at1}/gc`, {}), 403);
    assert.equal((await home.client(store).list()).length, 1);
  });

  it("fails below a namespace where the reader's right does not go down", async () => {
    const { store, at } = await pair({ propagate: false });
    await at.backup(order("101", TIME));
    await home.data("POST", `/admin/datastore/${store}/namespace`, { json: { name: "below", parent: "site" } });
    await vault.data("PUT", `/config/sync/${store}`, { json: { "remote-ns": "site/below" } });
    assert.match((await run(store)).status, /^Querying namespaces failed - HTTP error 403 Forbidden/);
  });

  it("finds groups and can read none with a right to look alone", async () => {
    const { store, at, here } = await pair({ role: "DatastoreAudit" });
    await at.backup(order("101", TIME));
    const { status, log } = await run(store);
    assert.equal(status, "sync failed with some errors.");
    assert.ok(log.some((line) => line.startsWith("sync group vm/101 failed - ")));
    assert.deepEqual(await times(here), []);
  });

  it("stops once home takes the token back, and what has arrived stays", async () => {
    const { store, token, at, here } = await pair();
    await at.backup(order("101", TIME));
    await run(store);
    const [user = "", name = ""] = (token.split(":")[0] ?? "").split("!");
    await home.data("PUT", `/access/users/${user}/token/${name}`, { json: { regenerate: true } });
    assert.match((await run(store)).status, /HTTP error 401/);
    assert.deepEqual(await times(here), [TIME]);
  });

  it("does not speak to a server of another certificate", async () => {
    const { store } = await pair();
    await vault.data("PUT", `/config/remote/${store}`, { json: { fingerprint: vault.fingerprint } });
    assert.match((await run(store)).status, /error trying to connect/);
  });

  it("are told of, with the last run and the next", async () => {
    const { store } = await pair({ job: { schedule: "daily" } });
    await run(store);
    const states = await vault.data<Record<string, unknown>[]>("GET", "/admin/sync", { query: { store } });
    assert.equal(states.length, 1);
    assert.equal(states[0]?.["last-run-state"], "OK");
    assert.equal(typeof states[0]["next-run"], "number");
  });
});

describe("remotes and sync jobs of the PBS", () => {
  let pbs: PbsUnderTest;

  before(async () => {
    pbs = await PbsUnderTest.open();
  });
  after(() => pbs.close());

  const REMOTE = { name: "home", host: "10.0.0.12", "auth-id": "reader@pbs!pull", password: "a-secret" };
  const JOB = { id: "from-home", store: "copies", remote: "home", "remote-store": "main" };
  const refusal = async (verb: "GET" | "POST" | "PUT" | "DELETE", path: string, json?: unknown, token?: string) => {
    const { status, text } = await pbs.send(verb, path, {
      ...(json !== undefined && { json }),
      ...(token !== undefined && { token }),
    });
    return `${status} ${text}`;
  };

  it("never show the password, ask nothing of the other server when made, and name themselves when there @destructive", async () => {
    await pbs.data("POST", "/config/remote", { json: REMOTE });
    const { password, ...shown } = REMOTE;
    assert.deepEqual(await pbs.data("GET", "/config/remote/home"), shown);
    assert.deepEqual(await pbs.data("GET", "/config/remote"), [shown]);
    assert.equal(JSON.stringify(await pbs.data("GET", "/config/remote")).includes(password), false);
    const exists = "400 parameter verification failed - 'name': remote 'home' already exists.";
    assert.equal(await refusal("POST", "/config/remote", REMOTE), exists);
    assert.equal(await refusal("GET", "/config/remote/absent"), "400 no such remote 'absent'");
    assert.match(await refusal("DELETE", "/config/remote/absent"), /^404 /);
  });

  it("stay while a sync job needs them @destructive", async () => {
    await pbs.data("POST", "/config/sync", { json: JOB });
    assert.match(await refusal("DELETE", "/config/remote/home"), /^400 .*used by sync job 'from-home'/);
    assert.match(await refusal("DELETE", "/config/sync/absent"), /^404 job 'absent' does not exist\.$/);
    await pbs.data("DELETE", "/config/sync/from-home");
    await pbs.data("DELETE", "/config/remote/home");
    assert.deepEqual(await pbs.data("GET", "/config/remote"), []);
  });

  it("list pull jobs unless they are asked for all, and write rates their own way @destructive", async () => {
    await pbs.data("POST", "/config/sync", { json: { ...JOB, ns: "", "run-on-mount": false, "rate-in": "10MB" } });
    await pbs.data("POST", "/config/sync", { json: { ...JOB, id: "to-home", "sync-direction": "push" } });
    const pulled = await pbs.data<{ id: string }[]>("GET", "/config/sync");
    assert.deepEqual(pulled, [{ ...JOB, ns: "", "run-on-mount": false, "rate-in": "10 MB" }]);
    const all = await pbs.data<{ id: string }[]>("GET", "/config/sync", { query: { "sync-direction": "all" } });
    assert.equal(all.length, 2);
  });

  it("say 500 and why when the other server cannot be looked at @destructive", async function () {
    await pbs.data("POST", "/config/remote", { json: { ...REMOTE, name: "nowhere", host: "127.0.0.254", port: 9 } });
    assert.match(await refusal("GET", "/config/remote/nowhere/scan"), /^500 Failed to scan remote 'nowhere' - /);
  });

  it("look at what the login may see over there @destructive", async function () {
    await pbs.createDatastore("seen");
    await pbs.createDatastore("unseen");
    const token = await pbs.createToken("scan@pbs", "/datastore/seen", "DatastoreReader");
    const [id = "", secret = ""] = token.split(":");
    const { hostname } = new URL(pbs.url);
    const json = { host: hostname, fingerprint: pbs.fingerprint, name: "itself", "auth-id": id, password: secret };
    await pbs.data("POST", "/config/remote", { json });
    const seen = await pbs.data<{ store: string }[]>("GET", "/config/remote/itself/scan");
    assert.deepEqual(
      seen.map(({ store }) => store),
      ["seen"],
    );
  });

  it("refuse who may read the remote but not write here, who would delete without the right, and who would give away @destructive", async () => {
    const token = await pbs.createToken("op@pbs", "/datastore/copies", "DatastoreBackup");
    const job = { ...JOB, id: "theirs", owner: token.split(":")[0] };
    const denied = "400 permission check failed";
    assert.equal(await refusal("POST", "/config/sync", job, token), denied);
    for (const id of ["op@pbs", "op@pbs!t"]) {
      for (const [path, role] of [
        ["/datastore/copies", "DatastoreAudit"],
        ["/remote/home", "RemoteSyncOperator"],
      ]) {
        await pbs.data("PUT", "/access/acl", { json: { path, role, "auth-id": id } });
      }
    }
    assert.equal(await refusal("POST", "/config/sync", { ...job, "remove-vanished": true }, token), denied);
    assert.equal(await refusal("POST", "/config/sync", { ...job, owner: "root@pam" }, token), denied);
    await pbs.data("POST", "/config/sync", { json: job, token });
    assert.equal(await refusal("POST", "/admin/sync/absent/run", {}, token), "400 no such sync 'absent'");
  });

  it("refuse a filter that is none, and a datastore that would copy itself @destructive", async () => {
    assert.match(
      await refusal("POST", "/config/sync", { ...JOB, id: "f-1", "group-filter": ["vm"] }),
      /^400 .*group-filter/,
    );
    const own = { id: "f-2", store: "same", "remote-store": "same" };
    assert.equal(await refusal("POST", "/config/sync", own), "400 source and target datastore can't be the same");
  });
});
