import { strict as assert } from "node:assert";
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";

import { type Site } from "../../../lab/core/site";
import { parseSiteDescription } from "../../../lab/core/site-description";
import { startSite } from "../../../lab/lab";
import { startPve } from "../../../lab/pve/module";
import { inOrder } from "../../engine/support/in-order";
import { ask } from "../support/pve-client";
import { accessTo, ended, newStateDirectory, prefixOf } from "../support/pve-site";

interface Row {
  readonly id: string;
  readonly type: string;
  readonly node: string;
  readonly status: string;
  readonly vmid?: number;
  readonly state?: string;
  readonly online?: number;
  readonly quorate?: number;
}

interface JobStatus {
  readonly id: string;
  readonly source: string;
  readonly target: string;
  readonly last_sync: number;
  readonly last_try: number;
  readonly next_sync: number;
  readonly fail_count: number;
  readonly error?: string;
}

// Times and states are held against published logs in test/lab/ha; this is what a client sees of them.
describe("a node of the lab's three is lost", function () {
  inOrder(this);
  const state = newStateDirectory();
  let site: Site;

  before(async () => {
    site = await start();
  });
  after(async () => {
    await site.stop();
    rmSync(state, { recursive: true });
  });

  function start(): Promise<Site> {
    const text = readFileSync(join(__dirname, "../../../lab/sites/three-node.json"), "utf8");
    const connect = (): never => {
      throw new Error("no backup server in this test");
    };
    const settings = { state, prefix: prefixOf(76), description: parseSiteDescription(text) };
    return startSite(settings, { startPve: (one, node) => startPve(one, node, connect) });
  }

  const on =
    (node: string) =>
    async (operation: string, parameters = {}) => {
      const { status, reason, data } = await ask(accessTo(site, node), operation, parameters);
      assert.equal(status, 200, `${operation}: ${reason}`);
      return data;
    };
  const second = on("tappaas2");
  const control = (name: string, fields = {}) => site.control.run(name, fields);
  const guest = async (vmid: number) =>
    ((await second("GET /cluster/resources?type=vm")) as Row[]).find((row) => row.vmid === vmid)!;
  const ha = async () => (await second("GET /cluster/ha/status/current")) as Row[];
  const service = async (sid: string) => (await ha()).find(({ id }) => id === `service:${sid}`)!;
  const job = async (node: string) => (await second(`GET /nodes/${node}/replication/140-0/status`)) as JobStatus;
  const digest = async (node: string) =>
    ((await control("content", { node, vmid: 140 })) as { disks: Record<string, { sha256: string }> }).disks;

  it("has a master, a service that runs and a replica that is as of its last run", async () => {
    const first = on("tappaas1");
    await first("POST /cluster/replication", { id: "140-0", type: "local", target: "tappaas2" });
    await first("POST /cluster/ha/resources", { sid: "vm:140", state: "started" });
    await first("POST /cluster/ha/rules", {
      ...{ rule: "ha-identity", type: "node-affinity", resources: "vm:140" },
      ...{ nodes: "tappaas1:2,tappaas2:1", strict: 1 },
    });
    await control("pass-time", { seconds: 120 });
    assert.equal((await service("vm:140")).state, "started");
    const { last_sync: last, fail_count: failures, next_sync: next } = await job("tappaas1");
    assert.ok(last > 0 && failures === 0 && next > last && next <= last + 900);
    assert.deepEqual(await digest("tappaas1"), await copyOn("tappaas2"));
    const { manager_status: manager } = (await second("GET /cluster/ha/status/manager_status")) as {
      manager_status: { node_status: object };
    };
    assert.deepEqual(Object.values(manager.node_status), ["online", "online", "online"]);
  });

  /** What a node keeps of the guest's disks. */
  async function copyOn(node: string): Promise<unknown> {
    return control("replica", { node, vmid: 140 });
  }

  let replicated: object;

  it("is silent at once, and away for the others within seconds", async () => {
    replicated = await digest("tappaas1");
    await control("write-disk", {
      node: "tappaas1",
      vmid: 140,
      key: "scsi0",
      offset: 4096,
      text: "after the last run",
    });
    assert.notDeepEqual(await digest("tappaas1"), replicated);
    await control("pull-plug", { node: "tappaas1" });
    await assert.rejects(on("tappaas1")("GET /version"));
    await control("pass-time", { seconds: 10 });
    const members = (await second("GET /cluster/status")) as (Row & { name: string })[];
    assert.equal(members.find(({ name }) => name === "tappaas1")?.online, 0);
    assert.equal(members.find(({ type }) => type === "cluster")?.quorate, 1);
    assert.equal((await guest(140)).status, "unknown");
    const { status } = await ask(accessTo(site, "tappaas2"), "GET /nodes/tappaas1/status");
    assert.equal(status, 595);
  });

  it("leaves its service to the node with the replica, after two minutes and not before", async () => {
    await control("pass-time", { seconds: 90 });
    assert.equal((await guest(140)).node, "tappaas1");
    await control("pass-time", { seconds: 110 });
    const { node, status } = await guest(140);
    assert.deepEqual([node, status], ["tappaas2", "running"]);
    assert.equal((await service("vm:140")).node, "tappaas2");
  });

  it("loses what came after the last run, and nothing before it", async () => {
    assert.deepEqual(await digest("tappaas2"), replicated);
    const said = site.events
      .all()
      .filter(({ kind, text }) => kind === "ha" && text.includes("what came after it is lost"));
    assert.equal(said.length, 1);
  });

  it("has its job turned round, which fails while the node is away", async () => {
    await control("pass-time", { seconds: 1000 });
    const { source, target, fail_count: failures, error } = await job("tappaas2");
    assert.deepEqual([source, target], ["tappaas2", "tappaas1"]);
    assert.ok(failures >= 1 && error !== undefined);
  });

  it("gets its service back when it is there again, with all that happened meanwhile", async () => {
    await control("write-disk", { node: "tappaas2", vmid: 140, key: "scsi0", offset: 8192, text: "written meanwhile" });
    const meanwhile = await digest("tappaas2");
    await control("plug-in", { node: "tappaas1" });
    await control("pass-time", { seconds: 1200 });
    assert.equal((await guest(140)).node, "tappaas1");
    assert.deepEqual(await digest("tappaas1"), meanwhile);
    const { source, target, fail_count: failures } = await job("tappaas1");
    assert.deepEqual([source, target, failures], ["tappaas1", "tappaas2", 0]);
  });

  it("moves a guest that HA does not watch when it is asked to, and HA's own only by HA", async () => {
    const upid = await second("POST /nodes/tappaas2/qemu/213/migrate", { target: "tappaas3", online: 1 });
    assert.equal(await ended(accessTo(site, "tappaas2"), "tappaas2", upid), "OK");
    assert.equal((await guest(213)).node, "tappaas3");
    const answer = await second("POST /cluster/ha/resources/vm:140/migrate", { node: "tappaas2" });
    assert.deepEqual(answer, { sid: "vm:140", "requested-node": "tappaas2" });
    await control("pass-time", { seconds: 60 });
    assert.ok(site.events.all().some(({ text }) => text.includes("migrate service 'vm:140' to node 'tappaas2'")));
  });

  it("is as it was after the lab was restarted", async () => {
    const kept = await ha();
    await site.stop();
    site = await start();
    assert.deepEqual(
      (await ha()).map(({ id, node }) => [id, node]),
      kept.map(({ id, node }) => [id, node]),
    );
  });

  it("leaves the last node without a majority: it answers, and takes no change of HA", async () => {
    await control("pull-plug", { node: "tappaas1" });
    await control("pull-plug", { node: "tappaas3" });
    const answer = await ask(accessTo(site, "tappaas2"), "POST /cluster/ha/resources", { sid: "vm:213" });
    assert.deepEqual([answer.status, answer.reason], [500, "cluster not ready - no quorum?"]);
    assert.equal((await ha())[0]?.quorate, 0);
  });
});
