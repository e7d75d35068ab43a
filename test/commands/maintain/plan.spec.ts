import { strict as assert } from "node:assert";

import {
  maintenancePlan,
  planLines,
  stoppedForMove,
  type SeenCluster,
  type SeenGuest,
} from "../../../commands/maintain/plan";

const GIB = 1024 ** 3;
const NOW = 1_800_000_000;
const HOUR = 3_600;

function guest(changes: Partial<SeenGuest> = {}): SeenGuest {
  return {
    id: "vm:140",
    name: "identity",
    node: "tappaas1",
    running: true,
    onBoot: true,
    memory: 4 * GIB,
    cpuType: "x86-64-v3",
    haState: "started",
    ruleNodes: ["tappaas1", "tappaas2"],
    replicas: [
      { job: "140-0", node: "tappaas2", runs: { now: NOW, lastSync: NOW - 300, failures: 0, error: undefined } },
    ],
    ...changes,
  };
}

const replica = (changes: object) => ({
  replicas: [
    {
      job: "140-0",
      node: "tappaas2",
      runs: { now: NOW, lastSync: NOW - 300, failures: 0, error: undefined, ...changes },
    },
  ],
});

function cluster(guests: readonly SeenGuest[], changes: Partial<SeenCluster> = {}, nodes: object = {}): SeenCluster {
  const names = ["tappaas1", "tappaas2", "tappaas3"];
  return {
    quorate: true,
    device: "none",
    promised: HOUR,
    guests,
    nodes: names.map((name) => ({
      ...{ name, online: true, cpuModel: "One Processor", memory: 64 * GIB, haState: "online" },
      ...(nodes as Record<string, object>)[name],
    })),
    ...changes,
  };
}

const verdictOf = (one: SeenGuest, changes = {}, nodes = {}) =>
  maintenancePlan("tappaas1", cluster([one], changes, nodes)).verdicts.map(({ verdict, to }) => [verdict, to]);
const problemsOf = (one: SeenGuest, changes = {}, nodes = {}) =>
  maintenancePlan("tappaas1", cluster([one], changes, nodes)).problems;

