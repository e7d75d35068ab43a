import { strict as assert } from "node:assert";

import { HaClient } from "../../provider/clients/ha-client";
import { askLab } from "../../tools/lab-site/lab";
import { observeLabSite, referenceStanding, type LabSite } from "../../tools/lab-site/prepare";
import { changeSettings, run } from "../engine/support/commands";
import { inOrder } from "../engine/support/in-order";
import { forgetLabSite, freshLabSite, pveOf } from "../engine/support/lab-site";

const NAME = "test-node-away";

/** Seconds after which every guest of a lost node runs elsewhere. */
const FAILED_OVER = 400;

/** Seconds after which a node that has its power back is a member again, with its guests at home. */
const BACK = 1_800;

interface Upped {
  readonly end: string;
  readonly changes: readonly { readonly op: string; readonly urn: string }[];
  readonly harm: readonly unknown[];
  readonly errors: readonly string[];
  readonly drift: readonly { readonly type: string; readonly repaired: boolean }[];
  readonly away: {
    readonly nodes: readonly string[];
    readonly backupServer: boolean;
    readonly resources: readonly { readonly urn: string }[];
  };
}

/** What `make up` and the engine do to a cluster that has just lost a node: in that hour they are needed, and must do no harm. */
describe("a site of three nodes while one of them is lost", function () {
  inOrder(this);
  let site: LabSite;
  let whole: Awaited<ReturnType<typeof highAvailability>>;
  let kept: string[];

  before(async () => {
    site = await freshLabSite(NAME, "127.0.74", referenceStanding("three-node"));
    assert.equal(await observeLabSite(site, true), 0);
    assert.equal((await up()).end, "applied");
    passTime(300);
    whole = await highAvailability("tappaas1");
    kept = await resources();
  });

  after(() => {
    forgetLabSite(NAME);
  });

  const passTime = (seconds: number): string => askLab(site.places, "pass-time", String(seconds));

  async function up(): Promise<Upped> {
    const { stdout, stderr } = await run(site, "up", "--yes", "--json");
    assert.notEqual(stdout, "", stderr);
    return JSON.parse(stdout) as Upped;
  }

  /** The engine's own refresh through a node that answers, with the words that `make up` gives it; what `away` names is left out. */
  async function refresh(asked: string, { resources: left }: Upped["away"]): Promise<void> {
    const without = left.flatMap(({ urn }) => ["--exclude", urn]);
    const words = ["refresh", "--yes", "--skip-preview", "--run-program", ...without];
    const { code, stdout, stderr } = await site.stack.onStack(words, { quiet: true, env: { TAPPAAS_PVE_NODE: asked } });
    assert.equal(code, 0, `${stdout}${stderr}`);
  }

  async function resources(): Promise<string[]> {
    const { stack } = site;
    const { stdout } = await stack.pulumi(["stack", "export", "--stack", stack.program.stack], { quiet: true });
    const { deployment } = JSON.parse(stdout) as { deployment: { resources: { urn: string }[] } };
    return deployment.resources.map(({ urn }) => urn).sort();
  }

  /** What keeps the services alive, as a node shows it. */
  async function highAvailability(node: string) {
    const ha = new HaClient(pveOf(site.sheet, node));
    const jobs = await ha.replicationJobs();
    return {
      resources: (await ha.resources()).map(({ sid, state }) => `${sid} ${state ?? ""}`).sort(),
      rules: (await ha.rules()).map(({ rule, nodes, strict }) => `${rule} ${nodes ?? ""} ${String(strict)}`).sort(),
      // A job runs from the node that has the guest now to the other one.
      jobs: jobs.map(({ id, source, target }) => `${id} ${[source, target].sort().join("-")}`).sort(),
    };
  }

  /** Nothing that survives a node was taken away, doubled or rewritten. */
  async function assertUnharmed(asked: string): Promise<void> {
    assert.deepEqual(await highAvailability(asked), whole);
    assert.deepEqual(await resources(), kept);
  }

  // The node that is asked first and leads HA, and the one that has the backup server.
  for (const lost of ["tappaas1", "tappaas3"]) {
    let gone: Upped["away"];
    const asked = lost === "tappaas1" ? "tappaas2" : "tappaas1";

    it(`is looked at and left as it is while ${lost} is gone, before and after its services failed over`, async () => {
      askLab(site.places, "pull-plug", lost);
      passTime(30);
      const early = await up();
      assert.deepEqual([early.harm, early.changes], [[], []]);
      passTime(FAILED_OVER);
      if (lost !== "tappaas1") await refresh(asked, early.away);
      const { end, away, harm, changes, errors } = await up();
      assert.deepEqual([end, away.nodes, harm, changes, errors], ["nothing", [lost], [], [], []]);
      assert.equal(away.backupServer, lost === "tappaas3");
      gone = away;
      await assertUnharmed(asked);
    });

    it(`takes a change to what does not rest on ${lost}, in the middle of it`, async () => {
      const undo = changeSettings(site, (settings) => ({ ...settings, backup: { schedule: "22:15" } }));
      const { end, changes, errors } = await up();
      assert.deepEqual([end, errors], ["applied", []]);
      assert.deepEqual(
        changes.map(({ op, urn }) => `${op} ${urn.split("::").at(-1) ?? ""}`),
        ["update nightly"],
      );
      undo();
      assert.equal((await up()).end, "applied");
      await assertUnharmed(asked);
    });

    it(`is the same after a refresh and another up, and when ${lost} is back`, async () => {
      await refresh(asked, gone);
      assert.deepEqual((await up()).changes, []);
      askLab(site.places, "plug-in", lost);
      passTime(BACK);
      const { end, changes, drift, away } = await up();
      assert.deepEqual([end, changes, drift, away.nodes], ["nothing", [], [], []]);
      await refresh("tappaas1", away);
      await assertUnharmed(asked);
    });
  }
});
