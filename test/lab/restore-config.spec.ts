import { strict as assert } from "node:assert";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { configSnapshots, restoreConfig, type ConfigOrder } from "../../commands/restore-config";
import { type ConfigStore } from "../../commands/restore-config/script";
import { hostKeyOfLine } from "../../commands/ssh/host-key";
import { openShell, type NodeShell } from "../../commands/ssh/node-shell";
import { mintBackupKey, parseBackupKey, type BackupKey } from "../../provider/keys/backup-key";
import { prefixOf } from "./support/pve-site";
import { ShellSite } from "./support/shell-site";

const CLIENT = "proxmox-backup-client backup pve.pxar:/etc/pve etc.pxar:/etc --backup-type host --backup-id tappaas1";
const NETWORK = "iface vmbr0 inet static\n";

/** A node's configuration is backed up on a node of the lab, and read back by the command's own work over SSH. */
describe("a node's configuration that is read back", () => {
  let site: ShellSite;
  let root: string;
  let shell: NodeShell;
  let store: ConfigStore;
  let key: BackupKey;
  const files: string[] = [];
  const order = (more: Partial<ConfigOrder>): ConfigOrder => {
    return { shell, store, name: "tappaas1", key: () => Promise.resolve(key), dryRun: false, ...more };
  };
  const folder = () => {
    const made = mkdtempSync(join(tmpdir(), "read-back-"));
    files.push(made);
    return join(made, "new");
  };
  const done = async (command: string): Promise<string> => {
    const { code, stdout, stderr } = await site.run("tappaas1", command);
    assert.equal(code, 0, stderr);
    return stdout;
  };

  before(async () => {
    site = await ShellSite.start(prefixOf(87));
    root = site.site.state.path("machines", "tappaas1", "root");
    assert.equal((await site.run("backup", "proxmox-backup-manager datastore create store1 /srv/store1")).code, 0);
    const { address, fingerprint, logins } = site.site.sheet.content.pbs["backup"]!;
    const place = `--server ${address} --datastore store1 --fingerprint ${fingerprint}`;
    const login = `--username root@pam --password ${logins["root@pam"].password}`;
    await done(`pvesm add pbs store1 ${place} ${login} --encryption-key autogen`);
    key = parseBackupKey(await done("cat /etc/pve/priv/storage/store1.enc"));
    store = { storage: "store1", repository: `root@pam@${address}:8007:store1`, fingerprint, namespace: "" };
    mkdirSync(join(root, "etc/network"), { recursive: true });
    writeFileSync(join(root, "etc/network/interfaces"), NETWORK);
    writeFileSync(join(root, "etc/pve/storage.cfg"), "zfspool: tanka1\n", { mode: 0o640 });
    const secrets = "/etc/pve/priv/storage/store1";
    const env = `PBS_REPOSITORY=${store.repository} PBS_PASSWORD_FILE=${secrets}.pw PBS_FINGERPRINT=${fingerprint}`;
    await done(`${env} ${CLIENT} --crypt-mode encrypt --keyfile ${secrets}.enc`);
    const { ssh } = site.site.sheet.content.nodes["tappaas1"]!;
    const { host, port, user, privateKeyFile, hostKey } = ssh!;
    shell = await openShell(
      { host, port },
      { user, privateKey: readFileSync(privateKeyFile, "utf8") },
      hostKeyOfLine(hostKey),
    );
  });
  after(async () => {
    shell.close();
    await site.stop();
    for (const file of files) rmSync(file, { recursive: true, force: true });
  });

  it("is listed with its date, its archives and the key that it takes", async () => {
    const [snapshot, ...others] = await configSnapshots(shell, store);
    assert.deepEqual(others, []);
    assert.deepEqual(
      [snapshot?.name, snapshot?.archives, snapshot?.encryptedWith],
      ["tappaas1", ["etc.pxar", "pve.pxar"], key.fingerprint],
    );
    assert.ok(Math.abs((snapshot?.time.getTime() ?? 0) - site.site.clock.now()) < 60_000);
  });

  it("comes whole into a new directory on the node, for root alone, and what lives stays as it is", async () => {
    writeFileSync(join(root, "etc/network/interfaces"), "changed since\n");
    const { directory, on, restored } = await restoreConfig(order({}));
    assert.deepEqual([on, restored], ["node", true]);
    assert.match(directory, /^\/var\/lib\/tappaas-restored\/tappaas1-\d{4}-\d\d-\d\dT\d{6}Z$/);
    const at = (path: string) => join(root, directory, path);
    assert.equal(readFileSync(at("etc/network/interfaces"), "utf8"), NETWORK);
    assert.deepEqual(readFileSync(at("pve/storage.cfg")), readFileSync(join(root, "etc/pve/storage.cfg")));
    assert.equal(statSync(at("pve/storage.cfg")).mode & 0o777, 0o640);
    assert.equal(statSync(at("")).mode & 0o077, 0);
    assert.equal(readFileSync(join(root, "etc/network/interfaces"), "utf8"), "changed since\n");
    await assert.rejects(restoreConfig(order({})), /is there already, nothing was written; say another/);
  });

  it("comes as one file, to this machine too, under the name that it had there", async () => {
    const here = folder();
    const { archives, directory } = await restoreConfig(order({ file: "/etc/pve/storage.cfg", here }));
    assert.deepEqual([archives, directory], [["pve.pxar"], here]);
    assert.equal(readFileSync(join(here, "pve/storage.cfg"), "utf8"), "zfspool: tanka1\n");
    assert.deepEqual(readdirSync(here), ["pve"]);
    assert.equal(statSync(here).mode & 0o077, 0);
    await assert.rejects(restoreConfig(order({ here })), /is there already; nothing was written/);
  });

  it("leaves neither key nor files on the node, also when it fails", async () => {
    await assert.rejects(
      restoreConfig(order({ file: "/etc/nothing", here: folder() })),
      /it holds no etc\/nothing; read everything back and look/,
    );
    assert.deepEqual(
      readdirSync(join(root, "run")).filter((name) => name.includes("read-back")),
      [],
    );
  });

  it("is never written where a living system reads, and with another key not at all", async () => {
    for (const to of ["/etc/back", "/etc", "/", "/usr/local/x", "var/x", "/var/../etc/x", "/boot/x"])
      await assert.rejects(restoreConfig(order({ to })), /a new directory that no living system reads/, to);
    const to = "/srv/other-key";
    const other = () => Promise.resolve(mintBackupKey());
    await assert.rejects(
      restoreConfig(order({ to, key: other })),
      /was encrypted with the key .*; nothing was read back/,
    );
    assert.equal(existsSync(join(root, to)), false);
  });

  it("is only shown in a dry run, which asks for no key", async () => {
    const to = "/srv/dry";
    const asked = () => Promise.reject(new Error("the key was asked for"));
    const { restored, directory } = await restoreConfig(order({ to, dryRun: true, key: asked }));
    assert.deepEqual([restored, directory, existsSync(join(root, to))], [false, to, false]);
  });

  it("has the key neither in an argument nor in what the node logged", async () => {
    const events = JSON.stringify(await site.site.control.run("events", { machine: "tappaas1" }));
    assert.ok(events.includes("read-back"));
    const { data } = JSON.parse(key.json) as { data: string };
    assert.equal(events.includes(data), false);
  });
});
