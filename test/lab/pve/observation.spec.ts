import { strict as assert } from "node:assert";

import { openPve, type PveSite, prefixOf } from "../support/pve-site";

type Rows = Record<string, unknown>[];

// Sources: observed on PVE 9.2; pve-manager, PVE/API2/Cluster.pm; pve-storage, src/PVE/Diskmanage.pm.
describe("what PVE tells about itself", () => {
  let pve: PveSite;

  before(async () => {
    pve = await openPve(prefixOf(68));
  });
  after(() => pve.stop());

  const rows = async (operation: string, parameters = {}): Promise<Rows> =>
    (await pve.ask(operation, parameters)).data as Rows;

  it("says its version in the form of a release and a build", async () => {
    const { data } = await pve.ask("GET /version");
    const { version, release, repoid } = data as Record<string, string>;
    assert.match(version!, /^9\.\d+\.\d+/);
    assert.ok(version!.startsWith(release!));
    assert.match(repoid!, /^[0-9a-f]{8,64}$/);
  });

  it("says whom a node asks for names, in their order", async () => {
    const { data } = await pve.ask("GET /nodes/tappaas1/dns");
    assert.match((data as Record<string, string>)["dns1"]!, /^[0-9a-f.:]+$/);
  });

  it("names all guests with node, type, state and size", async function () {
    if (pve.site === undefined) this.skip();
    const guests = await rows("GET /cluster/resources", { type: "vm" });
    assert.deepEqual(
      guests.map(({ id, node, name, status, maxdisk }) => [id, node, name, status, maxdisk]),
      [
        ["qemu/110", "tappaas1", "firewall", "running", 6 * 1024 ** 2],
        ["qemu/130", "tappaas1", "tappaas-cicd", "running", 8 * 1024 ** 2],
        ["qemu/140", "tappaas1", "identity", "running", 8 * 1024 ** 2],
        ["lxc/312", "tappaas1", "vllm-amd", "running", 4 * 1024 ** 2],
        ["qemu/610", "tappaas1", "vaultwarden", "running", 6 * 1024 ** 2],
      ],
    );
  });

  it("has an entry of type cluster only where there is one", async function () {
    if (pve.site === undefined) this.skip();
    assert.deepEqual(
      (await rows("GET /cluster/status")).map(({ type, name }) => [type, name]),
      [
        ["cluster", "TAPPaaS"],
        ["node", "tappaas1"],
      ],
    );
  });

  it("shows disks by their lasting names, and which of them are in use", async function () {
    if (pve.site === undefined) this.skip();
    const disks = await rows("GET /nodes/tappaas1/disks/list");
    assert.deepEqual(
      disks.map(({ devpath, by_id_link: link, used }) => [devpath, link, used]),
      [
        ["/dev/sda", "/dev/disk/by-id/ata-LAB_SSD_480G_S1A0001", "ZFS"],
        ["/dev/sdb", "/dev/disk/by-id/ata-LAB_SSD_480G_S1A0002", "ZFS"],
        ["/dev/sdc", "/dev/disk/by-id/ata-LAB_SSD_960G_S1A0003", undefined],
        ["/dev/sdd", "/dev/disk/by-id/ata-LAB_SSD_960G_S1A0004", undefined],
        ["/dev/sde", "/dev/disk/by-id/ata-LAB_HDD_4T_S1A0005", undefined],
        ["/dev/sdf", "/dev/disk/by-id/ata-LAB_HDD_4T_S1A0006", "ext4"],
      ],
    );
  });

  it("shows a pool with its mirror and the partitions in it", async function () {
    if (pve.site === undefined) this.skip();
    const [pool] = await rows("GET /nodes/tappaas1/disks/zfs");
    assert.deepEqual([pool!["name"], pool!["health"], pool!["size"]], ["tanka1", "ONLINE", 480_000_000_000]);
    const { data } = await pve.ask("GET /nodes/tappaas1/disks/zfs/tanka1");
    const text = JSON.stringify(data);
    assert.ok(text.includes('"mirror-0"') && text.includes("/dev/disk/by-id/ata-LAB_SSD_480G_S1A0002-part1"));
  });

  it("lists a guest's disks as volumes of its storage", async function () {
    if (pve.site === undefined) this.skip();
    const images = await rows("GET /nodes/tappaas1/storage/tanka1/content", { content: "images", vmid: 140 });
    assert.deepEqual(images, [
      { volid: "tanka1:vm-140-disk-0", content: "images", vmid: 140, size: 8 * 1024 ** 2, format: "raw" },
    ]);
  });

  it("gives the next free id, and refuses one that is taken", async () => {
    assert.match(String((await pve.ask("GET /cluster/nextid")).data), /^\d+$/);
    if (pve.site === undefined) return;
    const { status, errors } = await pve.ask("GET /cluster/nextid", { vmid: 110 });
    assert.deepEqual([status, errors], [400, { vmid: "VM 110 already exists" }]);
  });

  it("looks up a node that it does not know, and fails", async () => {
    const { status, reason } = await pve.ask("GET /nodes/nowhere/storage");
    assert.equal(status, 500);
    assert.match(reason, /^hostname lookup 'nowhere' failed/);
  });

  it("holds a value in the body against the one in the path", async () => {
    const { status, errors } = await pve.ask("PUT /storage/tanka1", { storage: "other" });
    const text = "duplicate parameter (already defined in URI) with conflicting values!";
    assert.deepEqual([status, errors], [400, { storage: text }]);
  });
});
