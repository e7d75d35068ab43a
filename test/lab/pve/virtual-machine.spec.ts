import { strict as assert } from "node:assert";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";

import { pvePrivileges, SERVER_PRIVILEGES } from "../../../provider/rights/pve-rights";
import { bootGuest } from "../../../lab/guest/module";
import { ask } from "../support/pve-client";
import { ended, openPve, type PveSite, prefixOf, tokenHeader } from "../support/pve-site";

const URL = "https://cloud.debian.org/images/cloud/trixie/latest/debian-13-genericcloud-amd64.qcow2";
const NODE = "/nodes/tappaas1";

const USER_DATA = `#cloud-config
hostname: backup
timezone: Europe/Amsterdam
write_files:
  - path: /usr/share/keyrings/proxmox-archive-keyring.gpg
    encoding: b64
    content: a2V5
  - path: /etc/apt/sources.list.d/proxmox-backup.sources
    content: |
      Types: deb
      URIs: http://download.proxmox.com/debian/pbs
      Suites: trixie
      Components: pbs-no-subscription
      Signed-By: /usr/share/keyrings/proxmox-archive-keyring.gpg
packages: [qemu-guest-agent]
runcmd:
  - [systemctl, enable, --now, qemu-guest-agent.service]
`;

interface Ran {
  readonly exited: number;
  readonly exitcode?: number;
  readonly "out-data"?: string;
  readonly "err-data"?: string;
}

