import { strict as assert } from "node:assert";
import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";

import { type DrillPlan } from "../../estate/drill-plan";
import { type DrillRecord } from "../../planning/drill-record";
import { type PveClient } from "../../provider/clients/pve-client";
import { RestoreClient } from "../../provider/clients/restore-client";
import { askLab } from "../../tools/lab-site/lab";
import { observeLabSite, referenceStanding, type LabSite } from "../../tools/lab-site/prepare";
import { answer } from "../engine/support/commands";
import { inOrder } from "../engine/support/in-order";
import { forgetLabSite, freshLabSite, pveOf, runBackups } from "../engine/support/lab-site";

const NAME = "sweep-drill-cluster";

interface Drilled {
  readonly end: string;
  readonly record?: DrillRecord;
  readonly left: readonly string[];
}

describe("a drill in a cluster of three nodes", function () {
  inOrder(this);
  let site: LabSite;
  let pve: PveClient;

  before(async () => {
    site = await freshLabSite(NAME, "127.0.103", referenceStanding("three-node"));
    assert.equal(await observeLabSite(site, true), 0);
    assert.equal((await answer(site, "up", "--yes")).value.end, "applied");
    runBackups(site);
    pve = pveOf(site.sheet, "tappaas1");
  });

  after(async () => {
    await pve.close();
    forgetLabSite(NAME);
  });

  const drillFile = () => join(site.places.site, "drill.json");
  const numbers = async () => (await new RestoreClient(pve).guests()).map(({ vmid }) => vmid).sort((a, b) => a - b);
  const words = (...more: string[]) => [
    ...["drill", "--settings", site.places.stackFile, "--settle", "1", "--patience", "20", "--json", "--yes"],
    ...more,
  ];

  async function drilled(...more: string[]): Promise<{ code: number; said: string; value: Drilled }> {
    const { code, stdout, stderr } = await site.stack.command(words(...more), { quiet: true });
    assert.notEqual(stdout, "", stderr);
    return { code, said: stderr, value: JSON.parse(stdout) as Drilled };
  }

  it("reads guests back on the nodes on which they live, and leaves every node as it was", async () => {
    const before = await numbers();
    for (const [guest, node] of [
      ["identity", "tappaas1"],
      ["deconz", "tappaas2"],
      ["vllm-amd", "tappaas2"],
    ] as const) {
      const { value, said } = await drilled("--guest", guest);
      assert.notEqual(value.end, "failed", said);
      assert.match(value.record?.guests[0]?.upid ?? "", new RegExp(`^UPID:${node}:`));
      assert.deepEqual(value.record?.left, []);
    }
    assert.deepEqual(await numbers(), before);
  });

  it("reads one back on another node, when a person says so", async () => {
    const { value, said } = await drilled("--guest", "identity", "--node", "tappaas3");
    assert.equal(value.end, "passed", said);
    assert.match(value.record?.guests[0]?.upid ?? "", /^UPID:tappaas3:/);
  });

  it("tries guests of several nodes together on one, where they see each other and nobody else", async () => {
    const before = await numbers();
    const { value, said } = await drilled("--guest", "nextcloud-hpb", "--bridge", "drill");
    assert.equal(value.end, "passed", said);
    const guests = value.record?.guests ?? [];
    assert.deepEqual(
      guests.map(({ name }) => name),
      ["firewall", "identity", "nextcloud", "nextcloud-hpb"],
    );
    for (const { upid } of guests) assert.match(upid ?? "", /^UPID:tappaas1:/);
    assert.match(guests[2]?.why ?? "", /reaches identity at port 9000; port 80 answered from inside/);
    assert.match(guests[3]?.why ?? "", /reaches nextcloud at port 80/);
    assert.deepEqual(value.record?.left, []);
    assert.deepEqual(await numbers(), before);
  });

  it("leaves a guest on a node that was lost in the middle, says so, and takes it away when the node is back", async () => {
    const before = await numbers();
    const program = ["--import=tsx", "commands/main.ts", ...words("--guest", "deconz")];
    const child = spawn(process.execPath, program, { env: site.stack.env, detached: true, stdio: "ignore" });
    const ended = new Promise((resolve) => child.once("close", resolve));
    const marked = () =>
      existsSync(drillFile()) &&
      (JSON.parse(readFileSync(drillFile(), "utf8")) as DrillPlan).guests[0]?.marked === true;
    while (child.exitCode === null && !marked()) await wait(10);
    assert.equal(child.exitCode, null, "it ended before it could be killed");
    process.kill(-child.pid!, "SIGKILL");
    await ended;

    askLab(site.places, "pull-plug", "tappaas2");
    askLab(site.places, "pass-time", "60");
    const lost = await drilled("--clean");
    assert.equal(lost.value.end, "failed", lost.said);
    assert.match(lost.said, /LEFT: 990\d on tappaas2: tappaas2 cannot say what was done to it\. It was not touched/);
    assert.equal(existsSync(drillFile()), true);

    askLab(site.places, "plug-in", "tappaas2");
    askLab(site.places, "pass-time", "120");
    const back = await drilled("--clean");
    assert.equal(back.value.end, "cleaned", back.said);
    assert.deepEqual(await numbers(), before);
  });

  it("says of guests on a lost node that they failed, by name, and restores nothing for them", async () => {
    askLab(site.places, "pull-plug", "tappaas2");
    askLab(site.places, "pass-time", "60");
    const { value } = await drilled("--guest", "deconz");
    assert.equal(value.end, "failed");
    assert.deepEqual(
      value.record?.guests.map(({ name, why }) => [name, why]),
      [["deconz", "its node does not answer"]],
    );
    assert.equal(existsSync(drillFile()), false);
  });
});
