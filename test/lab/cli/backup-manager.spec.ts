import { strict as assert } from "node:assert";

import { prefixOf } from "../support/pve-site";
import { ShellSite } from "../support/shell-site";

// Sources: proxmox-backup, src/bin/proxmox_backup_manager/; proxmox-router, src/cli/command.rs.
describe("proxmox-backup-manager on the lab's backup server", () => {
  let shell: ShellSite;
  const run = (command: string) => shell.run("backup", `proxmox-backup-manager ${command}`);

  before(async () => {
    shell = await ShellSite.start(prefixOf(82));
    await shell.site.control.run("pbs-settings:backup", { aclDelay: 0 });
  });
  after(() => shell.stop());

  it("makes a datastore and waits for the end of its task", async () => {
    const { code, stdout } = await run("datastore create store1 /disks/store1 --gc-schedule 03:00");
    assert.equal(code, 0);
    assert.match(stdout, /TASK OK\n$/);
    assert.match((await run("datastore list")).stdout, /│ +store1 +│/);
    const again = await run("datastore create store1 /disks/other");
    assert.deepEqual(
      [again.code, again.stderr],
      [255, "Error: parameter verification failed - 'name': datastore 'store1' already exists.\n"],
    );
  });

  it("makes users, tokens and rights, and the right holds over HTTPS", async () => {
    assert.equal((await run("user create writer@pbs --password 'long enough'")).code, 0);
    const { stdout } = await run("user generate-token writer@pbs night");
    assert.match(stdout, /^Result: \{\n {2}"tokenid": "writer@pbs!night",\n {2}"value": "[0-9a-f-]{36}"\n\}\n$/);
    assert.equal((await run("acl update /datastore/store1 DatastoreBackup --auth-id writer@pbs")).code, 0);
    assert.match((await run("acl list")).stdout, /DatastoreBackup/);
  });

  it("makes prune and verify jobs, and the debug program any other object", async () => {
    assert.equal((await run("prune-job create prune-store1 --store store1 --schedule 02:00 --keep-last 4")).code, 0);
    const verify = "verify-job create verify-store1 --store store1 --schedule 04:00 --ignore-verified true";
    assert.equal((await run(verify)).code, 0);
    assert.match((await run("verify-job list --output-format json")).stdout, /"id":"verify-store1"/);
    const path = "/admin/datastore/store1/namespace";
    const { code } = await shell.run("backup", `proxmox-backup-debug api create ${path} --name remote`);
    assert.equal(code, 0);
    const { stdout } = await shell.run("backup", `proxmox-backup-debug api get ${path} --output-format json`);
    assert.match(stdout, /"ns":"remote"/);
  });

  it("shows the certificate's fingerprint as the nodes pin it", async () => {
    const { stdout } = await run("cert info");
    const [, fingerprint] = /^Fingerprint \(sha256\): (\S+)$/m.exec(stdout) ?? [];
    assert.equal(fingerprint, shell.site.sheet.content.pbs["backup"]?.fingerprint);
  });

  it("ends with 255 for what it does not know", async () => {
    assert.equal((await run("datastore prune store1")).code, 255);
    assert.equal((await run("user create writer@pbs --colour red")).code, 255);
  });
});
