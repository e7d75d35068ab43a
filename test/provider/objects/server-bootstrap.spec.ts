import { strict as assert } from "node:assert";
import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { create, diff, read, remove, update } from "../../../provider/objects/life-cycle";
import { serverBootstrap } from "../../../provider/objects/server-bootstrap";
import { MOUNT, serverScript } from "../../../provider/objects/server-scripts";
import { FINGERPRINT, HOST_KEY, secretOf } from "../support/fake-machine";
import { Refused } from "../support/fake-server";
import { eachOnItsOwnSite, known } from "../support/test-site";

const WANTED = {
  vmid: 130,
  machine: "backup-130",
  disk: "/dev/disk/by-id/scsi-0QEMU_QEMU_HARDDISK_drive-scsi1",
  datastore: "tappaas_backup",
  timeZone: "Europe/Amsterdam",
  userId: "pulumi@pbs",
  tokenName: "site",
};

describe("The bootstrap of a backup server", () => {
  const own = eachOnItsOwnSite();
  const made = async () => (await create(serverBootstrap, own.at.site, known(WANTED), false)).outputs;

  it("previews before the machine is there, and says that the rest will be known later", async () => {
    own.at.pve.machine.exists = false;
    const { id, unknown } = await create(serverBootstrap, own.at.site, known(WANTED), true);
    assert.equal(id, "130");
    assert.deepEqual(unknown, ["fingerprint", "hostKey", "path", "holdsBackups", "tokenId", "secret"]);
    assert.deepEqual(own.at.writes, []);
  });

  it("waits for the machine, then installs, mounts the disk, and brings back fingerprint, host key and login", async () => {
    own.at.pve.machine.silence = 3;
    const outputs = await made();
    assert.deepEqual(own.at.pve.machine.ran.slice(0, 5), ["install", "mount", "report", "user", "token"]);
    assert.equal(outputs["fingerprint"], FINGERPRINT.toLowerCase());
    assert.equal(outputs["hostKey"], HOST_KEY);
    assert.equal(outputs["path"], "/mnt/tappaas-backup/tappaas_backup");
    assert.equal(outputs["tokenId"], "pulumi@pbs!site");
    assert.equal(outputs["secret"], secretOf("pulumi@pbs!site"));
    assert.equal(own.at.pve.machine.timeZone, "Europe/Amsterdam");
    assert.deepEqual(own.at.pve.machine.rights, ["pulumi@pbs", "pulumi@pbs!site"]);
  });

  it("puts nothing of a script among the arguments of a process", async () => {
    await made();
    const orders = own.at.pve.server.seen.filter(({ path }) => path.endsWith("/agent/exec"));
    assert.deepEqual([...new Set(orders.map(({ parameters }) => parameters["command"]))], ["/bin/bash"]);
  });

  for (const step of ["install", "mount", "report", "user", "token"]) {
    it(`that is cut before "${step}" is finished by the next run, with one format of the disk`, async () => {
      let cut = true;
      own.at.pve.machine.beforeStep = (name) => {
        if (cut && name === step) throw new Refused(503, "gone");
      };
      await assert.rejects(made());
      cut = false;
      const outputs = await made();
      assert.equal(outputs["secret"], secretOf("pulumi@pbs!site"));
      assert.equal(own.at.pve.machine.formatted, 1);
      assert.deepEqual(own.at.pve.machine.tokens, ["pulumi@pbs!site"]);
    });
  }

  it("whose secret was lost with the connection makes a second token and names the first", async () => {
    own.at.pve.machine.tokens.push("pulumi@pbs!site", "pulumi@pbs!other");
    const outputs = await made();
    assert.equal(outputs["tokenId"], "pulumi@pbs!site-2");
    assert.deepEqual(outputs["superseded"], ["pulumi@pbs!site"]);
    assert.match(own.at.told.join(), /pulumi@pbs!site-2 takes the place of pulumi@pbs!site/);
  });

  it("stops with the machine's own words when a disk is not empty, and makes no login", async () => {
    own.at.pve.machine.failing.set("mount", "the data disk has partitions, expected none; nothing was written to it\n");
    await assert.rejects(made(), /could not mount the data disk: the data disk has partitions.*run it again/);
    assert.deepEqual(own.at.pve.machine.tokens, []);
  });

  it("does nothing in a machine of somebody else's that has the number", async () => {
    own.at.pve.machine.name = "webshop";
    await assert.rejects(made(), /guest 130 on tappaas1 is "webshop" and not our "backup-130"; nothing was done in it/);
    assert.deepEqual(own.at.pve.machine.ran, []);
  });

  it("says that backups lie on the disk, so that the datastore is taken up and not made anew", async () => {
    own.at.pve.machine.holdsBackups = true;
    assert.equal((await made())["holdsBackups"], true);
    assert.equal(own.at.pve.machine.formatted, 0);
  });

  it("keeps its secret through a refresh and has nothing to change", async () => {
    const outputs = await made();
    const again = await read(serverBootstrap, own.at.site, "130", outputs);
    assert.deepEqual(again?.outputs, outputs);
    assert.deepEqual(diff(serverBootstrap, outputs, known(WANTED)), []);
  });

  it("shows a certificate that changed", async () => {
    const outputs = { ...(await made()), fingerprint: "00" };
    const again = await read(serverBootstrap, own.at.site, "130", outputs);
    assert.equal(again?.outputs["fingerprint"], FINGERPRINT.toLowerCase());
  });

  it("is not taken for gone while the machine is off or hidden", async () => {
    const outputs = await made();
    own.at.pve.machine.mounted = false;
    await assert.rejects(read(serverBootstrap, own.at.site, "130", outputs), /data disk is not mounted/);
    own.at.pve.machine.exists = false;
    await assert.rejects(read(serverBootstrap, own.at.site, "130", outputs), /VM\.Audit on \/vms\/130/);
    own.at.pve.privileges = () => ({ "VM.Audit": 1 });
    assert.equal(await read(serverBootstrap, own.at.site, "130", outputs), undefined);
  });

  it("changes the time zone in place, and refuses another disk", async () => {
    const outputs = await made();
    await update(serverBootstrap, own.at.site, outputs, known({ ...WANTED, timeZone: "Europe/Oslo" }), false);
    assert.equal(own.at.pve.machine.timeZone, "Europe/Oslo");
    const other = known({ ...WANTED, disk: "/dev/disk/by-id/other" });
    await assert.rejects(update(serverBootstrap, own.at.site, outputs, other, true), /disk/);
  });

  it("leaves machine, disk and login when it leaves the program", async () => {
    const outputs = await made();
    const { ran } = own.at.pve.machine;
    ran.length = 0;
    await remove(serverBootstrap, own.at.site, outputs);
    assert.deepEqual([ran, own.at.pve.machine.tokens], [["report"], ["pulumi@pbs!site"]]);
  });
});