describe("the plan of a node's maintenance", () => {
  it("moves a watched machine while it runs, to the node of its rule that has its replica", () => {
    assert.deepEqual(verdictOf(guest()), [["moves live", "tappaas2"]]);
    assert.deepEqual(verdictOf(guest({ ruleNodes: ["tappaas1", "tappaas3", "tappaas2"] })), [
      ["moves live", "tappaas2"],
    ]);
    assert.deepEqual(problemsOf(guest()), []);
  });

  it("tells that a container stops for its move, and never says that it would not", () => {
    assert.deepEqual(verdictOf(guest({ id: "ct:312" })), [["moves by a stop", "tappaas2"]]);
  });

  it("tells which guests go down with the node, and who starts them again", () => {
    const plan = maintenancePlan(
      "tappaas1",
      cluster([guest({ haState: undefined }), guest({ haState: undefined, onBoot: false })]),
    );
    assert.deepEqual(planLines("tappaas1", plan), [
      "vm:140 identity  must stop: HA does not watch it: it goes down with its node; PVE starts it with its node",
      "vm:140 identity  must stop: HA does not watch it: it goes down with its node; it is started again after, because it runs now",
    ]);
    assert.deepEqual(plan.problems, []);
  });

  it("leaves a guest that is off where it is, and off", () => {
    assert.deepEqual(verdictOf(guest({ running: false, haState: "stopped" })), [["stays", undefined]]);
    assert.deepEqual(problemsOf(guest({ running: false, haState: "stopped" })), []);
  });

  it("does not begin what would never end: a guest that no other node can take", () => {
    const [stuck, ...more] = problemsOf(guest({ ruleNodes: ["tappaas1", "tappaas3"] }));
    assert.match(stuck ?? "", /vm:140 identity: no other node can take it, so tappaas1 would never be empty/);
    assert.deepEqual(more, []);
    assert.match(problemsOf(guest({ haState: "error" }))[0] ?? "", /HA has given up on it/);
  });

  it("does not move onto a replica that is stale, broken or unknown", () => {
    const stale = [{ lastSync: NOW - HOUR - 60 }, { failures: 2, error: "no space" }, { lastSync: 0 }].map((runs) =>
      problemsOf(guest(replica(runs))),
    );
    assert.match(
      stale[0]?.[0] ?? "",
      /its replica on tappaas2 is 1 h 1 min old, more than is promised; `pvesr schedule-now 140-0`/,
    );
    assert.match(stale[1]?.[0] ?? "", /replication 140-0 to tappaas2 failed, last with "no space"/);
    assert.match(stale[2]?.[0] ?? "", /never had a whole copy/);
    assert.match(
      problemsOf(guest({ replicas: [{ job: "140-0", node: "tappaas2", runs: undefined }] }))[0] ?? "",
      /nobody can tell/,
    );
  });

  it("stops a machine with the node's own processor before it goes to another one, and says so", () => {
    const unlike = { tappaas2: { cpuModel: "Another" } };
    assert.deepEqual(verdictOf(guest({ cpuType: "host" }), {}, unlike), [["moves by a stop", "tappaas2"]]);
    assert.deepEqual(verdictOf(guest({ cpuType: "host" })), [["moves live", "tappaas2"]]);
    assert.deepEqual(verdictOf(guest(), {}, unlike), [["moves live", "tappaas2"]]);
    const { verdicts } = maintenancePlan(
      "tappaas1",
      cluster([guest({ cpuType: "host" }), guest({ id: "ct:312" })], {}, unlike),
    );
    assert.deepEqual(stoppedForMove(verdicts), ["vm:140"]);
  });

  it("does not fill a node beyond its memory, counting what runs there already", () => {
    const full = [
      guest({ memory: 40 * GIB }),
      guest({ id: "vm:310", name: "litellm", node: "tappaas2", memory: 30 * GIB }),
    ];
    const [room] = maintenancePlan("tappaas1", cluster(full)).problems;
    assert.match(room ?? "", /tappaas2 has 64 GiB of memory, and with identity its guests want 70 GiB/);
    const off = [full[0]!, { ...full[1]!, running: false }];
    assert.deepEqual(maintenancePlan("tappaas1", cluster(off)).problems, []);
  });

  it("keeps a majority: not with another node away, nor of two without a QDevice", () => {
    const away = problemsOf(guest(), {}, { tappaas3: { online: false } });
    assert.deepEqual(away, [
      "without tappaas1 the cluster has 1 of 3 votes, which is no majority; bring tappaas3 back first",
    ]);
    const two = cluster([guest()]);
    const pair = { ...two, nodes: two.nodes.slice(0, 2) };
    assert.match(
      maintenancePlan("tappaas1", pair).problems[0] ?? "",
      /1 of 2 votes, which is no majority; add a QDevice/,
    );
    assert.deepEqual(maintenancePlan("tappaas1", { ...pair, device: "votes" }).problems, []);
    const silent = maintenancePlan("tappaas1", { ...pair, device: "silent" }).problems;
    assert.match(silent[0] ?? "", /1 of 3 votes, which is no majority; bring the QDevice back first/);
    assert.match(problemsOf(guest(), { quorate: false })[0] ?? "", /no majority/);
  });

  it("takes one node at a time", () => {
    const [busy] = problemsOf(guest(), {}, { tappaas3: { haState: "maintenance" } });
    assert.match(busy ?? "", /tappaas3 is in maintenance already; one node at a time/);
  });

  it("refuses a node that the cluster does not have, or that stands alone", () => {
    assert.match(
      maintenancePlan("tappaas9", cluster([])).problems[0] ?? "",
      /no node tappaas9; it has tappaas1, tappaas2, tappaas3/,
    );
    const { nodes, ...rest } = cluster([]);
    assert.match(maintenancePlan("tappaas1", { ...rest, nodes: nodes.slice(0, 1) }).problems[0] ?? "", /stands alone/);
  });

  it("tells which guests elsewhere have nowhere to fail over meanwhile", () => {
    const { warnings } = maintenancePlan("tappaas2", cluster([guest()]));
    assert.deepEqual(warnings, [
      "while tappaas2 is away, identity cannot fail over to it, and replication to it fails and is caught up later",
    ]);
  });
});
