import { strict as assert } from "node:assert";

import { estateOf } from "../../estate/estate";
import { problemsOf, valueOf } from "../../estate/problem";
import { inventoryOf, lines, module, settingsWith, threeNodes, identity } from "./site";
import { seenSite, THREE_NODES } from "./three-node-site";

/** Identity with a network card on the WAN, as a firewall has, on the first node; the second has no cable. */
function siteWith(wan: object | undefined, changes: { HANode?: string; cabled?: readonly string[] } = {}) {
  const { HANode = "tappaas3", cabled = ["tappaas1", "tappaas3"] } = changes;
  const { guests, nodes } = seenSite();
  const firewall = guests.items.map((one) => (one.vmid === 140 ? { ...one, bridges: ["lan", "wan"] } : one));
  const items = (nodes?.items ?? []).map((one) => ({
    ...one,
    bridges: cabled.includes(one.name) ? ["lan", "wan"] : ["lan"],
  }));
  return estateOf({
    inventory: inventoryOf(
      [
        module("identity", { ...identity, HANode }),
        module("vaultwarden", { ...identity, vmid: 610, vmtag: "TAPPaaS" }),
      ],
      threeNodes,
    ),
    settings: settingsWith({ ...THREE_NODES, ...(wan !== undefined && { wan }) }),
    observation: seenSite({ guests: { complete: true, items: firewall }, nodes: { complete: true, items } }),
  });
}

const findings = (...site: Parameters<typeof siteWith>) =>
  valueOf(siteWith(...site), "site")
    .findings.map(({ path, advice }) => `${path}: ${advice}`)
    .filter((text) => text.includes("WAN"));

describe("A firewall that fails over", () => {
  it("goes to a node with the WAN cable, and its rule holds no other", () => {
    const { failover } = valueOf(siteWith({ nodes: ["tappaas1", "tappaas3"] }), "site");
    const [firewall, other] = failover.guests;
    assert.deepEqual(
      [firewall?.failoverNodes.map(({ node }) => node), firewall?.cabledNodes, other?.cabledNodes],
      [["tappaas3"], ["tappaas1", "tappaas3"], undefined],
    );
    assert.deepEqual(findings({ nodes: ["tappaas1", "tappaas3"] }), []);
    assert.deepEqual(findings(undefined), []);
  });

  it("stops where its owner says that the cable goes elsewhere, whatever is plugged into the bridge", () => {
    const bridged = { HANode: "tappaas2", cabled: ["tappaas1", "tappaas2", "tappaas3"] };
    assert.match(
      lines(siteWith({ nodes: ["tappaas1", "tappaas3"] }, bridged)).join("\n"),
      /identity\.json: HANode: expected a failover node with the WAN cable.*got tappaas2; set HANode to tappaas3/,
    );
    assert.match(
      lines(siteWith({ nodes: ["tappaas1"] }, bridged)).join("\n"),
      /got tappaas2; lay a cable to another node.*or set HANode to "NONE"/,
    );
    assert.match(
      lines(siteWith({ nodes: ["tappaas2"] }, bridged)).join("\n"),
      /on a node with the WAN cable.*got tappaas1/,
    );
  });

  it("stops where a node with the cable is none of the settings", () => {
    const site = siteWith({ nodes: ["tappaas1", "tappaas3", "tappaas9"] });
    assert.equal(problemsOf(site).length, 1);
    assert.match(lines(site).join("\n"), /wan\.nodes: expected nodes of the settings.*got "tappaas9"/);
  });

  it("is said to have nowhere to go where one node alone has the cable", () => {
    const alone = { HANode: "NONE", cabled: ["tappaas1"] };
    assert.match(
      findings(undefined, alone).join("\n"),
      /^cluster: the WAN cable goes to tappaas1 alone: with that node lost identity has nowhere to go, and the site is cut off/,
    );
    assert.equal(findings({ nodes: ["tappaas1"] }, { ...alone, cabled: ["tappaas1", "tappaas3"] }).length, 1);
  });

  it("is said to be of no use where its own node was seen without the cable", () => {
    assert.match(
      findings(undefined, { HANode: "NONE", cabled: ["tappaas2", "tappaas3"] }).join("\n"),
      /guest vm:140 "identity": it uses the WAN line, and tappaas1 on which it belongs has no cable of it/,
    );
  });
});
