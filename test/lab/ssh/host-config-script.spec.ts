import { strict as assert } from "node:assert";
import { execFileSync } from "node:child_process";
import { generateKeyPairSync, privateDecrypt, constants } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { HOST_ARCHIVES } from "../../../components/backup/host-archives";
import { HOST_CONFIG_REMOVAL, HOST_CONFIG_SCRIPT } from "../../../components/backup/host-config-script";
import { bootGuest } from "../../../lab/guest/module";
import { describedSite, prefixOf } from "../support/pve-site";
import { ShellSite } from "../support/shell-site";

const PLANTED = "planted-in-the-configuration-of-the-node";
const UNIT = "tappaas-host-config";
const IMAGE = "https://cloud.debian.org/images/cloud/trixie/latest/debian-13-genericcloud-amd64.qcow2";
const GUEST = "guest=910:control:/srv/config /srv/none";

/** The library's own script on a node of the lab, with the units that it writes and the client that they start. */
describe("the configuration of a node, backed up by its own timer", () => {
  let shell: ShellSite;
  let root: string;
  let lines: string[];
  const run = (command: string) => shell.run("tappaas1", command);
  const done = async (command: string): Promise<string> => {
    const { code, stdout, stderr } = await run(command);
    assert.equal(code, 0, stderr);
    return stdout;
  };
  const script = (text: string, input: readonly string[] = []) =>
    run(`bash -c '${text.replaceAll("'", "'\\''")}' <<'LINES'\n${input.join("\n")}\nLINES`);
  const client = (words: string) => {
    const env = `PBS_REPOSITORY='${repository()}' PBS_PASSWORD_FILE=/etc/pve/priv/storage/store1.pw`;
    return `${env} PBS_FINGERPRINT=${pbs().fingerprint} proxmox-backup-client ${words}`;
  };
  const pbs = () => shell.site.sheet.content.pbs["backup"]!;
  const repository = () => `root@pam@${pbs().address}:8007:store1`;
  const snapshots = async (group = "host/tappaas1") =>
    JSON.parse(await done(client(`snapshot list ${group} --output-format json`))) as {
      "backup-time": number;
      fingerprint?: string;
    }[];

  before(async () => {
    shell = await ShellSite.start(prefixOf(86), describedSite(), bootGuest);
    root = shell.site.state.path("machines", "tappaas1", "root");
    const made = await shell.run("backup", "proxmox-backup-manager datastore create store1 /srv/store1");
    assert.equal(made.code, 0, made.stderr);
    const place = `--server ${pbs().address} --datastore store1 --fingerprint ${pbs().fingerprint}`;
    const login = `--username root@pam --password ${pbs().logins["root@pam"].password}`;
    await done(`pvesm add pbs store1 ${place} ${login} --encryption-key autogen`);
    mkdirSync(join(root, "etc/network"), { recursive: true });
    writeFileSync(join(root, "etc/network/interfaces"), `iface vmbr0 inet static # ${PLANTED}\n`);
    writeFileSync(join(root, "etc/pve/storage.cfg"), `zfspool: tanka1 # ${PLANTED}\n`, { mode: 0o640 });
    lines = [
      ...["node=tappaas1", "storage=store1", `repository=${repository()}`, `fingerprint=${pbs().fingerprint}`],
      ...["namespace=", "at=20:30", ...HOST_ARCHIVES.map(({ archive, path }) => `archive=${archive}:${path}`)],
    ];
  });
  after(() => shell.stop());

  it("is set up without a secret, to the same end however often", async () => {
    const first = await script(HOST_CONFIG_SCRIPT, lines);
    assert.deepEqual([first.code, first.stdout], [0, `{"node":"tappaas1","timer":"${UNIT}.timer"}\n`], first.stderr);
    const units = () =>
      ["service", "timer"].map((kind) => readFileSync(join(root, `etc/systemd/system/${UNIT}.${kind}`), "utf8"));
    const [service = "", timer = ""] = units();
    assert.equal((await script(HOST_CONFIG_SCRIPT, lines)).code, 0);
    assert.deepEqual(units(), [service, timer]);

    assert.match(timer, /^OnCalendar=\*-\*-\* 20:30:00$/m);
    assert.match(service, /^ExecStart=\/usr\/bin\/proxmox-backup-client backup pve.pxar:\/etc\/pve etc.pxar:\/etc /m);
    assert.match(
      service,
      / --backup-id tappaas1 --backup-type host --crypt-mode encrypt --keyfile \/etc\/pve\/priv\/storage\/store1.enc$/m,
    );
    assert.equal(service.includes(pbs().logins["root@pam"].password), false);
    assert.equal((await run(`systemctl is-enabled ${UNIT}.timer`)).stdout, "enabled\n");
    assert.equal((await run(`systemctl is-active ${UNIT}.timer`)).stdout, "active\n");
  });

  it("leaves the node encrypted, so that its server reads no line of it", async () => {
    await done(`systemctl start ${UNIT}.service`);
    const [snapshot, ...others] = await snapshots();
    assert.deepEqual(others, []);
    const key = JSON.parse(await done("cat /etc/pve/priv/storage/store1.enc")) as { fingerprint: string };
    assert.equal(snapshot?.fingerprint, key.fingerprint);

    const store = filesBelow(join(root, "../../..")).filter((file) => !file.startsWith(join(root, "..")));
    assert.ok(store.some((file) => file.endsWith("pve.pxar.fidx")) && store.some((file) => file.includes(".chunks")));
    assert.deepEqual(
      store.filter((file) => readFileSync(file).includes(PLANTED)),
      [],
    );
  });

  it("is read back to the byte, with its rights", async () => {
    const [{ "backup-time": time } = { "backup-time": 0 }] = await snapshots();
    const stamp = new Date(time * 1000).toISOString().replace(/\.\d+Z$/, "Z");
    const target = join(root, "srv/read-back");
    const key = "--keyfile /etc/pve/priv/storage/store1.enc";
    for (const { archive } of HOST_ARCHIVES)
      await done(client(`restore host/tappaas1/${stamp} ${archive}.pxar /srv/read-back/${archive} ${key}`));
    for (const [kept, file] of [
      ["etc/network/interfaces", "etc/network/interfaces"],
      ["pve/storage.cfg", "etc/pve/storage.cfg"],
    ] as const)
      assert.deepEqual(readFileSync(join(target, kept)), readFileSync(join(root, file)));
    assert.equal(execFileSync("stat", ["-c", "%a", join(target, "pve/storage.cfg")]).toString(), "640\n");
    assert.deepEqual(readdirSync(join(target, "etc/pve")), []);

    const blind = await run(client(`restore host/tappaas1/${stamp} pve.pxar /srv/blind`));
    assert.notEqual(blind.code, 0);
    assert.throws(() => readdirSync(join(root, "srv/blind")));
  });

  it("sends nothing when the key is gone, and is not set up without it", async () => {
    const count = (await snapshots()).length;
    await done("mv /etc/pve/priv/storage/store1.enc /etc/pve/priv/storage/kept");
    try {
      const { code, stderr } = await run(`systemctl start ${UNIT}.service`);
      assert.equal(code, 1);
      assert.match(stderr, /unable to read file/);
      const refused = await script(HOST_CONFIG_SCRIPT, lines);
      assert.equal(refused.code, 1);
      assert.match(refused.stderr, /store1\.enc is missing, without which nothing is sent; see storage store1/);
    } finally {
      await done("mv /etc/pve/priv/storage/kept /etc/pve/priv/storage/store1.enc");
    }
    assert.equal((await snapshots()).length, count);
  });

  it("carries its key encrypted to the master key, where the storage has one, and is not set up when that is missing", async () => {
    const pair = generateKeyPairSync("rsa", { modulusLength: 4096 });
    const refused = await script(HOST_CONFIG_SCRIPT, [...lines, "master=yes"]);
    assert.equal(refused.code, 1);
    assert.match(refused.stderr, /store1\.master\.pem is missing, without which nothing is sent/);
    writeFileSync(
      join(root, "etc/pve/priv/storage/store1.master.pem"),
      pair.publicKey.export({ type: "spki", format: "pem" }),
    );
    assert.equal((await script(HOST_CONFIG_SCRIPT, [...lines, "master=yes"])).code, 0);
    shell.site.clock.pass(2_000);
    await done(`systemctl start ${UNIT}.service`);
    const newest = Math.max(...(await snapshots()).map((one) => one["backup-time"]));
    const files = filesBelow(join(root, "../../..")).filter((file) => file.endsWith("rsa-encrypted.key.blob"));
    assert.equal(files.length, 1, String(newest));
    // A blob in clear: eight bytes of magic, four of checksum.
    const locked = readFileSync(files[0] ?? "").subarray(12);
    const opened = privateDecrypt({ key: pair.privateKey, padding: constants.RSA_PKCS1_PADDING }, locked).toString();
    assert.deepEqual(JSON.parse(opened), JSON.parse(await done("cat /etc/pve/priv/storage/store1.enc")));
  });

  describe("with a guest that holds configuration", () => {
    const agent = (text: string) =>
      done(`pvesh create /nodes/tappaas1/qemu/910/agent/exec --command /bin/bash --input-data '${text}' && sleep 1`);
    const stamp = async () => {
      const times = (await snapshots("host/control")).map((one) => one["backup-time"]);
      return new Date(Math.max(...times) * 1000).toISOString().replace(/\.\d+Z$/, "Z");
    };

    before(async () => {
      const { sha512 } = (await shell.site.control.run("published-image", { url: IMAGE })) as { sha512: string };
      await done("pvesh set /storage/local --content backup,iso,vztmpl,import,snippets");
      const seed = "#cloud-config\npackages: [qemu-guest-agent]\n";
      writeFileSync(join(root, "var/lib/vz/snippets/seed.yaml"), seed);
      const file = `--content import --filename debian.qcow2 --url ${IMAGE}`;
      const proof = `--checksum-algorithm sha512 --checksum ${sha512}`;
      await done(`pvesh create /nodes/tappaas1/storage/local/download-url ${file} ${proof}`);
      const disks = "--scsi0 file=tanka1:0,import-from=local:import/debian.qcow2 --ide2 file=tanka1:cloudinit";
      await done(
        `pvesh create /nodes/tappaas1/qemu --vmid 910 --name control --agent enabled=1 --cicustom user=local:snippets/seed.yaml ${disks}`,
      );
      await done("qm start 910");
      await agent(`mkdir -p /srv/config && echo "{} ${PLANTED}" >/srv/config/identity.json && chmod 600 /srv/config/*`);
    });

    it("keeps the guest's directories, encrypted by the node: the guest never gets the key", async () => {
      const { code, stderr } = await script(HOST_CONFIG_SCRIPT, [...lines, GUEST]);
      assert.equal(code, 0, stderr);
      assert.equal((await run(`systemctl is-active ${UNIT}-910.timer`)).stdout, "active\n");
      await done(`systemctl start ${UNIT}-910.service`);
      const [snapshot, ...others] = await snapshots("host/control");
      assert.deepEqual(others, []);
      const key = JSON.parse(await done("cat /etc/pve/priv/storage/store1.enc")) as {
        fingerprint: string;
        data: string;
      };
      assert.equal(snapshot?.fingerprint, key.fingerprint);
      await done(
        client(
          `restore host/control/${await stamp()} config.pxar /srv/control --keyfile /etc/pve/priv/storage/store1.enc`,
        ),
      );
      const back = join(root, "srv/control/srv/config/identity.json");
      assert.equal(readFileSync(back, "utf8"), `{} ${PLANTED}\n`);
      assert.equal(execFileSync("stat", ["-c", "%a", back]).toString(), "600\n");
      rmSync(join(root, "srv/control"), { recursive: true });
      const guest = filesBelow(join(root, "../..")).filter((name) => name.includes("/vm910-"));
      assert.ok(guest.length > 0);
      assert.deepEqual(
        guest.filter((name) => readFileSync(name).includes(key.data)),
        [],
      );
    });

    it("leaves nothing of it in clear on the node", () => {
      const left = filesBelow(join(root, "run")).filter((name) => readFileSync(name).includes(PLANTED));
      assert.deepEqual(left, []);
    });

    it("fails, and sends nothing, when the guest has none of the directories or its agent does not answer", async () => {
      const count = (await snapshots("host/control")).length;
      assert.equal((await script(HOST_CONFIG_SCRIPT, [...lines, "guest=910:control:/srv/none"])).code, 0);
      const none = await run(`systemctl start ${UNIT}-910.service`);
      assert.equal(none.code, 1);
      assert.match(
        none.stderr,
        /Configuration of control \(910\): \/srv\/none could not be read in it: \/srv\/none is not there/,
      );
      await done("qm stop 910");
      const silent = await run(`systemctl start ${UNIT}-910.service`);
      assert.equal(silent.code, 1);
      assert.match(silent.stderr, /its guest agent does not answer; see that it runs/);
      assert.equal((await snapshots("host/control")).length, count);
    });

    it("passes by a guest that another node has", async () => {
      assert.equal((await script(HOST_CONFIG_SCRIPT, [...lines, "guest=999:elsewhere:/srv/config"])).code, 0);
      assert.equal((await run(`systemctl start ${UNIT}-999.service`)).code, 0);
      assert.deepEqual(await snapshots("host/elsewhere"), []);
    });

    it("takes the timer of a guest that is no longer named away, and keeps its snapshots", async () => {
      assert.equal((await run(`systemctl is-active ${UNIT}-910.timer`)).code, 1);
      assert.equal((await script(HOST_CONFIG_SCRIPT, lines)).code, 0);
      assert.deepEqual(
        readdirSync(join(root, "etc/systemd/system")).filter((name) => name.startsWith(`${UNIT}-`)),
        [],
      );
      assert.equal((await snapshots("host/control")).length, 1);
    });
  });

  it("keeps every snapshot when the timer goes, and goes without complaint when it is gone", async () => {
    const before = await snapshots();
    assert.ok(before.length > 0);
    assert.equal((await script(HOST_CONFIG_REMOVAL)).code, 0);
    assert.deepEqual(
      readdirSync(join(root, "etc/systemd/system"), { recursive: true }).filter((name) => String(name).includes(UNIT)),
      [],
    );
    assert.deepEqual(await snapshots(), before);
    assert.equal((await script(HOST_CONFIG_REMOVAL)).code, 0);
  });

  it("leaves alone what somebody else wrote under its name", async () => {
    const file = join(root, `etc/systemd/system/${UNIT}.service`);
    writeFileSync(file, "[Service]\nExecStart=/bin/true\n");
    for (const text of [HOST_CONFIG_SCRIPT, HOST_CONFIG_REMOVAL]) {
      const { code, stderr } = await script(text, lines);
      assert.equal(code, 1);
      assert.match(stderr, /was not written by this program; move it away/);
    }
    assert.equal(readFileSync(file, "utf8"), "[Service]\nExecStart=/bin/true\n");
    rmSync(file);
  });
});

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name));
}
