import { strict as assert } from "node:assert";

import { estateOf } from "../../estate/estate";
import { valueOf } from "../../estate/problem";
import { modelOf } from "../../planning/site-model";
import { survival, survivalOfPairs } from "../../planning/survival";
import { inventoryOf, module, settingsWith, threeNodes, writtenSettings } from "../estate/site";

const ID = "0123456789abcdef".repeat(2);
const node = writtenSettings.nodes.tappaas1;
const nodes = { tappaas1: node, tappaas2: node, tappaas3: node };
const pools = ["tappaas1", "tappaas2", "tappaas3"].map((name) => ({ ...writtenSettings.pools[0], node: name }));
const tunnel = { accountId: ID, zones: { "example.org": ID }, connectors: [611, 612], otherWayIn: "WireGuard" };
const connector = (vmid: number, home: string) => module(`c${vmid}`, { vmid, node: home, zone0: "dmz" });
const proxy = { proxyPort: 80, proxyDomain: "wiki.example.org", proxyAllowedZones: ["internet"] };

describe("a service that is reached through a tunnel", () => {
  const modules = [
    connector(611, "tappaas1"),
    connector(612, "tappaas2"),
    module("wiki", { vmid: 620, node: "tappaas3", dependsOn: ["network:proxy"], ...proxy }),
    module("inside", { vmid: 630, node: "tappaas3" }),
  ];

  function model(changes: object = {}) {
    const settings = settingsWith({ nodes, pools, tunnel: { ...tunnel, ...changes } });
    return modelOf(valueOf(estateOf({ inventory: inventoryOf(modules, threeNodes), settings }), "estate"));
  }

  const verdicts = (losses: readonly string[], changes: object = {}) => {
    const rows = losses.length === 1 ? survival(model(changes)) : survivalOfPairs(model(changes));
    const row = rows.find((one) => losses.every((id) => one.losses.some((loss) => loss.id === id)));
    assert.ok(row !== undefined, losses.join());
    const of = (vmid: number) => row.outcomes.find(({ service }) => service.vmid === vmid)?.verdict;
    return [of(620), of(630)];
  };

  it("goes on when the node of one connector is lost", () => {
    assert.deepEqual(verdicts(["node:tappaas1"]), ["runs", "runs"]);
    assert.deepEqual(verdicts(["node:tappaas2"]), ["runs", "runs"]);
  });

  it("is cut off with the last node that has a connector, while what nobody outside reaches runs on", () => {
    assert.deepEqual(verdicts(["node:tappaas1", "node:tappaas2"]), ["cut off", "runs"]);
    assert.deepEqual(verdicts(["node:tappaas1"], { connectors: [611] }), ["cut off", "runs"]);
  });

  it("is cut off when Cloudflare is, which is a loss of its own in the report", () => {
    assert.deepEqual(verdicts(["tunnel"]), ["cut off", "runs"]);
  });
});
