import { strict as assert } from "node:assert";

import { survivorOf, withoutLock } from "../../planning/surviving-disks";

const TEXT = `boot: order=scsi0
efidisk0: tanka1:vm-140-disk-1,size=1M
ide2: local:iso/debian.iso,media=cdrom
lock: backup
onboot: 1
scsi0: tanka1:vm-140-disk-0,size=32G
scsi1: none,media=cdrom

[tappaas-20261120-210000]
scsi3: tanka1:vm-140-disk-9,size=1G
`;

describe("A guest whose configuration was kept", () => {
  it("is whole when every disk that it names is there, drives and disks of its snapshots not counted", () => {
    const { there, missing } = survivorOf(TEXT, new Set(["tanka1:vm-140-disk-0", "tanka1:vm-140-disk-1"]));
    assert.deepEqual([there.length, missing], [2, []]);
  });

  it("is said to miss what is not there, by line and volume", () => {
    const { there, missing } = survivorOf(TEXT, new Set(["tanka1:vm-140-disk-0", "tanka1:vm-141-disk-1"]));
    assert.deepEqual([there, missing], [["tanka1:vm-140-disk-0"], ["efidisk0 (tanka1:vm-140-disk-1)"]]);
  });

  it("is a container with its root, its volumes, and no directory of the node", () => {
    const text =
      "rootfs: tanka1:subvol-312-disk-0,size=4G\nmp0: /mnt/models,mp=/models\nmp1: volume=tanka1:subvol-312-disk-1,mp=/x\n";
    const { missing } = survivorOf(text, new Set(["tanka1:subvol-312-disk-0"]));
    assert.deepEqual(missing, ["mp1 (tanka1:subvol-312-disk-1)"]);
  });

  it("comes back without the lock of what ran when its node was lost, and otherwise as it was", () => {
    assert.equal(withoutLock(TEXT), TEXT.replace("lock: backup\n", ""));
  });
});
