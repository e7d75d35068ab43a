import { strict as assert } from "node:assert";

import { estateOf } from "../../estate/estate";
import { type Observation } from "../../estate/observation";
import { valueOf } from "../../estate/problem";
import { identity, inventoryOf, module, settingsWith, threeNodes } from "./site";
import { seenSite, THREE_NODES } from "./three-node-site";

const ALONE = ["cluster:vm", "backup:vm"];
const FAILING_OVER = [...ALONE, "cluster:ha"];

/** A module of its own number that needs others, and fails over or not. */
const service = (name: string, vmid: number, dependsOn: readonly string[], more = {}) =>
  module(name, { ...identity, vmid, vmtag: "TAPPaaS", dependsOn, ...more });

function siteOf(
  modules: ReturnType<typeof module>[],
  settings: Record<string, unknown> = THREE_NODES,
  observation?: Observation,
) {
  const sources = { inventory: inventoryOf(modules, threeNodes), settings: settingsWith(settings), observation };
  return valueOf(estateOf(sources), "site");
}

const told = (...site: Parameters<typeof siteOf>) =>
  siteOf(...site)
    .findings.filter(({ advice }) => advice.includes("fails over nowhere"))
    .map(({ path, advice }) => `${path}: ${advice}`);

describe("A service on which a site of three nodes stands", () => {
  const others = [
    service("wiki", 310, [...ALONE, "identity:identity"]),
    service("board", 320, [...ALONE, "wiki:pages"]),
    service("chat", 330, [...ALONE, "wiki:pages"]),
  ];

  it("is named when three others need it, near or far, and it goes with its node", () => {
    const [finding = "", ...more] = told([module("identity", { ...identity, dependsOn: ALONE }), ...others]);
    assert.match(
      finding,
      /^guest vm:140 "identity": wiki, board, chat need it; and it fails over nowhere: with tappaas1 lost/,
    );
    assert.match(finding, /docs\/how-to\/failover-guest\.md/);
    assert.deepEqual(more, []);
  });

  it("is named when one that comes up elsewhere would not find it", () => {
    const modules = [
      module("identity", { ...identity, dependsOn: ALONE }),
      service("vaultwarden", 610, [...FAILING_OVER, "identity:identity"]),
    ];
    const [finding = "", ...more] = told(modules);
    assert.match(
      finding,
      /"identity": vaultwarden needs it; .*; vaultwarden, which would come up elsewhere, would not find it/,
    );
    assert.deepEqual(more, []);
  });

  it("is no matter where it fails over, where fewer need it, and where no node may be lost anyway", () => {
    const alone = module("identity", { ...identity, dependsOn: ALONE });
    assert.deepEqual(told([module("identity", identity), ...others]), []);
    assert.deepEqual(told([alone, ...others.slice(0, 2)]), []);
    const { tappaas1, tappaas2 } = THREE_NODES.nodes;
    const two = { nodes: { tappaas1, tappaas2 }, pools: THREE_NODES.pools.filter(({ node }) => node !== "tappaas3") };
    assert.deepEqual(told([alone, ...others], two), []);
    const quorumDevice = { address: "10.0.0.9", hostKey: "ssh-ed25519 AAAA" };
    assert.equal(told([alone, ...others], { ...two, quorumDevice }).length, 1);
  });

  /** Firewalls on the WAN, on the nodes that are named, none under HA. */
  const withFirewalls = (...nodes: string[]): Parameters<typeof siteOf> => {
    const { guests } = seenSite();
    const firewalls = nodes.map((node, index) => ({
      ...guests.items[0]!,
      ...{ vmid: 110 + index, name: `firewall${index + 1}`, node, bridges: ["lan", "wan"] },
    }));
    const modules = nodes.map((node, index) =>
      service(`firewall${index + 1}`, 110 + index, ["cluster:vm"], { node, vmtag: "TAPPaaS,Foundation" }),
    );
    const observation = seenSite({ guests: { complete: true, items: [...guests.items, ...firewalls] } });
    const known = [module("identity", identity), service("vaultwarden", 610, FAILING_OVER)];
    return [[...known, ...modules], THREE_NODES, observation];
  };

  it("is the only firewall, when it fails over nowhere although two nodes have the cable", () => {
    const [finding = "", ...more] = told(...withFirewalls("tappaas1"));
    assert.match(finding, /^guest vm:110 "firewall1": the line to the world goes through it/);
    assert.deepEqual(more, []);
  });

  it("is none of two firewalls on two nodes with the cable, and neither of the pair is watched by HA", () => {
    const site = withFirewalls("tappaas1", "tappaas3");
    const { failover, findings } = siteOf(...site);
    assert.deepEqual(told(...site), []);
    assert.deepEqual(
      failover.guests.map(({ guest }) => guest.name),
      ["identity", "vaultwarden"],
    );
    assert.deepEqual(
      findings.filter(({ path, advice }) => path.includes("firewall") || advice.includes("WAN")),
      [],
    );
  });

  it("may be two of one service on two nodes, of which either may be lost", () => {
    const twins = ["tappaas1", "tappaas2"].map((node, index) =>
      service(`proxy${index + 1}`, 350 + index, ALONE, { node, HANode: "NONE" }),
    );
    const { guests, failover } = siteOf(twins);
    assert.deepEqual(
      guests.map(({ name, node }) => `${name} ${node}`),
      ["proxy1 tappaas1", "proxy2 tappaas2"],
    );
    assert.deepEqual([failover.guests, told(twins)], [[], []]);
  });
});
