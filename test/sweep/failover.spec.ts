import { strict as assert } from "node:assert";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import * as z from "zod";

import { HaClient } from "../../provider/clients/ha-client";
import { askLab } from "../../tools/lab-site/lab";
import { observeLabSite, referenceStanding, type LabSite } from "../../tools/lab-site/prepare";
import { inOrder } from "../engine/support/in-order";
import { forgetLabSite, freshLabSite, loseState, pveOf } from "../engine/support/lab-site";
import { dayWithServerApart, reachServerApart } from "../engine/support/server-on-node";

const NAME = "test-failover";

/** Guests that ask for failover, with the node that takes over. */
const TAKING_OVER = { 110: "tappaas3", 130: "tappaas2", 140: "tappaas2", 610: "tappaas2", 800: "tappaas2" } as const;

interface Upped {
  readonly end: string;
  readonly changes: readonly { readonly op: string; readonly urn: string }[];
  readonly harm: readonly unknown[];
  readonly drift: readonly unknown[];
  readonly errors: readonly string[];
}

/** `make up`, as an owner runs it. */
async function make(site: LabSite, verb = "up"): Promise<Upped> {
  const yes = verb === "up" ? ["--yes"] : [];
  const args = [verb, ...yes, "--settings", site.places.stackFile, "--json"];
  const { stdout, stderr } = await site.stack.command(args, { quiet: true });
  assert.notEqual(stdout, "", stderr);
  return JSON.parse(stdout) as Upped;
}

/** HA and replication of the site, through one of its nodes. */
function haOf({ sheet }: LabSite, node = "tappaas1"): HaClient {
  return new HaClient(pveOf(sheet, node));
}

async function highAvailabilityOf(site: LabSite, node?: string) {
  const ha = haOf(site, node);
  return {
    resources: (await ha.resources()).map(({ sid, state }) => `${sid} ${state ?? ""}`).sort(),
    rules: (await ha.rules()).map(({ rule, nodes, strict }) => `${rule} ${nodes ?? ""} ${String(strict)}`).sort(),
    jobs: (await ha.replicationJobs())
      .map(({ id, source, target, schedule }) => `${id} ${[source, target].sort().join("-")} ${schedule ?? ""}`)
      .sort(),
  };
}

