import { strict as assert } from "node:assert";

import { isolationOf } from "../../../commands/drill/isolation";

const vm = {
  scsi0: "tanka1:vm-9900-disk-0,size=32G",
  efidisk0: "tanka1:vm-9900-disk-1",
  ide2: "none,media=cdrom",
  ide0: "local:iso/debian.iso,media=cdrom",
  net0: "virtio=BC:24:11:00:01:40,bridge=lan",
  net1: "virtio=BC:24:11:00:01:41,bridge=wan",
  serial0: "socket",
};

describe("a guest that was restored for a drill", () => {
  it("loses every network card before it is started", () => {
    assert.deepEqual(isolationOf(9900, vm), { cards: ["net0", "net1"], unsafe: [] });
  });

  it("keeps the cards that are on the drill's bridge, and loses every other", () => {
    const moved = {
      ...vm,
      net0: "virtio=BC:24:11:00:01:40,bridge=drill,tag=310",
      net2: "virtio=BC:24:11:00:01:42",
      net3: "virtio=BC:24:11:00:01:43,bridge=drill2",
      net4: "virtio=BC:24:11:00:01:44,bridge=drill,bridge=lan",
    };
    assert.deepEqual(isolationOf(9900, moved, "drill"), { cards: ["net1", "net2", "net3", "net4"], unsafe: [] });
  });

  it("is not started when it reaches the node: a device, a directory, a script, raw arguments", () => {
    const reaching: Record<string, unknown>[] = [
      { hostpci0: "0000:01:00.0" },
      { usb0: "host=1234:5678" },
      { args: "-device vhost" },
      { hookscript: "local:snippets/hook.pl" },
      { virtiofs0: "dirid=data" },
      { serial1: "/dev/ttyS0" },
      { mp0: "/srv/data,mp=/data" },
      { dev0: "/dev/dri/card0" },
      { lxc: [["lxc.mount.entry", "/srv srv none bind"]] },
    ];
    for (const more of reaching)
      assert.equal(isolationOf(9900, { ...vm, ...more }).unsafe.length, 1, JSON.stringify(more));
  });

  it("is not started with a disk of another guest, and no number is mistaken for one that it begins with", () => {
    for (const volume of [
      "tanka1:vm-140-disk-0",
      "tanka1:vm-99001-disk-0",
      "tanka1:vm-990-disk-0",
      "/dev/sdb",
      "nas:140/vm-140-disk-0.qcow2",
    ])
      assert.equal(isolationOf(9900, { ...vm, scsi1: `${volume},size=8G` }).unsafe.length, 1, volume);
    for (const volume of ["nas:9900/vm-9900-disk-0.qcow2", "tanka1:subvol-9900-disk-0"])
      assert.deepEqual(isolationOf(9900, { ...vm, scsi1: `${volume},size=8G` }).unsafe, [], volume);
  });

  it("is not started while it is locked, or when it is a template", () => {
    assert.match(isolationOf(9900, { ...vm, lock: "backup" }).unsafe.join(), /locked \(backup\)/);
    assert.match(isolationOf(9900, { ...vm, template: 1 }).unsafe.join(), /template/);
  });
});
