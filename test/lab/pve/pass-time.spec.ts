import { strict as assert } from "node:assert";
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";

import { type Site } from "../../../lab/core/site";
import { parseSiteDescription } from "../../../lab/core/site-description";
import { startSite } from "../../../lab/lab";
import { startPve } from "../../../lab/pve/module";
import { inOrder } from "../../engine/support/in-order";
import { ask } from "../support/pve-client";
import { accessTo, newStateDirectory, prefixOf } from "../support/pve-site";

interface Passed {
  readonly now: number;
  readonly ran: readonly { readonly node: string; readonly job: string }[];
}

describe("time that passes on the lab's three nodes", function () {
  inOrder(this);
  const state = newStateDirectory();
  let site: Site;

  before(async () => {
    const text = readFileSync(join(__dirname, "../../../lab/sites/three-node.json"), "utf8");
    const connect = (): never => {
      throw new Error("no backup server in this test");
    };
    const settings = { state, prefix: prefixOf(77), description: parseSiteDescription(text) };
    site = await startSite(settings, { startPve: (one, node) => startPve(one, node, connect) });
    await control("clock", { set: "2026-03-01T12:00:00", frozen: true });
  });
  after(async () => {
    await site.stop();
    rmSync(state, { recursive: true });
  });

  const control = (name: string, fields = {}) => site.control.run(name, fields);
  const pass = async (seconds: number) => (await control("pass-time", { seconds })) as Passed;
  const root = async (operation: string, parameters = {}) => {
    const { status, reason, data } = await ask(accessTo(site, "tappaas2"), operation, parameters);
    assert.equal(status, 200, `${operation}: ${reason}`);
    return data;
  };

  it("backs up at each hour of the schedule, on every node, and never before", async () => {
    await root("POST /cluster/backup", { id: "nightly", schedule: "21:00", storage: "local", all: 1 });
    assert.deepEqual((await pass(9 * 3600 - 1)).ran, []);
    const { now, ran } = await pass(2 * 86_400);
    assert.equal(ran.length, 6);
    assert.equal(now, new Date("2026-03-03T20:59:59").getTime());
    const tasks = (await control("tasks", { node: "tappaas1" })) as { type: string; starttime: number }[];
    const hours = tasks
      .filter(({ type }) => type === "vzdump")
      .map(({ starttime }) => new Date(starttime * 1000).getHours());
    assert.deepEqual(hours, [21, 21]);
  });

  it("backs up nothing on a node that has no power", async () => {
    await control("pull-plug", { node: "tappaas1" });
    const { ran } = await pass(86_400);
    assert.deepEqual(ran.map(({ node }) => node).sort(), ["tappaas2", "tappaas3"]);
    await control("plug-in", { node: "tappaas1" });
    await pass(600);
  });

  it("replicates at each quarter of an hour, and changes nothing for a guest that is written to by nobody", async () => {
    await root("POST /cluster/replication", { id: "140-0", type: "local", target: "tappaas2" });
    const runs: number[] = [];
    for (let quarter = 0; quarter < 4; quarter += 1) {
      await pass(900);
      const status = (await root("GET /nodes/tappaas1/replication/140-0/status")) as { last_sync: number };
      runs.push(status.last_sync);
    }
    assert.deepEqual(
      runs.slice(1).map((at, index) => at - runs[index]!),
      [900, 900, 900],
    );
    assert.ok(runs.slice(1).every((at) => at % 900 === 0));
  });

  it("goes neither back nor on for ever, and says so", async () => {
    await assert.rejects(pass(-1), /Expected whole seconds/);
    await assert.rejects(pass(32 * 86_400), /Expected whole seconds/);
  });

  it("empties a node by the policy migrate before it is switched off, and starts nothing from an old copy", async () => {
    await root("POST /cluster/ha/resources", { sid: "vm:140", state: "started" });
    await pass(60);
    await control("shutdown-policy", { node: "tappaas1", policy: "migrate" });
    await control("shut-down", { node: "tappaas1" });
    await pass(300);
    const rows = (await root("GET /cluster/resources?type=vm")) as { vmid: number; node: string; status: string }[];
    const { node, status } = rows.find(({ vmid }) => vmid === 140)!;
    assert.deepEqual([node, status], ["tappaas2", "running"]);
    const said = site.events.all().map(({ text }) => text);
    assert.ok(!said.some((text) => text.includes("is lost (")));
  });
});
