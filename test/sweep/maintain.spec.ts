import { strict as assert } from "node:assert";

import * as z from "zod";

import { askLab } from "../../tools/lab-site/lab";
import { observeLabSite, referenceStanding, type LabSite } from "../../tools/lab-site/prepare";
import { inOrder } from "../engine/support/in-order";
import { forgetLabSite, freshLabSite, pveOf } from "../engine/support/lab-site";

const NAME = "test-maintain";

const RESOURCES = z.array(z.looseObject({ vmid: z.number(), node: z.string(), status: z.string() }));
const MANAGER = z.looseObject({ manager_status: z.looseObject({ node_status: z.record(z.string(), z.string()) }) });

/** A node of three is restarted for a new kernel, and nobody is to notice. */
describe("a node's maintenance", function () {
  inOrder(this);
  let site: LabSite;
  let atFirst: Record<string, string>;

  before(async () => {
    site = await freshLabSite(NAME, "127.0.68", referenceStanding("three-node"));
    assert.equal(await observeLabSite(site, true), 0);
    const { code, stderr } = await command("up", "--yes");
    assert.equal(code, 0, stderr);
    askLab(site.places, "pass-time", "1800");
    askLab(site.places, "speed", "100");
  });

  after(() => {
    forgetLabSite(NAME);
  });

  function command(...args: string[]) {
    return site.stack.command([...args, "--settings", site.places.stackFile], { quiet: true });
  }

  const maintain = (node: string, ...args: string[]) => command("maintain", "--node", node, "--pause", "300", ...args);

  /** Guests that run, with their nodes. */
  async function running(node: string): Promise<Record<string, string>> {
    const { ask } = pveOf(site.sheet, node);
    const rows = await ask(RESOURCES, { method: "GET", path: "/cluster/resources", parameters: { type: "vm" } });
    const on = rows.filter(({ status }) => status === "running");
    return Object.fromEntries(on.map(({ vmid, node: home }) => [vmid, home]));
  }

  async function stateOf(node: string): Promise<string | undefined> {
    const { ask } = pveOf(site.sheet, "tappaas2");
    const { manager_status: manager } = await ask(MANAGER, {
      method: "GET",
      path: "/cluster/ha/status/manager_status",
    });
    return manager.node_status[node];
  }

  it("shows first what happens to each guest, and changes nothing by showing it", async () => {
    atFirst = await running("tappaas2");
    const { code, stderr } = await maintain("tappaas1", "--dry-run");
    assert.equal(code, 0, stderr);
    assert.match(
      stderr,
      /vm:140 identity +moves by a stop: its processor type is host, and tappaas2 has another than tappaas1/,
    );
    assert.match(stderr, /vm:110 firewall +moves by a stop: .* starts on tappaas3; so on its way back/);
    assert.match(stderr, /must stop: HA does not watch it: it goes down with its node/);
    assert.equal(await stateOf("tappaas1"), "online");
    assert.deepEqual(await running("tappaas2"), atFirst);
  });

  it("empties the node, restarts it, and gives it back with everything that ran on it", async () => {
    const { code, stderr } = await maintain("tappaas1", "--yes");
    assert.equal(code, 0, stderr);
    for (const line of ["tappaas1 is empty.", "tappaas1 restarts.", "tappaas1 is back."])
      assert.ok(stderr.includes(line), stderr);
    assert.equal(await stateOf("tappaas1"), "online");
    assert.deepEqual(await running("tappaas2"), atFirst);
  });

  it("refuses while another node is away, for that would be the majority", async () => {
    askLab(site.places, "pull-plug", "tappaas3");
    askLab(site.places, "pass-time", "60");
    const { code, stderr } = await maintain("tappaas1", "--yes");
    assert.equal(code, 1);
    assert.match(
      stderr,
      /without tappaas1 the cluster has 1 of 3 votes, which is no majority; bring tappaas3 back first/,
    );
    assert.equal(await stateOf("tappaas1"), "online");
    askLab(site.places, "plug-in", "tappaas3");
    askLab(site.places, "pass-time", "900");
  });
});