/** A cluster of three nodes whose important services have somewhere to go. */
describe("a site of three nodes", function () {
  inOrder(this);
  let site: LabSite;

  before(async () => {
    site = await freshLabSite(NAME, "127.0.61", { ...referenceStanding("three-node"), day: dayWithServerApart() });
    reachServerApart(site);
    assert.equal(await observeLabSite(site, true), 0);
  });

  after(() => {
    forgetLabSite(NAME);
  });

  it("gives every important service its replica, its place under HA and its rule", async () => {
    const { end, errors } = await make(site);
    assert.deepEqual([end, errors], ["applied", []]);

    const { resources, rules, jobs } = await highAvailabilityOf(site);
    const vmids = Object.keys(TAKING_OVER);
    assert.deepEqual(
      resources,
      vmids.map((vmid) => `vm:${vmid} started`),
    );
    assert.deepEqual(
      jobs,
      Object.entries(TAKING_OVER).map(([vmid, node]) => `${vmid}-0 tappaas1-${node} */15`),
    );
    assert.deepEqual(rules, [
      "ha-firewall tappaas1:2,tappaas3:1 true",
      "ha-identity tappaas1:2,tappaas2:1 true",
      "ha-netbird-client tappaas1:2,tappaas2:1 true",
      "ha-tappaas-cicd tappaas1:2,tappaas2:1 true",
      "ha-vaultwarden tappaas1:2,tappaas2:1 true",
    ]);
  });

  it("has each replica whole before HA watches its guest", async () => {
    for (const vmid of Object.keys(TAKING_OVER)) {
      const { last_sync: at = 0 } = await haOf(site).replicationStatus("tappaas1", `${vmid}-0`);
      assert.ok(at > 0, vmid);
    }
  });

  it("writes down which number is whose, for good", () => {
    const kept = JSON.parse(readFileSync(join(site.places.site, "replication-jobs.json"), "utf8")) as unknown;
    const expected = Object.entries(TAKING_OVER).map(([vmid, node]) => [vmid, { [node]: 0 }]);
    assert.deepEqual(kept, Object.fromEntries(expected));
  });

  it("changes nothing the second time, before and after it was looked at again", async () => {
    assert.deepEqual(await make(site), { ...(await make(site)), end: "nothing", changes: [], harm: [], drift: [] });
    assert.equal(await observeLabSite(site, true), 0);
    const { end, changes } = await make(site);
    assert.deepEqual([end, changes], ["nothing", []]);
  });

  it("does not start a guest that a person stopped", async () => {
    const { ask } = pveOf(site.sheet, "tappaas1");
    const stop = { method: "PUT" as const, path: "/cluster/ha/resources/vm:610", parameters: { state: "stopped" } };
    await ask(z.unknown(), stop);
    await make(site);
    const { resources } = await highAvailabilityOf(site);
    assert.ok(resources.includes("vm:610 stopped"));
    await ask(z.unknown(), { ...stop, parameters: { state: "started" } });
  });

  it("follows a guest that a person moves, on its way and after it, and rewrites neither its rule nor its replica", async () => {
    const before = await highAvailabilityOf(site);
    const { ask } = pveOf(site.sheet, "tappaas1");
    const path = "/cluster/ha/resources/vm:140/migrate";
    await ask(z.unknown(), { method: "POST", path, parameters: { node: "tappaas2" } });
    for (let round = 0; round < 120 && (await nodeOf("140")) !== "tappaas2"; round += 1)
      askLab(site.places, "pass-time", "5");
    assert.equal(await nodeOf("140"), "tappaas2");
    for (const seconds of [0, 600]) {
      askLab(site.places, "pass-time", String(seconds));
      const { end, changes, harm, drift } = await make(site);
      assert.deepEqual([end, changes, harm, drift], ["nothing", [], [], []]);
      assert.deepEqual(await highAvailabilityOf(site), before);
    }
  });

  /** Node on which a guest is now. */
  async function nodeOf(vmid: string): Promise<string> {
    const rows = z.array(z.looseObject({ vmid: z.number(), node: z.string() }));
    const { ask } = pveOf(site.sheet, "tappaas1");
    const all = await ask(rows, { method: "GET", path: "/cluster/resources", parameters: { type: "vm" } });
    return all.find((one) => String(one.vmid) === vmid)?.node ?? "";
  }

  /** The module of a guest with another failover node, as its owner writes it. */
  function failsOverTo(module: string, node: string): void {
    const file = join(site.places.site, "modules", `${module}.json`);
    const written = JSON.parse(readFileSync(file, "utf8")) as object;
    writeFileSync(file, JSON.stringify({ ...written, HANode: node }));
  }

  function retire(node: string) {
    const args = ["retire", "--node", node, "--yes", "--settings", site.places.stackFile];
    return site.stack.command(args, { quiet: true });
  }

  it("gives another failover node a number of its own, and lets the old replica go on beside it", async () => {
    failsOverTo("identity", "tappaas3");
    const { end, harm, errors } = await make(site);
    assert.deepEqual([end, harm, errors], ["applied", [], []]);
    const { jobs } = await highAvailabilityOf(site);
    assert.deepEqual(
      jobs.filter((job) => job.startsWith("140-")),
      ["140-0 tappaas1-tappaas2 */15", "140-1 tappaas1-tappaas3 */15"],
    );
    const { last_sync: at = 0 } = await haOf(site).replicationStatus("tappaas1", "140-1");
    assert.ok(at > 0);
  });

  it("does not retire a node to which a guest is to fail over", async () => {
    const { code, stderr } = await retire("tappaas3");
    assert.equal(code, 1);
    assert.match(stderr, /firewall, identity still fail over to tappaas3/);
    assert.equal((await highAvailabilityOf(site)).jobs.length, 6);
  });

  it("retires a node that no guest needs, each with a fresh replica elsewhere, and its number is nobody else's", async () => {
    failsOverTo("identity", "tappaas2");
    failsOverTo("firewall", "NONE");
    const { end: first, harm, errors } = await make(site);
    assert.deepEqual([first, harm, errors], ["applied", [], []]);
    const { code, stderr } = await retire("tappaas3");
    assert.equal(code, 0, stderr);
    assert.match(stderr, /replication 140-1 to tappaas3 ends; .* identity has a replica on tappaas2/);
    const { jobs } = await highAvailabilityOf(site);
    assert.deepEqual(
      jobs.filter((job) => /^1[14]0-/.test(job)),
      ["140-0 tappaas1-tappaas2 */15"],
    );
    const kept = JSON.parse(readFileSync(join(site.places.site, "replication-jobs.json"), "utf8")) as object;
    assert.deepEqual((kept as Record<string, unknown>)["140"], { tappaas2: 0, tappaas3: 1 });
    const { end, changes } = await make(site);
    assert.deepEqual([end, changes], ["nothing", []]);
  });

  it("makes nothing twice, changes and deletes nothing when the state is lost", async () => {
    const before = await highAvailabilityOf(site);
    await loseState(site, NAME);
    reachServerApart(site);
    // The site is prepared anew for it; its modules stand in its repository, which is not lost.
    failsOverTo("firewall", "NONE");
    assert.equal(await observeLabSite(site, true), 0);
    const { end, errors } = await make(site);
    assert.deepEqual([end, errors], ["applied", []]);
    assert.deepEqual(await highAvailabilityOf(site), before);
  });
});
