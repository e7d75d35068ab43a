import { strict as assert } from "node:assert";

import { observedSite } from "../../../lab/core/observed-site";
import { parseSiteDescription } from "../../../lab/core/site-description";

const POOL = {
  node: "pve1",
  name: "tank",
  health: "ONLINE",
  vdevs: [{ type: "mirror", disks: ["ata-A", "ata-B"] }],
  size: 4_000_000_000_000,
};
const STORAGE = { storage: "tank", type: "zfspool", content: ["images"], nodes: ["pve1"], pool: "tank", sparse: true };
const GUEST = {
  vmid: 101,
  kind: "vm",
  node: "pve1",
  name: "mail",
  disks: [{ slot: "scsi0", storage: "tank", volume: "vm-101-disk-0", backup: true }],
};

function observed(changes: Record<string, unknown[]> = {}) {
  const { pools = [POOL], storages = [STORAGE], guests = [GUEST] } = changes;
  const items = (list: unknown[]) => ({ complete: true, items: list });
  return { version: 9, site: "sites/home", pools: items(pools), storages: items(storages), guests: items(guests) };
}

describe("a real site in the lab", () => {
  it("has its nodes, disks, pools, storages and guests under their names", () => {
    const { description, missing } = observedSite(observed());
    const node = description.nodes[0]!;
    assert.deepEqual(missing, []);
    assert.equal(node.name, "pve1");
    assert.deepEqual(
      node.disks.map(({ id }) => id),
      ["ata-A", "ata-B"],
    );
    assert.deepEqual(node.pools, [
      { name: "tank", vdev: "mirror", disks: ["ata-A", "ata-B"], properties: {}, dataset: {} },
    ]);
    assert.deepEqual(node.storages, [
      { storage: "tank", type: "zfspool", pool: "tank", content: "images", nodes: "pve1", sparse: "1" },
    ]);
    assert.deepEqual(
      node.guests.map(({ vmid, name, storage }) => [vmid, name, storage]),
      [[101, "mail", "tank"]],
    );
  });

  it("is a site that the lab starts from", () => {
    const { description } = observedSite(observed());
    assert.deepEqual(parseSiteDescription(JSON.stringify(description)), description);
  });

  it("says of each thing that has no counterpart what and why", () => {
    const raid10 = { ...POOL, vdevs: [POOL.vdevs[0], { type: "mirror", disks: ["ata-C", "ata-D"] }] };
    const nfs = { storage: "nas", type: "nfs", content: ["backup"] };
    const mounted = { ...GUEST, disks: [{ slot: "mp0", volume: "/mnt/media", backup: false }] };
    const { missing } = observedSite(observed({ pools: [raid10], storages: [STORAGE, nfs], guests: [mounted] }));
    assert.deepEqual(missing, [
      "pool tank on pve1: only one group of disks with names in /dev/disk/by-id stands in the lab",
      "storage nas: the lab has none of type nfs on day one; the program makes its own",
      "guest 101 mp0 (/mnt/media): on no storage, which the lab does not have",
    ]);
  });

  it("refuses a file that is no observation, naming what is wrong", () => {
    assert.throws(() => observedSite({ site: "sites/home", pools: {} }), /cannot be read[\s\S]*pools/);
  });
});
