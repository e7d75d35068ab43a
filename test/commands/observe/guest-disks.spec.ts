import { strict as assert } from "node:assert";

import { disksOf } from "../../../commands/observe/guest-disks";

describe("disks of a guest, as an observation shows them", () => {
  it("lists what holds data, with storage and size, and leaves CD drives and cloud-init out", () => {
    const config = {
      scsi0: "tanka1:vm-140-disk-0,iothread=1,size=32G",
      ide2: "tanka1:vm-140-cloudinit,media=cdrom",
      ide3: "none,media=cdrom",
      efidisk0: "tanka1:vm-140-disk-1,size=528K",
      scsihw: "virtio-scsi-single",
      memory: 4096,
    };
    assert.deepEqual(disksOf("qemu", config), [
      { slot: "efidisk0", storage: "tanka1", volume: "tanka1:vm-140-disk-1", size: 540_672, backup: true },
      { slot: "scsi0", storage: "tanka1", volume: "tanka1:vm-140-disk-0", size: 34_359_738_368, backup: true },
    ]);
  });

  it("says of a VM disk with backup switched off that no backup reads it", () => {
    assert.deepEqual(disksOf("qemu", { scsi1: "tankb1:vm-100-disk-1,backup=0,size=1T" }), [
      { slot: "scsi1", storage: "tankb1", volume: "tankb1:vm-100-disk-1", size: 1_099_511_627_776, backup: false },
    ]);
  });

  it("says of a disk that replication leaves out that a failover would be without it", () => {
    const [disk] = disksOf("qemu", { scsi1: "tanka1:vm-100-disk-1,replicate=0,size=1T" });
    assert.equal(disk?.unreplicated, true);
  });

  it("says of a container that its root is read, a mount point only where that is switched on, a bind mount never", () => {
    const config = {
      rootfs: "tanka1:subvol-312-disk-0,size=32G",
      mp0: "/mnt/tanka1/vllm-models,mp=/models",
      mp1: "tanka1:subvol-312-disk-1,mp=/data,backup=1,size=8G",
      mp2: "tanka1:subvol-312-disk-2,mp=/cache,size=8G",
    };
    const verdicts = disksOf("lxc", config).map(({ slot, backup, storage }) => ({ slot, backup, storage }));
    assert.deepEqual(verdicts, [
      { slot: "mp0", backup: false, storage: undefined },
      { slot: "mp1", backup: true, storage: "tanka1" },
      { slot: "mp2", backup: false, storage: "tanka1" },
      { slot: "rootfs", backup: true, storage: "tanka1" },
    ]);
  });
});
