import { strict as assert } from "node:assert";

import { linesOfHome, movedGuest, type BackedUpGuest } from "../../../planning/host/moved-guest";
import { vlansOf, cardsOf } from "../../../planning/host/network-card";
import { drHostSettings } from "./settings";

const LINES = {
  ...{ name: "identity", cores: "2", sockets: "2", memory: "4096", balloon: "3072", tags: "tappaas;foundation" },
  ...{ cpu: "host", onboot: "1", scsi0: "tanka1:vm-140-disk-0,size=8M", hostpci0: "0000:03:00,pcie=1" },
  net0: "virtio=BC:24:11:00:01:40,bridge=lan,firewall=1,tag=210",
};
const identity: BackedUpGuest = { vmid: 140, kind: "vm", name: "identity", lines: LINES };
const address = () => "BC:24:11:0A:0B:0C";
const moved = (guest: Partial<BackedUpGuest> = {}, changes: object = {}) =>
  movedGuest({ ...identity, ...guest }, drHostSettings(changes), address);
const wrong = (guest: Partial<BackedUpGuest>, changes: object = {}) =>
  moved(guest, changes)
    .problems.map(({ path, expected }) => `${path}: ${expected}`)
    .join("; ");

describe("A guest on somebody else's node", () => {
  it("has another number, name and address, and its card is in another VLAN and otherwise as it was", () => {
    const { vmid, name, configuration, problems } = moved();
    assert.deepEqual([vmid, name, problems], [3140, "dr-identity", []]);
    assert.equal(configuration["name"], "dr-identity");
    assert.equal(configuration["net0"], "virtio=BC:24:11:0A:0B:0C,bridge=lan,tag=3210,firewall=1");
  });

  it("is told from the host's own by a tag, beside the tags that it had", () => {
    assert.equal(moved().configuration["tags"], "dr-of-home;foundation;tappaas");
  });

  it("goes without the devices of the node at home, and says so", () => {
    const { without, notes } = moved();
    assert.deepEqual(without, ["hostpci0"]);
    assert.match(notes.join("\n"), /vm:140 identity goes without hostpci0 \(0000:03:00,pcie=1\)/);
  });

  it("goes without files of the node at home, with which it would not start there, and says so", () => {
    const lines = { ...LINES, ide2: "local:iso/a.iso,media=cdrom", cicustom: "user=local:snippets/u.yaml" };
    const { without, notes } = moved({ lines: { ...lines, ide0: "tanka1:vm-140-cloudinit,media=cdrom" } });
    assert.deepEqual(without.toSorted(), ["cicustom", "hostpci0", "ide2"]);
    assert.match(notes.join("\n"), /goes without ide2 \(local:iso\/a\.iso,media=cdrom\): it is of the node at home/);
  });

  it("has the same lines given back by hand when it goes home, and no others", () => {
    const was = { ...LINES, ide2: "local:iso/a.iso,media=cdrom", cicustom: "user=local:snippets/u.yaml" };
    assert.deepEqual(linesOfHome(was).toSorted(), ["cicustom", "hostpci0", "ide2"]);
  });

  it("is as large as at home, unless the settings say less", () => {
    const { memory, cores, configuration } = moved();
    assert.deepEqual([memory, cores, configuration["memory"]], [4 * 1024 ** 3, 4, undefined]);
    const size = { cpuType: "x86-64-v2-AES", mostCores: 3, guests: { "140": { memory: "2 GiB" } } };
    const less = moved({}, { size }).configuration;
    const { memory: mebibytes, balloon, cores: few, sockets, cpu } = less;
    assert.deepEqual([mebibytes, balloon, few, sockets, cpu], ["2048", "2048", "3", "1", "x86-64-v2-AES"]);
  });

  it("is refused when nothing says where a card leads, or a card has no bridge", () => {
    assert.match(wrong({}, { networks: { lan: "dr0" } }), /a network of the host for lan\/210, in which net0 is/);
    const nat = { ...LINES, net0: "virtio=BC:24:11:00:01:40" };
    assert.match(wrong({ lines: nat }), /PVE leads it through the host's own network/);
  });

  it("keeps the VLANs that a card carries only on a bridge of its own", () => {
    const trunk = { ...LINES, net0: "virtio=BC:24:11:00:01:40,bridge=lan,trunks=200;210-212" };
    assert.match(
      wrong({ lines: trunk }, { networks: { lan: "lan/3000" } }),
      /can have its VLANs 200;210-212 as they are/,
    );
    const own = moved({ lines: trunk }, { networks: { lan: "dr0" } });
    assert.match(own.configuration["net0"] ?? "", /bridge=dr0,trunks=200;210-212$/);
    assert.deepEqual(vlansOf(cardsOf(trunk)[0]!), [200, 210, 211, 212]);
  });

  it("loses a card that leads to none, by name", () => {
    const { without, notes } = moved({}, { networks: { "lan/210": "none" } });
    assert.ok(without.includes("net0"));
    assert.match(notes.join("\n"), /loses its card net0/);
  });

  it("says when only what it sends without a VLAN passes", () => {
    const firewall = { ...LINES, net0: "virtio=BC:24:11:00:01:10,bridge=lan" };
    const { notes } = moved({ lines: firewall }, { networks: { lan: "lan/3000" } });
    assert.match(notes.join("\n"), /only what net0 sends without a VLAN passes/);
  });

  it("comes to one storage of the host, and is refused where its disks would have to come to two", () => {
    assert.equal(moved({}, { storages: { tanka1: "fast" } }).storage, "fast");
    assert.equal(moved().storage, undefined);
    const two = { ...LINES, scsi1: "tankb1:vm-140-disk-1,size=8M" };
    assert.match(wrong({ lines: two }, { storages: { tanka1: "fast" } }), /storages: one storage of the host/);
    assert.equal(moved({ lines: two }, { storages: { tanka1: "fast", tankb1: "fast" } }).storage, "fast");
    assert.equal(moved({ lines: two }).storage, undefined);
  });

  it("is refused as a container that has a directory of the node at home", () => {
    const lines = { hostname: "ai", rootfs: "tanka1:subvol-312-disk-0", mp0: "/mnt/models,mp=/models" };
    assert.match(wrong({ vmid: 312, kind: "ct", name: "ai", lines }), /its mp0 is \/mnt\/models/);
  });

  it("is a container with the address of its card changed, and the name under its own key", () => {
    const net0 = "name=eth0,bridge=lan,hwaddr=BC:24:11:00:03:12,ip=dhcp,type=veth";
    const { configuration } = moved({ vmid: 312, kind: "ct", name: "ai", lines: { hostname: "ai", net0 } });
    assert.equal(configuration["hostname"], "dr-ai");
    assert.equal(configuration["net0"], "name=eth0,bridge=dr0,hwaddr=BC:24:11:0A:0B:0C,ip=dhcp,type=veth");
  });
});