describe("The data disk of a backup server", () => {
  let folder = "";
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "data-disk-"));
    stub("lsblk", "echo disk");
    stub("blockdev", 'stat -c %s "$2"');
    stub("wipefs", `cat ${folder}/signature 2>/dev/null || true`);
    stub("mkfs.ext4", `echo ext4 >${folder}/signature; echo formatted >>${folder}/log`);
    stub("blkid", `[ "$3" = UUID ] && echo 1234-uuid || cat ${folder}/signature`);
    stub("systemd-escape", "echo mnt-tappaas-backup.mount");
    stub("systemctl", `echo "$*" >>${folder}/log`);
    stub("findmnt", "echo 1234-uuid");
    disk(Buffer.alloc(3 << 20));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  function stub(name: string, text: string): void {
    writeFileSync(join(folder, name), `#!/bin/bash\n${text}\n`);
    chmodSync(join(folder, name), 0o755);
  }

  function disk(bytes: Buffer): void {
    writeFileSync(join(folder, "disk"), bytes);
  }

  /** The script as the machine runs it, in this folder and with the commands of this test. */
  function mount() {
    const told = { disk: join(folder, "disk"), mount_point: "/mnt/tappaas-backup", datastore: "d", time_zone: "UTC" };
    const script = serverScript(MOUNT, told)
      .replace(/ PATH=\S+/, ` PATH=${folder}:/usr/bin:/bin`)
      .replace("/run/tappaas", `${folder}/tappaas`)
      .replaceAll("/etc/systemd", `${folder}/systemd`);
    const { status, stderr } = spawnSync("/bin/bash", { input: script, encoding: "utf8" });
    const log = existsSync(join(folder, "log")) ? readFileSync(join(folder, "log"), "utf8") : "";
    return { status, stderr, formats: log.split("formatted").length - 1 };
  }

  it("gets a filesystem when it is empty, once, and the server waits for it at each boot", () => {
    assert.deepEqual(mount(), { status: 0, stderr: "", formats: 1 });
    assert.deepEqual(mount(), { status: 0, stderr: "", formats: 1 });
    const unit = readFileSync(join(folder, "systemd/system/mnt-tappaas-backup.mount"), "utf8");
    assert.match(unit, /What=\/dev\/disk\/by-uuid\/1234-uuid/);
    const wait = readFileSync(
      join(folder, "systemd/system/proxmox-backup-proxy.service.d/tappaas-data-disk.conf"),
      "utf8",
    );
    assert.match(wait, /RequiresMountsFor=\/mnt\/tappaas-backup/);
  });

  it("is never formatted where anything is written, at its beginning or its end", () => {
    for (const at of [1_000_000, (3 << 20) - 10]) {
      const bytes = Buffer.alloc(3 << 20);
      bytes[at] = 1;
      disk(bytes);
      const { status, stderr, formats } = mount();
      assert.deepEqual([status, formats], [1, 0]);
      assert.match(stderr, /no filesystem and is not empty.*nothing was written/);
    }
  });

  it("is never formatted where another owner's filesystem or partitions are", () => {
    writeFileSync(join(folder, "signature"), "zfs_member\n");
    assert.match(mount().stderr, /carries zfs_member, expected ext4 or xfs/);
    stub("lsblk", "echo disk; echo disk1");
    assert.match(mount().stderr, /has partitions, expected none/);
    assert.equal(mount().formats, 0);
  });

  it("is not formatted when its signatures cannot be read", () => {
    stub("wipefs", "exit 1");
    const { status, formats } = mount();
    assert.deepEqual([status, formats], [1, 0]);
  });
});
