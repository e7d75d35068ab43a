import { strict as assert } from "node:assert";

import { haRule } from "../../../provider/objects/ha-rule";
import { create, remove, update } from "../../../provider/objects/life-cycle";
import { eachOnItsOwnSite, known } from "../support/test-site";

const WANTED = { rule: "ha-identity", guests: ["vm:140"], nodes: ["tappaas1:2", "tappaas2:1"], strict: true };
const LIVING = {
  rule: "ha-identity",
  type: "node-affinity",
  resources: "vm:140",
  nodes: "tappaas2:1,tappaas1:2",
  strict: 1,
};

describe("A node affinity rule", () => {
  const own = eachOnItsOwnSite();

  it("says where the guest runs, and on which node first", async () => {
    await create(haRule, own.at.site, known(WANTED), false);
    const { type, resources, nodes, strict, disable } = own.at.pve.ha.rules[0]!;
    assert.deepEqual(
      { type, resources, nodes, strict, disable },
      { type: "node-affinity", resources: "vm:140", nodes: "tappaas1:2,tappaas2:1", strict: "1", disable: "0" },
    );
  });

  it("is adopted whatever the order in which PVE tells its nodes", async () => {
    own.at.pve.ha.rules.push(LIVING);
    const { outputs } = await create(haRule, own.at.site, known(WANTED), false);
    assert.deepEqual([outputs["adopted"], own.at.writes], [true, []]);
  });

  it("that PVE made from a group is adopted by the name that it has", async () => {
    own.at.pve.ha.rules.push({ ...LIVING, rule: "ha-group-prefer1" });
    await create(haRule, own.at.site, known({ ...WANTED, rule: "ha-group-prefer1" }), false);
    assert.deepEqual(own.at.writes, []);
  });

  it("that lets the guest start where no replica is, is refused until its owner lists it, and then made strict", async () => {
    own.at.pve.ha.rules.push({ ...LIVING, strict: 0 });
    const refused = create(haRule, own.at.site, known(WANTED), true);
    await assert.rejects(refused, /strict: the site has false, the program says true[\s\S]*"pve:HaRule\/ha-identity"/);
    own.at.adoptions.push("pve:HaRule/ha-identity");
    await create(haRule, own.at.site, known(WANTED), false);
    assert.equal(own.at.pve.ha.rules[0]?.["strict"], "1");
  });

  it("keeps what its owner wrote beside it when other fields change", async () => {
    own.at.pve.ha.rules.push({ ...LIVING, comment: "WAN-capable" });
    await update(haRule, own.at.site, { ...WANTED, adopted: true }, known({ ...WANTED, nodes: ["tappaas1"] }), false);
    const { comment, strict, nodes } = own.at.pve.ha.rules[0]!;
    assert.deepEqual([comment, strict, nodes], ["WAN-capable", "1", "tappaas1"]);
  });

  it("is not confused with a rule of another type under its name", async () => {
    own.at.pve.ha.rules.push({ rule: "ha-identity", type: "resource-affinity", resources: "vm:140,vm:610" });
    await assert.rejects(create(haRule, own.at.site, known(WANTED), true), /a resource-affinity rule/);
  });

  it("goes when it is ours, and stays when it was there before", async () => {
    own.at.pve.ha.rules.push(LIVING);
    await remove(haRule, own.at.site, { ...WANTED, adopted: true });
    assert.equal(own.at.pve.ha.rules.length, 1);
    await remove(haRule, own.at.site, { ...WANTED, adopted: false });
    assert.equal(own.at.pve.ha.rules.length, 0);
  });
});
