import { strict as assert } from "node:assert";
import { readFileSync } from "node:fs";

import { restore } from "../../commands/restore";
import { withPlace } from "../../commands/restore/elsewhere";
import { PveClient } from "../../provider/clients/pve-client";
import { mintBackupKey, parseBackupKey } from "../../provider/keys/backup-key";
import { PbsUnderTest } from "./pbs/support/pbs-under-test";
import { prefixOf } from "./support/pve-site";
import { ShellSite } from "./support/shell-site";

describe("a guest whose site has lost its backup server", () => {
  let home: ShellSite;
  let vault: PbsUnderTest;
  let spare: PveClient;

  before(async () => {
    home = await ShellSite.start(prefixOf(88));
    vault = await PbsUnderTest.openElsewhere({}, 1);
    const { api: endpoint, logins } = home.site.sheet.content.nodes["spare"]!;
    const trust = { authority: readFileSync(home.site.sheet.content.ca, "utf8") };
    const login = { username: "root@pam", password: logins["root@pam"].password };
    spare = new PveClient({ endpoint, trust, login }, [1, 1]);
  });
  after(async () => {
    await spare.close();
    await vault.close();
    await home.stop();
  });

  const done = async (machine: string, command: string): Promise<string> => {
    const { code, stdout, stderr } = await home.run(machine, command);
    assert.equal(code, 0, stderr);
    return stdout;
  };

  it("comes back byte for byte from the copy elsewhere on a node that knew nothing of it, and with no other key", async () => {
    const { address, fingerprint, logins } = home.site.sheet.content.pbs["backup"]!;
    const { password } = logins["root@pam"];
    await done("backup", "proxmox-backup-manager datastore create main /srv/main");
    const place = `--server ${address} --datastore main --fingerprint ${fingerprint}`;
    await done(
      "tappaas1",
      `pvesm add pbs main ${place} --username root@pam --password ${password} --encryption-key autogen`,
    );
    await done("tappaas1", "vzdump 140 --storage main");
    const key = parseBackupKey(await done("tappaas1", "cat /etc/pve/priv/storage/main.enc"));

    await vault.createDatastore("copies");
    const remote = { name: "home", host: address, fingerprint, "auth-id": "root@pam", password };
    await vault.data("POST", "/config/remote", { json: remote });
    const job = { id: "home", store: "copies", remote: "home", "remote-store": "main", "encrypted-only": true };
    await vault.data("POST", "/config/sync", { json: job });
    const upid = await vault.data<string>("POST", "/admin/sync/home/run", { json: {} });
    assert.equal(await vault.ended(upid), "OK");
    await done("backup", "proxmox-backup-manager datastore remove main --destroy-data true");

    const sheet = { site: "home", date: "2026-11-26", address, port: 8007, tlsFingerprint: fingerprint };
    const escrow = { ...sheet, datastore: "main", namespace: "", key };
    const { hostname: pbs } = new URL(vault.url);
    const there = { pbs, datastore: "copies", pbsFingerprint: vault.fingerprint };
    const [username = "", secret = ""] = vault.token.split(":");
    const lines: string[] = [];
    const order = {
      pve: spare,
      node: "spare",
      login: { username, password: secret },
      guest: "140",
      to: 9140,
      dryRun: false,
      say: (line: string) => lines.push(line),
    };
    const other = withPlace({ ...escrow, key: mintBackupKey() }, there);
    await assert.rejects(restore({ ...order, escrow: other }), /No other key can read this backup/);
    await assert.rejects(restore({ ...order, escrow }), /main/);
    const { vmid } = await restore({ ...order, escrow: withPlace(escrow, there) });
    assert.equal(vmid, 9140);
    const disks = async (node: string, id: number) =>
      (
        (await home.site.control.run("content", { node, vmid: String(id) })) as {
          disks: Record<string, { sha256: string }>;
        }
      ).disks;
    const sums = (found: Record<string, { sha256: string }>) => Object.values(found).map(({ sha256 }) => sha256);
    assert.deepEqual(sums(await disks("spare", 9140)), sums(await disks("tappaas1", 140)));
    assert.ok(sums(await disks("spare", 9140)).length > 0);
    assert.equal(
      (await spare.storages()).some(({ storage }) => storage.startsWith("restore-")),
      false,
    );
  });
});
