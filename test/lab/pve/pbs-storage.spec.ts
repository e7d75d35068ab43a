import { strict as assert } from "node:assert";
import { existsSync, writeFileSync } from "node:fs";

import { keyFingerprint } from "../../../lab/pve/key-fingerprint";
import { MemoryBackups } from "../support/memory-backups";
import { openPve, type PveSite, prefixOf } from "../support/pve-site";

const raw = Buffer.from(Array.from({ length: 32 }, (_, index) => index));
const fingerprint = keyFingerprint(raw);
const key = JSON.stringify({ kdf: null, created: "", modified: "", data: raw.toString("base64"), fingerprint });

// Sources: observed on PVE 9.2; pve-storage, src/PVE/Storage/PBSPlugin.pm `on_add_hook`, `on_update_hook`, `on_delete_hook`.
// The backup server is one in memory, so these cases are the lab's alone.
describe("PVE storage of type pbs", () => {
  const backups = new MemoryBackups("tappaas_backup", "right");
  let pve: PveSite;

  const entry = {
    storage: "offsite",
    type: "pbs",
    server: "127.0.62.30",
    datastore: "tappaas_backup",
    username: "pve@pbs!one",
    password: "right",
    content: "backup",
  };

  before(async function () {
    if (process.env["PVE_URL"] !== undefined) this.skip();
    pve = await openPve(prefixOf(62), backups.connect);
  });
  after(async () => {
    if (process.env["PVE_URL"] === undefined) await pve.stop();
  });

  const secretFile = (extension: string): string =>
    pve.site!.state.path("clusters", "TAPPaaS", "priv", "storage", `offsite.${extension}`);

  it("is not made when the login is wrong, and leaves no secret behind", async () => {
    const { status, reason } = await pve.ask("POST /storage", { ...entry, password: "wrong" });
    assert.equal(status, 500);
    assert.equal(reason, "create storage failed: offsite: error fetching datastores - 401 Unauthorized");
    assert.equal(existsSync(secretFile("pw")), false);
    assert.equal((await pve.ask("GET /storage/offsite")).status, 500);
  });

  it("is not made when the server does not show the datastore", async () => {
    const { reason } = await pve.ask("POST /storage", { ...entry, datastore: "other" });
    const cause = "offsite: Cannot find datastore 'other', check permissions and existence!";
    assert.equal(reason, `create storage failed: ${cause}`);
  });

  it("returns the key when it is sent, and afterwards only its fingerprint", async () => {
    const made = await pve.ask("POST /storage", { ...entry, "encryption-key": key });
    assert.deepEqual(made.data, { storage: "offsite", type: "pbs", config: { "encryption-key": key } });

    const { data, text } = await pve.ask("GET /storage/offsite");
    const { digest, ...shown } = data as Record<string, unknown>;
    const { storage, type, server, datastore, username, content } = entry;
    const plain = { storage, type, server, datastore, username, content, shared: 1 };
    assert.deepEqual(shown, { ...plain, "encryption-key": fingerprint });
    assert.ok(digest);
    assert.ok(!text.includes("right") && !text.includes(raw.toString("base64")));
  });

  it("refuses another server, even the same one, and does not know a changed datastore", async () => {
    const server = await pve.ask("PUT /storage/offsite", { server: entry.server });
    assert.deepEqual(
      [server.status, server.reason],
      [500, "update storage failed: can't change value of fixed parameter 'server'"],
    );
    const datastore = await pve.ask("PUT /storage/offsite", { datastore: "other" });
    assert.equal(datastore.status, 400);
    assert.ok(datastore.errors?.["datastore"]);
  });

  it("keeps password and key through a change that sends neither", async () => {
    const changed = await pve.ask("PUT /storage/offsite", { "max-protected-backups": 3 });
    assert.deepEqual(changed.data, { storage: "offsite", type: "pbs" });
    assert.ok(existsSync(secretFile("pw")) && existsSync(secretFile("enc")));
    const { data } = await pve.ask("GET /storage/offsite");
    assert.equal((data as Record<string, unknown>)["encryption-key"], fingerprint);
    assert.equal((data as Record<string, unknown>)["max-protected-backups"], 3);
  });

  it("takes a new login in place, and does not test it", async () => {
    assert.equal((await pve.ask("PUT /storage/offsite", { username: "pve@pbs!two", password: "wrong" })).status, 200);
    const content = await pve.ask("GET /nodes/tappaas1/storage/offsite/content");
    assert.deepEqual([content.status, content.reason], [500, "error listing snapshots - 401 Unauthorized"]);
    assert.equal((await pve.ask("PUT /storage/offsite", { username: "pve@pbs!one", password: "right" })).status, 200);
  });

  it("is listed as not active when its server does not let it in, never left out", async () => {
    await pve.ask("PUT /storage/offsite", { password: "wrong" });
    const { data } = await pve.ask("GET /nodes/tappaas1/storage", { storage: "offsite" });
    assert.deepEqual(
      (data as { active: number; enabled: number }[]).map(({ active, enabled }) => [active, enabled]),
      [[0, 1]],
    );
    await pve.ask("PUT /storage/offsite", { password: "right" });
  });

  it("refuses a key that is none, and a master key without a key", async () => {
    const key = await pve.ask("PUT /storage/offsite", { "encryption-key": "secret" });
    const text = "Value does not seems like a valid, JSON formatted encryption key!";
    assert.deepEqual([key.status, key.reason], [500, `update storage failed: ${text}`]);
    const master = await pve.ask("POST /storage", { ...entry, storage: "third", "master-pubkey": "cGVt" });
    assert.deepEqual(
      [master.status, master.reason],
      [500, "create storage failed: 'master-pubkey' can only be used together with 'encryption-key'"],
    );
  });

  it("shows `1` for a key that does not carry its fingerprint", async () => {
    const bare = JSON.stringify({ kdf: null, data: raw.toString("base64") });
    await pve.ask("PUT /storage/offsite", { "encryption-key": bare });
    const { data } = await pve.ask("GET /storage/offsite");
    assert.equal((data as Record<string, unknown>)["encryption-key"], "1");
    await pve.ask("PUT /storage/offsite", { "encryption-key": key });
  });

  it("loses its key when that is listed under `delete`, at once and for good", async () => {
    await pve.ask("POST /storage", { ...entry, storage: "second", "encryption-key": key });
    await pve.ask("PUT /storage/second", { delete: "encryption-key" });
    const { data } = await pve.ask("GET /storage/second");
    assert.equal((data as Record<string, unknown>)["encryption-key"], undefined);
    const path = pve.site!.state.path("clusters", "TAPPaaS", "priv", "storage", "second.enc");
    assert.equal(existsSync(path), false);
  });

  it("loses an old key file of its id when it is made again without a key", async () => {
    const file = pve.site!.state.path("clusters", "TAPPaaS", "priv", "storage", "left.enc");
    writeFileSync(file, key);
    await pve.ask("POST /storage", { ...entry, storage: "left" });
    assert.equal(existsSync(file), false);
  });

  it("with `autogen` puts the old key aside once, and makes another", async () => {
    const { data } = await pve.ask("PUT /storage/offsite", { "encryption-key": "autogen" });
    const made = (data as { config: { "encryption-key": string } }).config["encryption-key"];
    assert.notEqual(made, key);
    assert.ok(existsSync(secretFile("enc.old")));
  });

  it("takes its key and password to the grave", async () => {
    assert.equal((await pve.ask("DELETE /storage/offsite")).status, 200);
    assert.deepEqual([existsSync(secretFile("pw")), existsSync(secretFile("enc"))], [false, false]);
  });
});
