import { strict as assert } from "node:assert";
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";

import { observe } from "../../../commands/observe";
import { versionProblems } from "../../../estate/versions";
import { problemLine } from "../../../estate/problem";
import { VERSION_DIFFERENCES } from "../../../estate/units/proxmox-version";
import { type Site } from "../../../lab/core/site";
import { parseSiteDescription, type SiteDescription } from "../../../lab/core/site-description";
import { startSite } from "../../../lab/lab";
import { startPve } from "../../../lab/pve/module";
import { PveClient } from "../../../provider/clients/pve-client";
import { haResource } from "../../../provider/objects/ha-resource";
import { haRule } from "../../../provider/objects/ha-rule";
import { create, update } from "../../../provider/objects/life-cycle";
import { known, TestSite } from "../../provider/support/test-site";
import { ask } from "../support/pve-client";
import { accessTo, newStateDirectory, prefixOf } from "../support/pve-site";

type Pve = NonNullable<NonNullable<SiteDescription["versions"]>["pve"]>;

/** What differs between the versions of PVE that are served, and the program's one way through. */
describe("the versions of PVE in the lab", () => {
  const test = new TestSite();
  before(() => test.start());
  after(() => test.stop());

  async function on<T>(pve: Pve, work: (site: Site, client: PveClient) => Promise<T>): Promise<T> {
    const text = readFileSync(join(__dirname, "../../../lab/sites/two-nodes.json"), "utf8");
    const description = { ...parseSiteDescription(text), versions: { pve } };
    const state = newStateDirectory();
    const connect = (): never => {
      throw new Error("no backup server in this test");
    };
    const startNode = (one: Site, node: Parameters<typeof startPve>[1]) => startPve(one, node, connect);
    const site = await startSite({ state, prefix: prefixOf(75), description }, { startPve: startNode });
    const { api, logins } = site.sheet.content.nodes["one"]!;
    const login = { tokenId: logins.token.id, secret: logins.token.secret };
    const trust = { authority: readFileSync(site.sheet.content.ca, "utf8") };
    const client = new PveClient({ endpoint: api, trust, login }, [1, 1]);
    try {
      return await work(site, client);
    } finally {
      await client.close();
      await site.stop();
      rmSync(state, { recursive: true });
    }
  }

  for (const version of ["9.0.3", "9.1.4", "9.2.1"] as const) {
    it(`${version} takes an HA resource and a rule of the program, changes both, and is told in the observation`, () =>
      on(version, async (lab, client) => {
        const site = test.siteOver(client, test.site.pbs());
        const wanted = known({ guest: "vm:100", maxRestart: 2 });
        const watched = await create(haResource, site, wanted, false);
        await update(haResource, site, watched.outputs, known({ guest: "vm:100", maxRestart: 3 }), false);
        const rule = { rule: "ha-firewall", guests: ["vm:100"], nodes: ["one:2", "two:1"] };
        const made = await create(haRule, site, known(rule), false);
        const changed = await update(haRule, site, made.outputs, known({ ...rule, strict: true }), false);
        assert.equal(changed.outputs["strict"], true);
        const { nodes } = await observe({ ask: client.ask, pbs: undefined }, lab.description.name);
        assert.match(nodes?.items[0]?.version ?? "", new RegExp(`^pve-manager/${version.replaceAll(".", "\\.")}/`));
      }));
  }

  it("before 9.2 want each rule's guests said again, and know no balancing; from then on neither", async () => {
    const said = (version: Pve) =>
      on(version, async (site) => {
        const to = accessTo(site, "one");
        await ask(to, "POST /cluster/ha/resources", { sid: "vm:100" });
        const rule = { rule: "ha-firewall", type: "node-affinity", resources: "vm:100", nodes: "one:2,two:1" };
        await ask(to, "POST /cluster/ha/rules", rule);
        const bare = await ask(to, "PUT /cluster/ha/rules/ha-firewall", { type: "node-affinity", strict: 1 });
        const balanced = await ask(to, "PUT /cluster/ha/resources/vm:100", { "auto-rebalance": 0 });
        return [bare.status, balanced.status];
      });
    assert.deepEqual(await said("9.1.4"), [400, 400]);
    assert.deepEqual(await said("9.2.1"), [200, 200]);
  });

  it("below 9 are refused by what is seen of them, before anything is declared", () =>
    on("8.4.14", async (_, client) => {
      const observation = await observe({ ask: client.ask, pbs: undefined }, "sites/old");
      assert.match(
        versionProblems(observation).map(problemLine).join(),
        /node one: expected PVE 9\.0 or newer.*got PVE 8\.4\.14/,
      );
    }));

  it("stand in the documentation, each with what the program does about it", () => {
    const page = readFileSync(join(__dirname, "../../../docs/how-to/versions.md"), "utf8");
    for (const { product, since, what, answer } of VERSION_DIFFERENCES)
      assert.ok(page.includes(`| ${product} ${since} | ${what} | ${answer} |`), what);
  });
});
