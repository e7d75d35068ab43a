import { strict as assert } from "node:assert";
import { rmSync } from "node:fs";

import { keyFingerprint } from "../../../lab/pve/key-fingerprint";
import { MemoryBackups } from "../support/memory-backups";
import { ended, logOf, openPve, type PveSite, prefixOf } from "../support/pve-site";

const raw = Buffer.alloc(32, 7);
const key = JSON.stringify({ kdf: null, data: raw.toString("base64"), fingerprint: keyFingerprint(raw) });

interface Content {
  readonly config: Record<string, string>;
  readonly disks: Record<string, { bytes: number; sha256: string }>;
}

// Sources: observed on PVE 9.2; qemu-server, src/PVE/API2/Qemu.pm; pve-container, src/PVE/API2/LXC.pm; pve-manager,
// PVE/VZDump.pm. The backup server is one in memory, so these cases are the lab's alone.
describe("PVE backup and restore", () => {
  const backups = new MemoryBackups("tappaas_backup", "right");
  let pve: PveSite;

  before(async function () {
    if (process.env["PVE_URL"] !== undefined) this.skip();
    pve = await openPve(prefixOf(64), backups.connect);
    await pve.ask("POST /storage", {
      ...{ storage: "offsite", type: "pbs", server: "127.0.64.30", datastore: "tappaas_backup" },
      ...{ username: "pve@pbs!one", password: "right", "encryption-key": key },
    });
  });
  after(async () => {
    if (process.env["PVE_URL"] === undefined) await pve.stop();
  });

  const finish = (upid: unknown): Promise<string> => ended(pve.access, "tappaas1", upid);
  const log = (upid: unknown): Promise<string[]> => logOf(pve.access, "tappaas1", upid);
  const content = async (vmid: number): Promise<Content> =>
    (await pve.site!.control.run("content", { node: "tappaas1", vmid })) as Content;
  const volumes = async (): Promise<{ volid: string; vmid: number }[]> =>
    (await pve.ask("GET /nodes/tappaas1/storage/offsite/content", { content: "backup" })).data as never;
  const volidOf = async (vmid: number): Promise<string> =>
    (await volumes()).find((volume) => volume.vmid === vmid)?.volid ?? "";

  it("backs guests up with config, disks, key and notes, and lists them as volumes", async () => {
    const started = await pve.ask("POST /nodes/tappaas1/vzdump", {
      ...{ vmid: "140,312", storage: "offsite", mode: "snapshot", "notes-template": "{{guestname}} of {{node}}" },
    });
    assert.match(String(started.data), /^UPID:tappaas1:[0-9A-F]{8}:[0-9A-F]{8}:[0-9A-F]{8}:vzdump::root@pam!lab:$/);
    assert.equal(await finish(started.data), "OK");

    assert.deepEqual(
      backups.snapshots.map(({ type, id, blobs, images }) => [type, id, Object.keys(blobs), Object.keys(images)]),
      [
        ["vm", "140", ["qemu-server.conf"], ["drive-scsi0.img"]],
        ["ct", "312", ["pct.conf"], ["rootfs.img"]],
      ],
    );
    const listed = (await volumes()) as unknown as Record<string, unknown>[];
    const { volid, ctime, ...identity } = listed.find(({ vmid }) => vmid === 140)!;
    assert.match(String(volid), /^offsite:backup\/vm\/140\/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    assert.equal(ctime, backups.snapshots[0]!.time);
    assert.deepEqual(identity, {
      ...{ content: "backup", vmid: 140, size: 8 * 1024 ** 2, format: "pbs-vm", subtype: "qemu" },
      ...{ notes: "identity of tappaas1", encrypted: keyFingerprint(raw) },
    });
  });

  it("restores the same bytes under another id", async () => {
    const archive = await volidOf(140);
    const started = await pve.ask("POST /nodes/tappaas1/qemu", { vmid: 9140, archive, storage: "tanka1" });
    assert.match(String(started.data), /:qmrestore:9140:/);
    assert.equal(await finish(started.data), "OK");

    const [original, restored] = [await content(140), await content(9140)];
    assert.deepEqual(restored.disks, original.disks);
    assert.equal(restored.config["scsi0"], "tanka1:vm-9140-disk-0,size=8M");
    assert.equal(restored.config["net0"], original.config["net0"]);
  });

  it("gives a restored guest new addresses only when asked", async () => {
    const { data } = await pve.ask("POST /nodes/tappaas1/qemu", {
      ...{ vmid: 9141, archive: await volidOf(140), storage: "tanka1", unique: 1 },
    });
    assert.equal(await finish(data), "OK");
    const [original, restored] = [await content(140), await content(9141)];
    assert.notEqual(restored.config["net0"], original.config["net0"]);
    assert.notEqual(restored.config["vmgenid"], original.config["vmgenid"]);
  });

  it("restores a container from its own kind of archive", async () => {
    const { data } = await pve.ask("POST /nodes/tappaas1/lxc", {
      ...{ vmid: 9312, ostemplate: await volidOf(312), restore: 1, storage: "tanka1" },
    });
    assert.equal(await finish(data), "OK");
    assert.deepEqual((await content(9312)).disks, (await content(312)).disks);
  });

  it("overwrites no guest without `force`, and none that runs even then", async () => {
    const archive = await volidOf(140);
    const plain = await pve.ask("POST /nodes/tappaas1/qemu", { vmid: 9140, archive, storage: "tanka1" });
    const cause = "VM 9140 already exists on node 'tappaas1'";
    assert.deepEqual([plain.status, plain.reason], [500, `unable to restore VM 9140 - ${cause}`]);
    const running = await pve.ask("POST /nodes/tappaas1/qemu", { vmid: 110, archive, storage: "tanka1", force: 1 });
    assert.deepEqual([running.status, running.reason], [500, "unable to restore VM 110 - vm is running"]);
  });

  it("overwrites with `force` what was changed since", async () => {
    await pve.site!.control.run("write-disk", {
      node: "tappaas1",
      vmid: 9140,
      key: "scsi0",
      offset: 5,
      text: "ransom",
    });
    assert.notDeepEqual((await content(9140)).disks, (await content(140)).disks);
    const archive = await volidOf(140);
    const { data } = await pve.ask("POST /nodes/tappaas1/qemu", { vmid: 9140, archive, storage: "tanka1", force: 1 });
    assert.equal(await finish(data), "OK");
    assert.deepEqual((await content(9140)).disks, (await content(140)).disks);
  });

  it("starts a task even for a volume that is no backup, and the task fails", async () => {
    const archive = "offsite:backup/vm/999/nonsense";
    const { status, data } = await pve.ask("POST /nodes/tappaas1/qemu", { vmid: 9999, archive, storage: "tanka1" });
    assert.equal(status, 200);
    assert.equal(await finish(data), `unable to parse volume ID '${archive}'`);
  });

  it("refuses drives beside an archive, and `force` and `unique` without one", async () => {
    const archive = await volidOf(140);
    const drive = await pve.ask("POST /nodes/tappaas1/qemu", { vmid: 9142, archive, scsi0: "tanka1:1" });
    assert.deepEqual([drive.status, Object.keys(drive.errors ?? {})], [400, ["scsi0"]]);
    const force = await pve.ask("POST /nodes/tappaas1/qemu", { vmid: 9142, force: 1 });
    assert.deepEqual(force.errors, { archive: "missing property - 'force' requires this property" });
  });

  it("answers 501, never an empty success, for what it does not do", async () => {
    const create = await pve.ask("POST /nodes/tappaas1/qemu", { vmid: 9142, memory: 512, pool: "prod" });
    assert.deepEqual(
      [create.status, create.reason],
      [501, "Method 'POST /nodes/{node}/qemu with pool' not implemented"],
    );
    const other = await pve.ask("POST /cluster/ha/status/arm-ha");
    assert.deepEqual([other.status, other.reason], [501, "Method 'POST /cluster/ha/status/arm-ha' not implemented"]);
  });

  it("with another key leaves a virtual machine without disks, and the log says why", async () => {
    const other = JSON.stringify({ ...(JSON.parse(key) as object), data: Buffer.alloc(32, 8).toString("base64") });
    await pve.ask("PUT /storage/offsite", { "encryption-key": other });
    const archive = await volidOf(140);
    const { data } = await pve.ask("POST /nodes/tappaas1/qemu", { vmid: 9143, archive, storage: "tanka1" });
    assert.match(await finish(data), /^command '.*proxmox-backup-client restore .*' failed: exit code 255$/);
    assert.ok((await log(data)).includes("Error: wrong key - unable to verify signature"));
    assert.deepEqual((await content(9143)).disks, {});
    await pve.ask("PUT /storage/offsite", { "encryption-key": key });
  });

  it("lists what is in a backup with its key, and without it fails", async () => {
    const volume = await volidOf(140);
    const path = "GET /nodes/tappaas1/storage/offsite/file-restore/list";
    const { status, data } = await pve.ask(path, { volume, filepath: "/" });
    assert.equal(status, 200);
    assert.deepEqual(
      (data as { text: string }[]).map(({ text }) => text),
      ["drive-scsi0.img.fidx"],
    );
    const other = JSON.stringify({ ...(JSON.parse(key) as object), data: Buffer.alloc(32, 8).toString("base64") });
    await pve.ask("PUT /storage/offsite", { "encryption-key": other });
    assert.equal((await pve.ask(path, { volume, filepath: "/" })).status, 500);
    await pve.ask("PUT /storage/offsite", { "encryption-key": key });
    assert.equal((await pve.ask(path, { volume, filepath: "/drive" })).status, 501);
  });

  it("does not back up in clear when the key file is lost", async () => {
    rmSync(pve.site!.state.path("clusters", "TAPPaaS", "priv", "storage", "offsite.enc"));
    const before = backups.snapshots.length;
    const { data } = await pve.ask("POST /nodes/tappaas1/vzdump", { vmid: 110, storage: "offsite" });
    assert.equal(await finish(data), "job errors");
    const failed =
      /^ERROR: Backup of VM 110 failed - encryption configured \('[0-9a-f:]{95}'\) but no encryption key file found!$/;
    assert.ok((await log(data)).some((line) => failed.test(line)));
    assert.equal(backups.snapshots.length, before);
    await pve.ask("PUT /storage/offsite", { "encryption-key": key });
  });

  it("runs the enabled jobs as the scheduler would, and goes on past a guest that fails", async () => {
    await pve.ask("POST /cluster/backup", { id: "nightly", schedule: "21:00", storage: "offsite", vmid: "110,130" });
    await pve.ask("POST /cluster/backup", { id: "off", schedule: "21:00", storage: "offsite", all: 1, enabled: 0 });
    const ran = (await pve.site!.control.run("run-jobs")) as { node: string; job: string; exitstatus: string }[];
    assert.deepEqual(
      ran.filter(({ node }) => node === "tappaas1").map(({ job, exitstatus }) => [job, exitstatus]),
      [["nightly", "OK"]],
    );
  });

  it("destroys no guest that runs or is missing, and frees the disks of one that it destroys", async () => {
    const running = await pve.ask("DELETE /nodes/tappaas1/qemu/110");
    assert.deepEqual([running.status, running.reason], [500, "VM 110 is running - destroy failed"]);
    const missing = await pve.ask("DELETE /nodes/tappaas1/qemu/4242");
    assert.match(missing.reason, /'nodes\/tappaas1\/qemu-server\/4242.conf' does not exist$/);

    const { data } = await pve.ask("DELETE /nodes/tappaas1/qemu/9140/", { purge: 1, "destroy-unreferenced-disks": 1 });
    assert.equal(await finish(data), "OK");
    assert.equal((await pve.ask("GET /nodes/tappaas1/qemu/9140/status/current")).status, 500);
    const left = pve.site!.state.document<{ datasets: { name: string }[] }>("machines/tappaas1/zfs", () => ({
      datasets: [],
    }));
    assert.ok(!left.value.datasets.some(({ name }) => name.includes("vm-9140-")));
  });
});
