import { strict as assert } from "node:assert";
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import * as pulumi from "@pulumi/pulumi";

import { BackupServer } from "../../../components/backup/backup-server";
import { backupServerProblems, type BackupServerArgs } from "../../../components/backup/backup-server-args";
import { BACKUP_SERVER_SEED_SCRIPT } from "../../../components/backup/backup-server-seed-script";
import { mockPulumi, settled, valueOf, type Registrations } from "../../support/mocks";

const validArgs = {
  node: "tappaas1",
  shell: { host: "10.0.0.10", hostKey: "ssh-ed25519 AAAA", privateKey: "PRIVATE" },
  vmid: 131,
  dataVmid: 132,
  systemStorage: "tanka1",
  dataStorage: "tankb1",
  dataSize: "2 TiB",
  address: "10.0.0.12/24",
  gateway: "10.0.0.1",
  image: {
    url: "https://cloud.debian.org/images/cloud/trixie/debian-13-genericcloud-amd64.qcow2",
    sha512: "ab".repeat(64),
  },
  timeZone: "Europe/Amsterdam",
  datastore: "tappaas_backup",
} as const satisfies BackupServerArgs;

const VM = "proxmoxve:index/vmLegacy:VmLegacy";
const BOOTSTRAP = "resilience:pbs:ServerBootstrap";

interface Disk {
  readonly interface: string;
  readonly backup?: boolean;
  readonly pathInDatastore?: string;
  readonly importFrom?: string;
}

describe("BackupServer", () => {
  let registrations: Registrations;
  let server: BackupServer;

  beforeEach(async () => {
    registrations = await mockPulumi(({ type, name }) => {
      if (type === BOOTSTRAP)
        return {
          fingerprint: "ab:cd",
          hostKey: "ssh-ed25519 BBBB",
          tokenId: "pulumi@pbs!server",
          secret: "HIDDEN",
          holdsBackups: true,
        };
      if (type === VM && name === "backup-data") return { disks: [{ pathInDatastore: "vm-132-disk-0" }] };
      return {};
    });
    server = new BackupServer("backup", validArgs);
    await settled();
  });

  const vm = (name: string) => registrations.ofType(VM)[name] ?? {};

  it("keeps the backups' disk on a machine that never runs, and attaches it by its path", () => {
    const [disk] = vm("backup-data")["disks"] as Disk[];
    assert.deepEqual([vm("backup-data")["started"], vm("backup-data")["onBoot"]], [false, false]);
    assert.equal(disk?.backup, false);
    const [system, data] = vm("backup-131")["disks"] as Disk[];
    assert.deepEqual([system?.interface, data?.interface], ["scsi0", "scsi1"]);
    assert.deepEqual([data?.pathInDatastore, data?.backup], ["vm-132-disk-0", false]);
  });

  it("keeps both machines and their disks when they leave the program, and restarts or replaces neither", () => {
    for (const name of ["backup-data", "backup-131"]) {
      const { protect, retainOnDelete, ignoreChanges } = registrations.optionsOf(name, VM);
      assert.deepEqual([protect, retainOnDelete], [true, true]);
      for (const left of ["nodeName", "initialization", "disks", "agent", "cdrom"])
        assert.ok(ignoreChanges.includes(left), left);
      const { protection, purgeOnDestroy, deleteUnreferencedDisksOnDestroy, stopOnDestroy } = vm(name);
      assert.deepEqual(
        [protection, purgeOnDestroy, deleteUnreferencedDisksOnDestroy, stopOnDestroy],
        [true, false, false, false],
      );
      assert.equal(vm(name)["rebootAfterUpdate"], false);
    }
  });

  it("gives the server memory for its datastore, and starts it before the guests", () => {
    assert.deepEqual(vm("backup-131")["memory"], { dedicated: 6144 });
    assert.deepEqual([vm("backup-131")["onBoot"], vm("backup-131")["startup"]], [true, { order: 1, upDelay: 60 }]);
  });

  it("tells the machine no password and no key", () => {
    const initialization = vm("backup-131")["initialization"] as Record<string, unknown>;
    assert.deepEqual(Object.keys(initialization), ["datastoreId", "ipConfigs", "userDataFileId"]);
    const command = registrations.ofType("command:remote:Command")["backup-131"];
    assert.equal(
      command?.["stdin"],
      "file=tappaas-backup-server-131.yaml\nhost=backup-131\ntime_zone=Europe/Amsterdam\n" +
        "machine=131:backup-131\nmachine=132:backup-data-132\n",
    );
  });

  it("hands out the way to the server as the machine itself showed it, its token as a secret", async () => {
    assert.equal(server.endpoint, "https://10.0.0.12:8007");
    assert.equal(await valueOf(server.fingerprint), "ab:cd");
    assert.equal(await valueOf(server.token), "pulumi@pbs!server:HIDDEN");
    assert.equal(await pulumi.isSecret(server.token), true);
    const component = registrations.requestOf("backup", "tappaas:backup:BackupServer").toObject();
    assert.ok(!/HIDDEN|PRIVATE/.test(JSON.stringify(component)));
  });

  it("takes a newer image only for a new server", () => {
    const { ignoreChanges } = registrations.optionsOf("backup-131", "proxmoxve:download/file:File");
    assert.ok(["url", "fileName", "checksum"].every((field) => ignoreChanges.includes(field)));
    assert.equal(registrations.ofType("proxmoxve:download/file:File")["backup-131"]?.["overwrite"], false);
  });

  it("names every invalid argument in one error, too little memory among them", () => {
    const wrong = {
      ...validArgs,
      dataVmid: 131,
      memory: "4 GiB",
      address: "10.0.0.12",
      gateway: "10.0.0.300",
    } as const;
    assert.deepEqual(
      backupServerProblems(wrong).map(({ path }) => path),
      ["dataVmid", "memory", "address", "gateway"],
    );
    assert.deepEqual(backupServerProblems(validArgs), []);
  });
});

