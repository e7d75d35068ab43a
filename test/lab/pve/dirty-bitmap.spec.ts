import { strict as assert } from "node:assert";

import { nightsIn } from "../../../commands/measure/night-log";
import { inOrder } from "../../engine/support/in-order";
import { prefixOf } from "../support/pve-site";
import { ShellSite } from "../support/shell-site";

const PIECE = 4 * 1024 ** 2;

// Source: qemu-server, PVE/VZDump/QemuServer.pm: a bitmap counts from a backup that ended well, while the machine runs on.
describe("what a running machine of the lab knows of its disks", function () {
  inOrder(this);
  let home: ShellSite;

  before(async () => {
    home = await ShellSite.start(prefixOf(89));
    const { address, fingerprint, logins } = home.site.sheet.content.pbs["backup"]!;
    await done("backup", "proxmox-backup-manager datastore create main /srv/main");
    const place = `--server ${address} --datastore main --fingerprint ${fingerprint}`;
    await done("tappaas1", `pvesm add pbs main ${place} --username root@pam --password ${logins["root@pam"].password}`);
  });
  after(() => home.stop());

  const done = async (machine: string, command: string): Promise<string> => {
    const { code, stdout, stderr } = await home.run(machine, command);
    assert.equal(code, 0, stderr + stdout);
    return stdout;
  };
  const backUp = async () => {
    // The server takes one backup of a guest a second at most.
    await home.site.control.run("pass-time", { seconds: 60 });
    const log = (await done("tappaas1", "vzdump 140 --storage main")).split("\n");
    const [night] = nightsIn(log);
    return { log, night };
  };
  const write = (offset: number) =>
    home.site.control.run("write-disk", { node: "tappaas1", vmid: 140, key: "scsi0", offset, text: "new" });

  it("is nothing at the first backup, which reads all of it", async () => {
    const { log, night } = await backUp();
    assert.ok(log.includes("INFO: scsi0: dirty-bitmap status: created new"), log.join("\n"));
    assert.equal(night?.changed, undefined);
    assert.ok((night?.used ?? 0) > 0);
  });

  it("is what was written since, in pieces of 4 MiB, and nothing where nothing was", async () => {
    const clean = await backUp();
    assert.ok(clean.log.includes("INFO: scsi0: dirty-bitmap status: OK (drive clean)"), clean.log.join("\n"));
    assert.equal(clean.night?.changed, 0);
    await write(100);
    const dirty = await backUp();
    assert.ok(dirty.log.includes("INFO: scsi0: dirty-bitmap status: OK (4.0 MiB of 8.0 MiB dirty)"));
    assert.equal(dirty.night?.changed, PIECE);
  });

  it("is gone when the machine was off", async () => {
    await done("tappaas1", "qm stop 140 && qm start 140");
    assert.ok((await backUp()).log.includes("INFO: scsi0: dirty-bitmap status: created new"));
  });
});