// Source: observed calls of a client against PVE 9.2 and qemu-server, src/PVE/API2/Qemu.pm; the lab's own, because it downloads.
describe("virtual machines of the lab", () => {
  let pve: PveSite;
  let prefix = "";
  before(async function () {
    if (process.env["PVE_URL"] !== undefined) this.skip();
    prefix = prefixOf(81);
    pve = await openPve(prefix, undefined, bootGuest);
    await pve.ask("PUT /storage/local", { content: "backup,iso,vztmpl,import,snippets" });
    const snippets = join(pve.site!.state.path("machines", "tappaas1", "root"), "var/lib/vz/snippets");
    mkdirSync(snippets, { recursive: true });
    writeFileSync(join(snippets, "seed.yaml"), USER_DATA);
  });
  after(async () => {
    if (process.env["PVE_URL"] === undefined) await pve.stop();
  });

  const done = async (operation: string, parameters: Record<string, unknown> = {}): Promise<string> => {
    const { status, data, message } = await pve.ask(operation, parameters);
    assert.equal(status, 200, `${operation}: ${String(message)}`);
    return ended(pve.access, "tappaas1", data);
  };
  const config = async (vmid: number): Promise<Record<string, string>> =>
    (await pve.ask(`GET ${NODE}/qemu/${vmid}/config`)).data as never;

  /** Runs a script inside, to its end. */
  async function inside(script: string): Promise<Ran> {
    const { data } = await pve.ask(`POST ${NODE}/qemu/910/agent/exec`, { command: "/bin/bash", "input-data": script });
    for (;;) {
      const { pid } = data as { pid: number };
      const ran = (await pve.ask(`GET ${NODE}/qemu/910/agent/exec-status`, { pid })).data as Ran;
      if (ran.exited === 1) return ran;
      await wait(50);
    }
  }

  it("take in an image only with the checksum that was promised, and never over another", async () => {
    const { sha512 } = (await pve.site!.control.run("published-image", { url: URL })) as { sha512: string };
    const file = { content: "import", filename: "debian.qcow2", url: URL, "checksum-algorithm": "sha512" };
    const download = `POST ${NODE}/storage/local/download-url`;
    assert.match(await done(download, { ...file, checksum: "0".repeat(128) }), /^checksum mismatch: got/);
    assert.equal(await done(download, { ...file, checksum: sha512 }), "OK");
    assert.match(await done(download, { ...file, checksum: sha512 }), /^refusing to override existing file/);
    const { data } = await pve.ask(`GET ${NODE}/storage/local/content`, { content: "import" });
    assert.deepEqual(
      (data as { volid: string }[]).map(({ volid }) => volid),
      ["local:import/debian.qcow2"],
    );
  });

  it("get new, imported and attached disks, and config lines as PVE keeps them", async () => {
    const data = {
      vmid: 911,
      name: "data",
      protection: 1,
      scsi0: "file=tanka1:2,format=raw,size=2147483648,backup=0,",
    };
    assert.equal(await done(`POST ${NODE}/qemu`, data), "OK");
    const made = await done(`POST ${NODE}/qemu`, {
      ...{ vmid: 910, name: "backup", agent: "enabled=1,type=virtio", cicustom: "user=local:snippets/seed.yaml" },
      ...{ ide2: "file=tanka1:cloudinit,", ipconfig0: `gw=${prefix}.1,ip=${prefix}.91/24` },
      ...{
        net0: "model=virtio,bridge=lan,firewall=0",
        scsi0: "file=tanka1:0,import-from=local:import/debian.qcow2,ssd=0",
      },
      scsi1: "file=tanka1:vm-911-disk-0,backup=0",
    });
    assert.equal(made, "OK");
    assert.equal(await done(`PUT ${NODE}/qemu/910/resize`, { disk: "scsi0", size: String(32 * 1024 ** 3) }), "OK");
    const lines = await config(910);
    assert.equal(lines["scsi0"], "tanka1:vm-910-disk-0,ssd=0,size=32G");
    assert.equal(lines["scsi1"], "tanka1:vm-911-disk-0,backup=0,size=2G");
    assert.equal(lines["ide2"], "tanka1:vm-910-cloudinit,media=cdrom,size=4M");
    assert.match(lines["net0"] ?? "", /^virtio=BC:24:11(?::[0-9A-F]{2}){3},bridge=lan,firewall=0$/);
    const refused = await pve.ask(`PUT ${NODE}/qemu/910/resize`, { disk: "scsi0", size: "1G" });
    assert.match(String(refused.message), /shrinking disks is not supported/);
  });

  it("are made, started and reached by the login that an enrolment makes, and by one with fewer rights not", async () => {
    for (const missing of [undefined, ...SERVER_PRIVILEGES]) {
      const privs = SERVER_PRIVILEGES.filter((right) => right !== missing).join(" ");
      const statuses = await madeWith(privs);
      if (missing === undefined) assert.deepEqual([...new Set(statuses)], [200]);
      else assert.ok(statuses.includes(403), `without ${missing} nothing was refused`);
    }
  });

  /** Makes a machine and goes into it with a login that has `privs` and the usual rights; the answers' status codes. */
  async function madeWith(privs: string): Promise<number[]> {
    for (const [roleid, held] of Object.entries({ Usual: pvePrivileges("apply").join(" "), Tried: privs })) {
      await pve.ask("POST /access/roles", { roleid, privs: "Sys.Audit" });
      await pve.ask(`PUT /access/roles/${roleid}`, { privs: held });
    }
    await pve.ask("POST /access/users", { userid: "tried@pve" });
    await pve.ask("PUT /access/acl", { path: "/", roles: "Usual", users: "tried@pve" });
    // What is given on a path takes the place of what is given above it.
    for (const path of ["/vms/930", "/storage/local", "/storage/tanka1", "/sdn/zones/localnetwork/lan"])
      await pve.ask("PUT /access/acl", { path, roles: "Usual,Tried", users: "tried@pve" });
    await pve.ask("DELETE /access/users/tried@pve/token/tried");
    const { value } = (await pve.ask("POST /access/users/tried@pve/token/tried", { privsep: 0 })).data as {
      value: string;
    };
    const access = { ...pve.access, headers: tokenHeader(`tried@pve!tried=${value}`) };
    const statuses: number[] = [];
    const tried = async (operation: string, parameters: Record<string, unknown> = {}): Promise<void> => {
      const { status, data } = await ask(access, operation, parameters);
      statuses.push(status);
      if (status === 200 && String(data).startsWith("UPID:")) await ended(pve.access, "tappaas1", data);
    };
    await tried(`GET ${NODE}/query-url-metadata`, { url: URL });
    const file = { content: "import", filename: "tried.qcow2", url: URL };
    await tried(`POST ${NODE}/storage/local/download-url`, file);
    await tried(`POST ${NODE}/qemu`, {
      ...{ vmid: 930, name: "tried", agent: "enabled=1", cicustom: "user=local:snippets/seed.yaml", onboot: 1 },
      ...{ ide2: "file=tanka1:cloudinit,", ide3: "file=cdrom,media=cdrom,", cores: 2, memory: 4096 },
      ...{ net0: "model=virtio,bridge=lan", scsi0: "file=tanka1:0,import-from=local:import/debian.qcow2" },
    });
    await tried(`POST ${NODE}/qemu/930/status/start`);
    await tried(`POST ${NODE}/qemu/930/agent/exec`, { command: "/bin/true" });
    await ended(pve.access, "tappaas1", (await pve.ask(`POST ${NODE}/qemu/930/status/stop`)).data).catch(
      () => undefined,
    );
    for (const gone of ["qemu/930", "storage/local/content/local:import%2Ftried.qcow2"]) {
      const { status, data } = await pve.ask(`DELETE ${NODE}/${gone}`);
      if (status === 200) await ended(pve.access, "tappaas1", data);
    }
    return statuses;
  }

  it("answer by their guest agent once they have booted, and not before", async () => {
    assert.match(String((await pve.ask(`POST ${NODE}/qemu/910/agent/ping`)).message), /is not running/);
    assert.equal(await done(`POST ${NODE}/qemu/910/status/start`), "OK");
    assert.equal((await pve.ask(`POST ${NODE}/qemu/910/agent/ping`)).status, 200);
    const { data } = await pve.ask(`GET ${NODE}/qemu/910/agent/network-get-interfaces`);
    assert.ok(JSON.stringify(data).includes(`${prefix}.91`));
  });

  it("run what they are told in files of their own, whatever its PATH", async () => {
    const { exitcode, "out-data": out } = await inside(
      "PATH=/usr/sbin:/usr/bin; cat /etc/hostname; timedatectl show -p Timezone --value; echo mine >/etc/mine; lsblk /dev/disk/by-id/scsi-0QEMU_QEMU_HARDDISK_drive-scsi1",
    );
    assert.deepEqual([exitcode, out], [0, "backup\nEurope/Amsterdam\nsdb\n"]);
    assert.equal((await inside("cat /etc/mine"))["out-data"], "mine\n");
    const failing = await inside("echo no >&2; exit 3");
    assert.deepEqual([failing.exitcode, failing["err-data"]], [3, "no\n"]);
  });

  it("keep a filesystem's files with its disk, not with the machine that mounted it", async () => {
    const { exitcode, "err-data": said } = await inside(`set -e
disk=/dev/disk/by-id/scsi-0QEMU_QEMU_HARDDISK_drive-scsi1
mkfs.ext4 -q $disk
uuid=$(blkid -p -s UUID -o value $disk)
printf '[Mount]\\nWhat=/dev/disk/by-uuid/%s\\nWhere=/mnt/kept\\n' "$uuid" >/etc/systemd/system/mnt-kept.mount
systemctl daemon-reload
systemctl enable --now mnt-kept.mount
[ "$(findmnt -n -o UUID /mnt/kept)" = "$uuid" ]`);
    assert.deepEqual([exitcode, said], [0, undefined]);
    // A shell of the lab sees what was mounted before it began.
    assert.equal((await inside("echo backups >/mnt/kept/file")).exitcode, 0);
    assert.equal(await done(`POST ${NODE}/qemu/910/status/stop`), "OK");
    assert.equal(await done(`DELETE ${NODE}/qemu/910`), "OK");
    assert.match(String((await pve.ask(`DELETE ${NODE}/qemu/911`)).message), /protection mode enabled/);
    const image = (await pve.site!.control.run("image", {})) as Record<string, string>;
    assert.ok(Object.keys(image).some((file) => file.endsWith("vm-911-disk-0/file")));
    assert.ok(!Object.keys(image).some((file) => file.includes("vm-910-disk")));
  });
});
