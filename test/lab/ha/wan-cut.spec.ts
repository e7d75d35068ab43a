import { strict as assert } from "node:assert";
import { readFileSync } from "node:fs";
import { join } from "node:path";

import { parseSiteDescription } from "../../../lab/core/site-description";
import { inOrder } from "../../engine/support/in-order";
import { ask } from "../support/pve-client";
import { accessTo, prefixOf } from "../support/pve-site";
import { ShellSite } from "../support/shell-site";

interface Guest {
  readonly vmid: number;
  readonly node: string;
  readonly status: string;
}

const NODES = ["tappaas1", "tappaas2", "tappaas3"];
const OUTSIDE = "deb.debian.org";

/** Three nodes with their services, seen from a client's and from a node's side, while the line to the world is cut. */
describe("a site whose line to the world is cut", function () {
  inOrder(this);
  let shell: ShellSite;
  const control = (command: string, what = {}) => shell.site.control.run(command, what);
  const finds = async (node: string, name: string) => (await shell.run(node, `getent hosts ${name}`)).code === 0;
  const guests = async (node = "tappaas2") => {
    const { data } = await ask(accessTo(shell.site, node), "GET /cluster/resources?type=vm");
    return (data as Guest[]).map(({ vmid, node: on, status }) => `${vmid} ${on} ${status}`).sort();
  };
  let atFirst: string[];

  before(async () => {
    const text = readFileSync(join(__dirname, "../../../lab/sites/three-node.json"), "utf8");
    const description = parseSiteDescription(text);
    // One node asks the internet alone for names: what the program says of such a node is what happens to it.
    const nodes = description.nodes.map((node) =>
      node.name === "tappaas3" ? { ...node, resolvers: ["203.0.113.53"] } : node,
    );
    shell = await ShellSite.start(prefixOf(91), { ...description, nodes });
    const first = accessTo(shell.site, "tappaas1");
    await ask(first, "POST /cluster/ha/resources", { sid: "vm:140", state: "started" });
    await control("pass-time", { seconds: 120 });
    atFirst = await guests();
  });
  after(() => shell.stop());

  it("finds the world's names and its own before", async () => {
    for (const node of NODES) assert.equal(await finds(node, OUTSIDE), true, node);
    assert.equal(await finds("tappaas1", "backup.mgmt.internal"), true);
    assert.equal(await finds("tappaas3", "backup.mgmt.internal"), false);
  });

  it("finds its own names alone then, and a node that asks the internet finds none", async () => {
    await control("cut-wan");
    for (const node of NODES) assert.equal(await finds(node, OUTSIDE), false, node);
    for (const node of ["tappaas1", "tappaas2"]) assert.equal(await finds(node, "backup.mgmt.internal"), true, node);
    assert.equal(await finds("tappaas3", "tappaas1"), false);
  });

  it("restarts a node, the firewall's, and has everything local back where it was", async () => {
    await control("shut-down", { node: "tappaas1", reboot: true });
    await control("pass-time", { seconds: 30 });
    assert.notDeepEqual(await guests(), atFirst);
    assert.equal(await finds("tappaas2", "backup.mgmt.internal"), false);
    await control("pass-time", { seconds: 1200 });
    assert.deepEqual(await guests(), atFirst);
    assert.deepEqual(await guests("tappaas1"), atFirst);
    for (const node of ["tappaas1", "tappaas2"]) assert.equal(await finds(node, "backup.mgmt.internal"), true, node);
    assert.equal(await finds("tappaas2", OUTSIDE), false);
  });

  it("finds the world again when the line is mended", async () => {
    await control("cut-wan", { mended: true });
    for (const node of NODES) assert.equal(await finds(node, OUTSIDE), true, node);
  });
});