describe("What a backup server's machine is told at its first start", () => {
  let folder = "";
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "seed-"));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  function seed(guests: readonly object[] | "none told" = []) {
    const says = guests === "none told" ? "exit 2" : `cat <<'GUESTS'\n${JSON.stringify(guests)}\nGUESTS`;
    writeFileSync(join(folder, "pvesh"), `#!/bin/bash\n${says}\n`, { mode: 0o755 });
    const script = BACKUP_SERVER_SEED_SCRIPT.replace("/var/lib/vz", folder)
      .replace("/usr/share/keyrings", folder)
      .replace("/etc/apt/trusted.gpg.d", folder);
    const lines = ["file=seed.yaml", "host=backup-131", "time_zone=Europe/Amsterdam"];
    const input = [...lines, "machine=131:backup-131", "machine=132:backup-data-132", ""].join("\n");
    const env = { PATH: `${folder}:/usr/bin:/bin` };
    return spawnSync("/bin/bash", ["-c", script], { input, env, encoding: "utf8" });
  }

  it("is the node's own package key, the package source and the agent, and no login", () => {
    writeFileSync(join(folder, "proxmox-archive-keyring.gpg"), "KEYRING");
    assert.equal(seed().status, 0);
    const text = readFileSync(join(folder, "snippets/seed.yaml"), "utf8");
    assert.match(text, /^#cloud-config\n/);
    assert.match(text, new RegExp(`content: ${Buffer.from("KEYRING").toString("base64")}\n`));
    assert.match(text, /Suites: trixie\n {6}Components: pbs-no-subscription\n {6}Signed-By: \/usr\/share\/keyrings/);
    assert.match(text, /ssh_pwauth: false\ndisable_root: true\nusers: \[\]\n/);
    assert.doesNotMatch(text, /passw|PRIVATE|ssh_authorized/);
  });

  it("is not written where the node has no key to trust packages by", () => {
    const { status, stderr } = seed();
    assert.equal(status, 1);
    assert.match(stderr, /no Proxmox package key.*nothing was written/);
    assert.ok(!existsSync(join(folder, "snippets/seed.yaml")));
  });

  it("is written before any machine is made, and only where both numbers are free or ours", () => {
    writeFileSync(join(folder, "proxmox-archive-keyring.gpg"), "KEYRING");
    const other = { id: "qemu/131", name: "webshop", type: "qemu", vmid: 131 };
    const data = { vmid: 132, name: "webshop", node: "tappaas2" };
    for (const guests of [[other], [{ vmid: 131, name: "backup-131" }, data], [{ vmid: 132 }], "none told"] as const) {
      const { status, stderr } = seed(guests);
      assert.equal(status, 1);
      assert.match(
        stderr,
        guests === "none told" ? /cannot ask for the guests/ : /a guest 13[12] that is not ours.*take a free number/,
      );
      assert.ok(!existsSync(join(folder, "snippets/seed.yaml")));
    }
    const ours = [
      { vmid: 1310, name: "webshop" },
      { vmid: 13, name: "backup-131" },
      { vmid: 131, name: "backup-131" },
    ];
    assert.equal(seed(ours).status, 0, seed(ours).stderr);
    assert.ok(existsSync(join(folder, "snippets/seed.yaml")));
  });
});
