import { strict as assert } from "node:assert";
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";

import { type Site } from "../../../lab/core/site";
import { parseSiteDescription } from "../../../lab/core/site-description";
import { startSite } from "../../../lab/lab";
import { startPve } from "../../../lab/pve/module";
import { ask } from "../support/pve-client";
import { accessTo, newStateDirectory, prefixOf } from "../support/pve-site";

const NODES = ["tappaas1", "tappaas2", "tappaas3"];

describe("the lab's three-node site", () => {
  const state = newStateDirectory();
  let site: Site;

  before(async () => {
    const text = readFileSync(join(__dirname, "../../../lab/sites/three-node.json"), "utf8");
    const connect = (): never => {
      throw new Error("no backup server in this test");
    };
    const settings = { state, prefix: prefixOf(75), description: parseSiteDescription(text) };
    site = await startSite(settings, { startPve: (one, node) => startPve(one, node, connect) });
  });
  after(async () => {
    await site.stop();
    rmSync(state, { recursive: true });
  });

  const read = async (node: string, path: string) => (await ask(accessTo(site, node), `GET ${path}`)).data;

  it("is one cluster with a majority, of which every node answers for all", async () => {
    for (const node of NODES) {
      const status = (await read(node, "/cluster/status")) as { type: string; name: string; quorate?: number }[];
      assert.deepEqual(
        status.filter(({ type }) => type === "node").map(({ name }) => name),
        NODES,
      );
      assert.deepEqual(
        status.filter(({ type }) => type === "cluster").map(({ name, quorate }) => [name, quorate]),
        [["TAPPaaS", 1]],
      );
      const guests = (await read(node, "/cluster/resources?type=vm")) as { vmid: number; node: string }[];
      assert.equal(guests.length, 16);
      assert.equal(guests.find(({ vmid }) => vmid === 213)?.node, "tappaas2");
      for (const other of NODES) {
        const pools = (await read(node, `/nodes/${other}/disks/zfs`)) as { name: string }[];
        assert.deepEqual(
          pools.map(({ name }) => name),
          ["tanka1"],
          `${other} asked through ${node}`,
        );
      }
    }
  });

  it("has nodes that differ as those of the reference do, and a WAN cable on two of them", async () => {
    const bridges = async (node: string) =>
      ((await read("tappaas1", `/nodes/${node}/network?type=bridge`)) as { iface: string }[]).map(({ iface }) => iface);
    // Each has a bridge besides that leads nowhere, for drills.
    assert.deepEqual(await Promise.all(NODES.map(bridges)), [
      ["lan", "wan", "drill"],
      ["lan", "drill"],
      ["lan", "wan", "drill"],
    ]);
    const models = NODES.map(async (node) => {
      const { cpuinfo } = (await read("tappaas1", `/nodes/${node}/status`)) as { cpuinfo: { model: string } };
      return cpuinfo.model;
    });
    assert.equal(new Set(await Promise.all(models)).size, 3);
  });
});
