import { strict as assert } from "node:assert";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { parseSiteDescription } from "../../../lab/core/site-description";
import { prefixOf } from "../support/pve-site";
import { ShellSite } from "../support/shell-site";

// Sources: pve-ha-manager, src/PVE/CLI/ha_manager.pm, PVE/API2/HA/; pve-docs, ha-manager.adoc; observed on PVE 9.2.
describe("ha-manager and pvesr on a node of the lab", () => {
  let shell: ShellSite;
  const run = (command: string) => shell.run("one", command);
  const json = async (path: string) =>
    JSON.parse((await run(`pvesh get ${path} --output-format json`)).stdout) as Record<string, unknown>[];

  before(async () => {
    const text = readFileSync(join(__dirname, "../../../lab/sites/two-nodes.json"), "utf8");
    shell = await ShellSite.start(prefixOf(83), parseSiteDescription(text));
  });
  after(() => shell.stop());

  it("refuse what is not there: a guest, a node, a resource that nobody enrolled", async () => {
    const missing = await run("ha-manager add vm:999 --state started");
    assert.deepEqual([missing.code, missing.stderr], [2, "resource 'vm:999' does not exist in cluster\n"]);
    const rule = await run("ha-manager rules add node-affinity ha-firewall --nodes one:2,two:1 --resources vm:100");
    assert.match(rule.stderr, /cannot use unmanaged resource\(s\) vm:100/);
    await run("ha-manager add 100 --state started");
    const node = await run("ha-manager rules add node-affinity ha-firewall --nodes one:2,three:1 --resources vm:100");
    assert.match(node.stderr, /cannot use non-existent node\(s\) three/);
  });

  it("enrol a guest with its rule and its replica, as TAPPaaS' scripts do", async () => {
    assert.equal((await run("ha-manager set vm:100 --state started")).code, 0);
    const add = "ha-manager rules add node-affinity ha-firewall --nodes one:2,two:1 --resources vm:100";
    assert.equal((await run(add)).code, 0);
    assert.equal((await run("pvesr create-local-job 100-0 two --schedule '*/15'")).code, 0);
    assert.equal((await run("pvesr update 100-0 --schedule '*/30'")).code, 0);

    const [resource] = await json("/cluster/ha/resources");
    assert.deepEqual([resource?.["sid"], resource?.["state"]], ["vm:100", "started"]);
    const [rule] = await json("/cluster/ha/rules");
    assert.deepEqual([rule?.["nodes"], rule?.["resources"], rule?.["errors"]], ["one:2,two:1", "vm:100", undefined]);
    const [job] = await json("/cluster/replication");
    assert.deepEqual([job?.["id"], job?.["target"], job?.["schedule"]], ["100-0", "two", "*/30"]);
    assert.match((await run("ha-manager config")).stdout, /^vm:100\n\tstate started\n/);
  });

  it("know no other kind for a rule, no second rule for a guest, and no group", async () => {
    const kind = await run("ha-manager rules set resource-affinity ha-firewall --resources vm:100");
    assert.match(kind.stderr, /type: rule 'ha-firewall' is of type 'node-affinity'/);
    const second = await run("ha-manager rules add node-affinity other --nodes two --resources vm:100");
    assert.match(second.stderr, /already used in node affinity rule 'ha-firewall'/);
    assert.match((await run("ha-manager set vm:100 --group old")).stderr, /migrated to rules/);
  });

  it("know their nodes only a while after the first resource came", async () => {
    await sleep(1100);
    const status = (await run("ha-manager status")).stdout;
    assert.match(
      status,
      /^quorum OK\nmaster (?:one|two) \(active, .*\)\nfencing armed\nlrm one \(.*\)\nlrm two \(.*\)\nservice vm:100/,
    );
  });

  it("hand HA a person's wish: a guest elsewhere, a node in maintenance, and nothing of a node that is not there", async () => {
    assert.equal((await run("ha-manager crm-command migrate vm:100 two")).code, 0);
    assert.equal((await run("ha-manager crm-command node-maintenance enable two")).code, 0);
    assert.equal((await run("ha-manager crm-command node-maintenance enable three")).code, 255);
    const texts = shell.site.events.all().map(({ text }) => text);
    for (const wish of ["migrate vm:100 two", "enable-node-maintenance two"])
      assert.ok(
        texts.some((text) => text.endsWith(`person: ${wish}`)),
        wish,
      );
    await run("ha-manager crm-command node-maintenance disable two");
  });

  it("take a guest out of its rule with it, and the rule that is left without any", async () => {
    assert.equal((await run("ha-manager remove vm:100 && pvesr delete 100-0 --force 1")).code, 0);
    assert.deepEqual(await json("/cluster/ha/resources"), []);
    assert.deepEqual(await json("/cluster/ha/rules"), []);
    assert.deepEqual(await json("/cluster/replication"), []);
    assert.equal((await run("ha-manager remove vm:100")).code, 2);
  });
});
