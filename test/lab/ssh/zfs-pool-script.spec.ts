import { strict as assert } from "node:assert";

import { ZFS_POOL_SCRIPT } from "../../../components/storage/zfs-pool-script";
import { LabNode } from "./lab-node";

/** The library's own script on a node of the lab: the way on which `pulumi up` adopts or makes a pool. */
describe("the ZFS pool script on a node", () => {
  let node: LabNode;

  beforeEach(async () => {
    node = await LabNode.start("127.0.87");
  });

  afterEach(async () => {
    await node.stop();
  });

  const desired = (name: string, raidlevel: string, ...letters: string[]) => ({
    stdin: [
      `name=${name}`,
      `raidlevel=${raidlevel}`,
      ...letters.map((letter) => `disk=ata-LAB_DISK_${letter}`),
      "",
    ].join("\n"),
  });
  const changes = () => node.events("command").filter((text) => !/^zpool (?:list|get|import$)/.test(text));

  it("adopts the pool that is there and runs nothing that could change it", async () => {
    const { code, stdout, stderr } = await node.run(ZFS_POOL_SCRIPT, desired("tanka1", "mirror", "B", "A"));

    assert.deepEqual({ code, stderr }, { code: 0, stderr: "" });
    const { adopted, name } = JSON.parse(stdout) as { adopted: boolean; name: string };
    assert.deepEqual({ adopted, name }, { adopted: true, name: "tanka1" });
    assert.deepEqual(changes(), []);
  });

  it("makes a pool once and adopts it ever after", async () => {
    const first = await node.run(ZFS_POOL_SCRIPT, desired("tankb1", "raid10", "C", "D", "E", "F"));
    const second = await node.run(ZFS_POOL_SCRIPT, desired("tankb1", "raid10", "C", "D", "E", "F"));

    const [made, adopted] = [first, second].map(
      ({ stdout }) => JSON.parse(stdout) as { guid: string; adopted: boolean },
    );
    assert.deepEqual([made?.adopted, adopted?.adopted], [false, true]);
    assert.equal(made?.guid, adopted?.guid);
    assert.equal(changes().length, 1);
    assert.deepEqual(node.events("danger"), []);
  });

  it("touches neither a disk in use nor one that holds a filesystem", async () => {
    for (const letter of ["A", "G"]) {
      const { code, stderr } = await node.run(ZFS_POOL_SCRIPT, desired("tankb1", "single", letter));
      assert.equal(code, 1);
      assert.match(stderr, /is in use and contains a unknown filesystem|contains a filesystem of type 'ext4'/);
    }
    assert.equal((await node.run("zpool list -H -o name")).stdout, "tanka1\n");
  });

  it("leaves a pool alone that only waits to be imported", async () => {
    await node.run("zpool export tanka1");
    const { code, stderr } = await node.run(ZFS_POOL_SCRIPT, desired("tanka1", "mirror", "A", "B"));

    assert.equal(code, 1);
    assert.match(stderr, /exists but is not imported/);
  });
});
