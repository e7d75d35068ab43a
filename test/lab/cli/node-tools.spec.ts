import { strict as assert } from "node:assert";

import { prefixOf } from "../support/pve-site";
import { ShellSite } from "../support/shell-site";

// Sources: pve-storage, src/PVE/CLI/pvesm.pm; qemu-server, src/PVE/CLI/qm.pm; pve-manager, PVE/API2/VZDump.pm.
describe("the programs of a node of the lab", () => {
  let shell: ShellSite;
  const run = (command: string) => shell.run("tappaas1", command);

  before(async () => (shell = await ShellSite.start(prefixOf(81))));
  after(() => shell.stop());

  it("pvesm adds, changes, shows and removes a storage", async () => {
    assert.equal(
      (await run("zfs create tanka1/extra && pvesm add zfspool extra -pool tanka1/extra -content images")).code,
      0,
    );
    assert.equal((await run("pvesm set extra --nodes tappaas1")).code, 0);
    const { stdout } = await run("pvesm status");
    assert.match(stdout, /^Name +Type +Status +Total +Used +Available +%$/m);
    assert.match(stdout, /^extra +zfspool +active +\d+ +\d+ +\d+ +\d+\.\d\d%$/m);
    assert.equal((await run("pvesm remove extra")).code, 0);
    const { code, stderr } = await run("pvesm set extra --nodes tappaas1");
    assert.deepEqual([code, stderr], [2, "update storage failed: storage 'extra' does not exist\n"]);
  });

  it("pvesm lists the volumes of a storage", async () => {
    const { stdout } = await run("pvesm list tanka1 --vmid 140");
    assert.match(stdout, /^Volid +Format +Type +Size +VMID$/m);
    assert.match(stdout, /^tanka1:vm-140-disk-0 +raw +images +8388608 140$/m);
  });

  it("qm and pct list, show, stop and start guests", async () => {
    assert.match((await run("qm list")).stdout, /^ +140 identity +running +4096 /m);
    assert.match((await run("pct list")).stdout, /^312 +running +vllm-amd/m);
    assert.equal((await run("qm stop 140 && qm status 140")).stdout, "status: stopped\n");
    assert.match((await run("qm config 140")).stdout, /^scsi0: tanka1:vm-140-disk-0,size=8M$/m);
    assert.equal((await run("qm start 140 && qm status 140")).stdout, "status: running\n");
    const { code, stderr } = await run("qm status 312");
    assert.deepEqual([code, stderr], [2, "Configuration file 'nodes/tappaas1/qemu-server/312.conf' does not exist\n"]);
  });

  it("vzdump of a guest that is on another node does nothing and reports success, as PVE's does", async () => {
    const { code, stdout } = await shell.run("spare", "vzdump 140 --storage local --mode snapshot");
    assert.equal(code, 0);
    assert.doesNotMatch(stdout, /140/);
  });

  it("qm keeps a guest as it is, and goes back to the newest snapshot only", async () => {
    const disk = async () => (await shell.site.control.run("content", { node: "tappaas1", vmid: 610 })) as object;
    const before = await disk();
    assert.equal((await run("qm snapshot 610 tappaas-20261121-0400 --description 'before the update'")).code, 0);
    const again = await run("qm snapshot 610 tappaas-20261121-0400");
    assert.deepEqual([again.code, again.stderr], [2, "snapshot name 'tappaas-20261121-0400' already used\n"]);
    assert.equal((await run("qm snapshot 610 later")).code, 0);
    await shell.site.control.run("write-disk", {
      node: "tappaas1",
      vmid: 610,
      key: "scsi0",
      offset: 0,
      text: "broken",
    });

    const early = await run("qm rollback 610 tappaas-20261121-0400");
    assert.match(early.stderr, /^can't rollback, 'tappaas-20261121-0400' is not most recent snapshot on 'tanka1:/);
    assert.equal((await run("qm delsnapshot 610 later && qm rollback 610 tappaas-20261121-0400 --start 1")).code, 0);
    assert.deepEqual(await disk(), before);
    assert.match(
      (await run("qm listsnapshot 610")).stdout,
      /^`-> tappaas-20261121-0400 .*before the update\n `-> current .*You are here!\n$/,
    );
    assert.equal((await run("qm delsnapshot 610 tappaas-20261121-0400 && qm unlock 610")).code, 0);
    assert.match((await run("qm listsnapshot 610")).stdout, /^`-> current /);
  });

  it("pveum makes a user and a right", async () => {
    assert.equal((await run("pveum user add auditor@pve")).code, 0);
    assert.equal((await run("pveum acl modify / --users auditor@pve --roles PVEAuditor")).code, 0);
    assert.match((await run("pveum acl list")).stdout, /auditor@pve/);
  });

  it("pvecm says whether the cluster is quorate", async () => {
    assert.match((await run("pvecm status")).stdout, /^Quorate: +Yes$/m);
  });
});
