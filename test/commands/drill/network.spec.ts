import { strict as assert } from "node:assert";

import { commonBridge, isolatedCards, usesVlans } from "../../../commands/drill/cards";
import { leadsOut, type Interface } from "../../../commands/drill/network";

const bridge: Interface = {
  ...{ iface: "drill", type: "bridge", active: true, bridge_ports: "", bridge_vlan_aware: true },
  ...{ method: "manual", method6: "manual" },
};
const lan: Interface = { ...bridge, iface: "lan", bridge_ports: "enp1s0", address: "10.0.0.10" };
const wanted = { node: "tappaas1", bridge: "drill", vlans: true };

describe("the bridge of a drill", () => {
  const reasons = (changes: Partial<Interface>, ...more: Interface[]) =>
    leadsOut([lan, { ...bridge, ...changes }, ...more], wanted);

  it("leads nowhere without a port, an address and anything that stands on it", () => {
    assert.deepEqual(reasons({}), []);
    assert.deepEqual(reasons({ bridge_ports: "none", address: null }), []);
  });

  it("is refused with a cable, an address or a command of its own", () => {
    assert.match(reasons({ bridge_ports: "enp2s0" }).join(), /has the cable of enp2s0/);
    for (const address of [
      { address: "10.9.0.1" },
      { address6: "fd00::1" },
      { gateway: "10.9.0.2" },
      { method: "dhcp" },
      { method6: "auto" },
    ])
      assert.match(reasons(address).join(), /has an address on "drill"/, JSON.stringify(address));
    const masquerade = "\tpost-up iptables -t nat -A POSTROUTING -o lan -j MASQUERADE";
    assert.match(
      reasons({ options: ["\tmtu 1500", masquerade] }).join(),
      /runs a command of its own: post-up iptables/,
    );
  });

  it("is refused when something of the node stands on it: a VLAN, a bond, another bridge", () => {
    const others: Interface[] = [
      { iface: "drill.200", type: "vlan" },
      { iface: "vlan200", type: "vlan", "vlan-raw-device": "drill" },
      { iface: "vmbr9", type: "bridge", bridge_ports: "drill.300 enp3s0" },
      { iface: "bond0", type: "bond", slaves: "enp4s0 drill" },
    ];
    for (const other of others) assert.match(reasons({}, other).join(), new RegExp(`${other.iface} of tappaas1 is on`));
    assert.deepEqual(reasons({}, { iface: "drill2", type: "bridge", bridge_ports: "enp5s0" }), []);
  });

  it("is refused where it is not there, not up, no bridge of Linux, or passes no VLANs that are needed", () => {
    assert.match(leadsOut([lan], wanted).join(), /tappaas1 has no bridge "drill"/);
    assert.match(reasons({ active: false }).join(), /not up/);
    assert.match(reasons({ type: "OVSBridge" }).join(), /no Linux bridge/);
    assert.match(reasons({ bridge_vlan_aware: false }).join(), /passes no VLANs/);
    assert.deepEqual(leadsOut([{ ...bridge, bridge_vlan_aware: false }], { ...wanted, vlans: false }), []);
  });
});

describe("network cards of guests in a drill", () => {
  const firewall = {
    net0: "virtio=BC:24:11:00:01:10,bridge=lan,trunks=200;310",
    net1: "virtio=BC:24:11:00:11:10,bridge=wan",
  };
  const files = {
    net0: "virtio=BC:24:11:00:03:40,bridge=lan,firewall=1,tag=310,link_down=1",
    scsi0: "tanka1:vm-340-disk-0",
  };
  const container = { net0: "name=eth0,bridge=lan,hwaddr=BC:24:11:00:03:12,ip=dhcp,tag=310,type=veth" };

  it("are on its bridge with their VLANs and addresses, and the cable to the world is out", () => {
    const common = commonBridge([firewall, files, container]);
    assert.equal(common, "lan");
    assert.deepEqual(isolatedCards(firewall, common, "drill"), {
      net0: "virtio=BC:24:11:00:01:10,bridge=drill,trunks=200;310",
      net1: "virtio=BC:24:11:00:11:10,bridge=drill,link_down=1",
    });
    assert.deepEqual(isolatedCards(files, common, "drill"), {
      net0: "virtio=BC:24:11:00:03:40,bridge=drill,firewall=1,tag=310",
    });
    assert.deepEqual(isolatedCards(container, common, "drill"), {
      net0: "name=eth0,bridge=drill,hwaddr=BC:24:11:00:03:12,ip=dhcp,tag=310,type=veth",
    });
  });

  it("that PVE leads through the node itself are on no bridge, and are taken out after the restore", () => {
    assert.deepEqual(isolatedCards({ net0: "virtio=BC:24:11:00:03:40" }, "lan", "drill"), {});
  });

  it("need a bridge that knows VLANs when one of them takes some", () => {
    assert.equal(usesVlans(isolatedCards(firewall, "lan", "drill")), true);
    assert.equal(usesVlans(isolatedCards(container, "lan", "drill")), true);
    assert.equal(usesVlans({ net0: "virtio=BC:24:11:00:03:40,bridge=drill" }), false);
  });
});
