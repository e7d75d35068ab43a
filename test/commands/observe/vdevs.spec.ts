import { strict as assert } from "node:assert";

import { vdevsOf, type ZpoolNode } from "../../../commands/observe/vdevs";

const disk = (name: string): ZpoolNode => ({ name: `/dev/disk/by-id/${name}-part1` });

describe("groups of disks of a pool, as an observation shows them", () => {
  it("names the disks as settings do, without path and partition", () => {
    const tree = { name: "tanka1", children: [{ name: "mirror-0", children: [disk("ata-A"), disk("ata-B")] }] };
    assert.deepEqual(vdevsOf(tree), [{ type: "mirror", disks: ["ata-A", "ata-B"] }]);
  });

  it("reads the tree with the pool's own line in it, too", () => {
    const inner = { name: "tanka1", children: [{ name: "raidz1-0", children: [disk("a"), disk("b"), disk("c")] }] };
    assert.deepEqual(vdevsOf({ name: "tanka1", children: [inner] }), [{ type: "raidz", disks: ["a", "b", "c"] }]);
  });

  it("counts no log, cache or spare as a place of data", () => {
    const tree = {
      name: "tanka1",
      children: [disk("a"), { name: "logs", children: [disk("l")] }, { name: "spares", children: [disk("s")] }],
    };
    assert.deepEqual(vdevsOf(tree), [{ type: "single", disks: ["a"] }]);
  });
});
