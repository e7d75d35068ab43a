import { strict as assert } from "node:assert";
import { setTimeout as wait } from "node:timers/promises";

import { type Site } from "../../../lab/core/site";
import { keyFingerprint } from "../../../lab/pve/key-fingerprint";
import { ask, type PveAnswer } from "../support/pve-client";
import { accessTo, ended, logOf, prefixOf } from "../support/pve-site";
import { askPbs, openWholeSite } from "../support/whole-site";

interface Content {
  readonly disks: Record<string, { sha256: string }>;
}

interface Ran {
  readonly node: string;
  readonly exitstatus: string;
  readonly log: string[];
}

function keyFile(byte: number): string {
  const data = Buffer.alloc(32, byte);
  const now = "2026-01-01T00:00:00+00:00";
  const fingerprint = keyFingerprint(data);
  return JSON.stringify({ kdf: null, created: now, modified: now, data: data.toString("base64"), fingerprint });
}

describe("a whole site: a guest backed up, and read back on another machine", () => {
  let site: Site;
  let close: () => Promise<void>;
  let secret: string;

  before(async function () {
    this.timeout(30_000);
    ({ site, close } = await openWholeSite(prefixOf(74)));
    await site.control.run("pbs-settings:backup", { aclDelay: 0 });
    await waitForPbsTask(
      await askPbs(site, "POST /config/datastore", { name: "tappaas_backup", path: "/tankc1/store" }),
    );
    await askPbs(site, "POST /access/users", { userid: "pve@pbs" });
    ({ value: secret } = (await askPbs(site, "POST /access/users/pve@pbs/token/one")) as { value: string });
    for (const authId of ["pve@pbs", "pve@pbs!one"]) {
      const right = { path: "/datastore/tappaas_backup", role: "DatastoreBackup", "auth-id": authId };
      await askPbs(site, "PUT /access/acl", right);
    }
  });
  after(() => close());

  async function waitForPbsTask(upid: unknown): Promise<void> {
    const path = `GET /nodes/localhost/tasks/${encodeURIComponent(String(upid))}/status`;
    while (((await askPbs(site, path)) as { status: string }).status === "running") await wait(20);
  }

  const on = (node: string, operation: string, parameters = {}): Promise<PveAnswer> =>
    ask(accessTo(site, node), operation, parameters);
  const content = async (node: string, vmid: number): Promise<Content> =>
    (await site.control.run("content", { node, vmid })) as Content;
  const runJobs = async (): Promise<Ran[]> =>
    ((await site.control.run("run-jobs")) as Ran[]).filter(({ node }) => node === "tappaas1");

  function entry(): Record<string, unknown> {
    const { address, fingerprint } = site.sheet.content.pbs["backup"]!;
    return {
      ...{ storage: "tappaas_backup", type: "pbs", server: address, datastore: "tappaas_backup", content: "backup" },
      ...{ fingerprint, username: "pve@pbs!one", password: secret },
    };
  }

  async function restoreOnSpare(vmid: number): Promise<{ exitstatus: string; log: string[] }> {
    const listed = await on("spare", "GET /nodes/spare/storage/tappaas_backup/content", { vmid: 140 });
    const [{ volid }] = listed.data as [{ volid: string }];
    const started = await on("spare", "POST /nodes/spare/qemu", { vmid, archive: volid, storage: "tanka1" });
    assert.equal(started.status, 200);
    const exitstatus = await ended(accessTo(site, "spare"), "spare", started.data);
    return { exitstatus, log: await logOf(accessTo(site, "spare"), "spare", started.data) };
  }

  it("lets the storage in only with the fingerprint and the secret of the backup server", async () => {
    const wrong = "00:".repeat(31) + "00";
    const fingerprint = await on("tappaas1", "POST /storage", { ...entry(), fingerprint: wrong });
    assert.equal(fingerprint.status, 500);
    assert.match(fingerprint.reason, /error fetching datastores - /);
    const password = await on("tappaas1", "POST /storage", { ...entry(), password: "wrong" });
    assert.equal(password.status, 500);
    assert.match(password.reason, /error fetching datastores - .*(401|authentication failed)/);
  });

  it("backs up every guest of a job, encrypted with the storage's key", async () => {
    const made = await on("tappaas1", "POST /storage", { ...entry(), "encryption-key": keyFile(1) });
    assert.equal(made.status, 200, made.text);
    const job = { id: "nightly", schedule: "21:00", storage: "tappaas_backup", vmid: "110,130,140,312,610" };
    await on("tappaas1", "POST /cluster/backup", job);

    const [ran] = await runJobs();
    assert.equal(ran?.exitstatus, "OK", ran?.log.join("\n"));
    const { data } = await on("tappaas1", "GET /nodes/tappaas1/storage/tappaas_backup/content");
    const listed = data as { vmid: number; encrypted: string }[];
    assert.deepEqual(listed.map(({ vmid }) => vmid).sort(), [110, 130, 140, 312, 610]);
    assert.ok(listed.every(({ encrypted }) => encrypted === keyFingerprint(Buffer.alloc(32, 1))));
  });

  it("gives the other machine the same bytes, with nothing but address, login and key", async () => {
    assert.equal((await on("spare", "POST /storage", { ...entry(), "encryption-key": keyFile(1) })).status, 200);
    const { exitstatus, log } = await restoreOnSpare(9140);
    assert.equal(exitstatus, "OK", log.join("\n"));
    assert.deepEqual((await content("spare", 9140)).disks, (await content("tappaas1", 140)).disks);
  });

  it("does not open with another key or without one, and says why", async () => {
    await on("spare", "PUT /storage/tappaas_backup", { "encryption-key": keyFile(2) });
    const other = await restoreOnSpare(9141);
    assert.match(other.exitstatus, /failed: exit code 255$/);
    assert.match(other.log.join("\n"), /Error: wrong key - unable to verify signature since manifest's key /);

    await on("spare", "PUT /storage/tappaas_backup", { delete: "encryption-key" });
    const none = await restoreOnSpare(9142);
    assert.match(none.log.join("\n"), /Error: missing key - manifest was created with key /);
    assert.deepEqual((await content("spare", 9142)).disks, {});
  });

  it("refuses a second login that is not the owner of the group, and the job says so", async () => {
    const made = (await askPbs(site, "POST /access/users/pve@pbs/token/two")) as { value: string };
    const right = { path: "/datastore/tappaas_backup", role: "DatastoreBackup", "auth-id": "pve@pbs!two" };
    await askPbs(site, "PUT /access/acl", right);
    await on("tappaas1", "PUT /storage/tappaas_backup", { username: "pve@pbs!two", password: made.value });
    site.clock.set(site.clock.now() + 60_000);
    const [ran] = await runJobs();
    assert.equal(ran?.exitstatus, "job errors");
    assert.match(ran.log.join("\n"), /backup owner check failed \(pve@pbs!two != pve@pbs!one\)/);
  });
});
