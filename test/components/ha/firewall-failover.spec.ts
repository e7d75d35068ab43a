import { strict as assert } from "node:assert";

import { FirewallFailover, type FirewallFailoverArgs } from "../../../components/ha/firewall-failover";
import { mockPulumi, registered, type Registrations } from "../../support/mocks";

const FIREWALL = {
  guest: "vm:110",
  homeNode: "tappaas1",
  failoverNodes: [{ node: "tappaas3", job: 0 }],
  rpo: "1 hour",
  cabledNodes: ["tappaas1", "tappaas3"],
} as const satisfies FirewallFailoverArgs;

describe("FirewallFailover", () => {
  let registrations: Registrations;

  beforeEach(async () => {
    registrations = await mockPulumi();
  });

  it("keeps the firewall on nodes that have the line, and nowhere else", async () => {
    const { affinityRule, haResource } = new FirewallFailover("firewall", FIREWALL);
    await registered(haResource);
    assert.ok(affinityRule);
    await registered(affinityRule);
    const rules = registrations.ofType("resilience:pve:HaRule");
    assert.deepEqual(rules["firewall"], {
      rule: "ha-firewall",
      guests: ["vm:110"],
      nodes: ["tappaas1:2", "tappaas3:1"],
      strict: true,
    });
  });

  it("is refused where it could come up without the line, at home or elsewhere", () => {
    for (const cabledNodes of [["tappaas1"], ["tappaas3"], []]) {
      assert.throws(() => new FirewallFailover("firewall", { ...FIREWALL, cabledNodes }), /cabledNodes/);
    }
  });

  it("is the same to the engine as failover of any guest, so that a site from before sees no change", async () => {
    const { haResource } = new FirewallFailover("firewall", FIREWALL);
    const [urn = ""] = await registered(haResource);
    assert.match(urn, /tappaas:ha:FailoverGuest\$resilience:pve:HaResource::firewall$/);
  });
});
