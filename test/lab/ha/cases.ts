import { strict as assert } from "node:assert";

import { type ReplicationJob } from "../../../lab/ha/replication-model";
import { type Guest, type Node, type Rule, type ShutdownPolicy } from "../../../lab/ha/model";
import { type ClusterDescription, newGuest, newModel, newResource } from "../../../lab/ha/new-model";
import { Simulation } from "../../../lab/ha/simulation";

/** One thing that may befall a cluster, and what must have become of its guests. */
export interface Case {
  /** File of its golden log. */
  readonly name: string;
  /** What it promises. */
  readonly title: string;
  /** Lets it happen. */
  readonly run: () => Simulation;
  /** What must hold in the end; the golden log shows how it came to that. */
  readonly check: (simulation: Simulation) => void;
}

const EVERY_QUARTER = "*/15";
const CUT = 3000;

/** Three nodes; 101 on node1, 102 on node2 and 103 on node3, each with a replica on the two others every quarter. */
export function threeNodes(changes: Partial<ClusterDescription> = {}, nodes: Record<string, Partial<Node>> = {}) {
  const homes = { "vm:101": "node1", "vm:102": "node2", "vm:103": "node3" };
  return cluster(homes, { node1: {}, node2: {}, node3: {}, ...nodes }, changes);
}

/** A cluster of guests by home node, replicated to all other nodes. */
export function cluster(
  homes: Record<string, string>,
  nodes: Record<string, Partial<Node>>,
  { config, ...rest }: Partial<ClusterDescription> = {},
  guest: Partial<Guest> = {},
): Simulation {
  const sids = Object.keys(homes);
  const jobs = sids.flatMap((sid) => jobsOf(sid, homes[sid]!, Object.keys(nodes)));
  const model = newModel({
    nodes,
    guests: Object.fromEntries(sids.map((sid) => [sid, newGuest({ node: homes[sid]!, ...guest })])),
    config: {
      resources: Object.fromEntries(sids.map((sid) => [sid, newResource()])),
      jobs: Object.fromEntries(jobs),
      ...config,
    },
    ...rest,
  });
  return new Simulation(model);
}

function jobsOf(sid: string, source: string, nodes: readonly string[]): [string, ReplicationJob][] {
  const targets = nodes.filter((node) => node !== source);
  return targets.map((target, job) => [
    `${sid.split(":")[1] ?? ""}-${job}`,
    { sid, source, target, schedule: EVERY_QUARTER },
  ]);
}

export function where(simulation: Simulation): Record<string, string> {
  const { guests } = simulation.model;
  return Object.fromEntries(Object.keys(guests).map((sid) => [sid, guests[sid]!.running ? guests[sid]!.node : "down"]));
}

export function secondOf(simulation: Simulation, text: RegExp, from = 0): number {
  const entry = simulation.model.journal.find(({ time, text: line }) => time >= from && text.test(line));
  assert.ok(entry !== undefined, `nothing in the journal is like ${String(text)}`);
  return entry.time;
}

function after(simulation: Simulation, act: (simulation: Simulation) => void, seconds = 400): Simulation {
  simulation.advanceTo(CUT);
  act(simulation);
  simulation.advanceTo(CUT + seconds);
  return simulation;
}

const never = (simulation: Simulation, text: RegExp, from = CUT): void => {
  const found = simulation.model.journal.filter(({ time, text: line }) => time > from && text.test(line));
  assert.deepEqual(found, []);
};

const prefer = (sid: string, nodes: Record<string, number>, strict = true): Rule => ({
  type: "node-affinity",
  resources: [sid],
  nodes,
  strict,
});

const lost = (node: string, others: readonly string[]): Case => ({
  name: `lost-${node}`,
  title: `starts the guest of ${node} elsewhere from its replica when ${node} loses power`,
  run: () =>
    after(threeNodes(), (one) => {
      one.pullPlug(node);
    }),
  check: (simulation) => {
    const sid = `vm:10${node.slice(-1)}`;
    assert.ok(others.includes(where(simulation)[sid]!));
    assert.ok(!Object.values(where(simulation)).includes("down"));
  },
});

const shutdown = (policy: ShutdownPolicy, kind: "reboot" | "poweroff", title: string, expected: string): Case => ({
  name: `shutdown-${policy}-${kind}`,
  title,
  run: () =>
    after(
      threeNodes({ config: { shutdownPolicy: policy } }),
      (one) => {
        one.shutDown("node2", kind);
      },
      900,
    ),
  check: (simulation) => {
    assert.ok(secondOf(simulation, /'node2' is off/, CUT) > CUT);
    assert.equal(where(simulation)["vm:102"], expected);
    if (policy === "migrate") never(simulation, /stopping service/);
  },
});

const twoAndDevice = (place: "lan" | "wan") =>
  cluster(
    { "vm:101": "node1", "vm:102": "node2" },
    { node1: {}, node2: {} },
    { qdevice: { votes: 1, place, up: true } },
  );

/** What may befall a cluster. */
export const CASES: readonly Case[] = [
  lost("node1", ["node2", "node3"]),
  lost("node2", ["node1", "node3"]),
  lost("node3", ["node1", "node2"]),
  {
    name: "lost-two-nodes",
    title: "starts nothing when two of three nodes are lost, and the last one lets go of its own guest",
    run: () =>
      after(threeNodes(), (one) => {
        one.pullPlug("node1");
        one.pullPlug("node2");
      }),
    check: (simulation) => {
      assert.deepEqual(where(simulation), { "vm:101": "down", "vm:102": "down", "vm:103": "down" });
      never(simulation, /starting service/);
    },
  },
  {
    name: "partition-one-away",
    title: "resets a node that is cut off before its guest starts elsewhere",
    run: () =>
      after(threeNodes({}, { node3: { restarts: false } }), (one) => {
        one.cutNetwork(["node3"]);
      }),
    check: (simulation) => {
      const reset = secondOf(simulation, /'node3' is off \(watchdog\)/, CUT);
      assert.ok(reset < secondOf(simulation, /starting service vm:103/, CUT));
    },
  },
  {
    name: "partition-master-away",
    title: "finds a new master when the old one is cut off, and resets the old one first",
    run: () =>
      after(
        threeNodes({}, { node1: { restarts: false }, node2: { restarts: false }, node3: { restarts: false } }),
        (one) => {
          one.cutNetwork([one.model.manager!.master_node]);
        },
      ),
    check: (simulation) => {
      const reset = secondOf(simulation, /is off \(watchdog\)/, CUT);
      const master = secondOf(simulation, /slave => master/, CUT);
      assert.ok(reset < master && master < secondOf(simulation, /starting service/, CUT));
    },
  },
  {
    name: "partition-all-apart",
    title: "lets no two nodes run one guest when all are apart",
    run: () =>
      after(threeNodes(), (one) => {
        one.cutNetwork(["node1"], ["node2"], ["node3"]);
      }),
    check: (simulation) => {
      never(simulation, /starting service/);
      assert.deepEqual(Object.values(where(simulation)), ["down", "down", "down"]);
    },
  },
  {
    name: "partition-heals-in-time",
    title: "moves nothing when the network is whole again within half a minute",
    run: () => {
      const simulation = after(
        threeNodes(),
        (one) => {
          one.cutNetwork(["node3"]);
        },
        30,
      );
      simulation.cutNetwork();
      simulation.advanceTo(CUT + 400);
      return simulation;
    },
    check: (simulation) => {
      assert.deepEqual(where(simulation), { "vm:101": "node1", "vm:102": "node2", "vm:103": "node3" });
      never(simulation, /fence|is off/);
    },
  },
  {
    name: "partition-two-nodes-and-device",
    title: "lets the QDevice decide which of two nodes goes on",
    run: () =>
      after(twoAndDevice("lan"), (one) => {
        one.cutNetwork(["node1"], ["node2"]);
      }),
    check: (simulation) => {
      assert.deepEqual(where(simulation), { "vm:101": "node1", "vm:102": "node1" });
    },
  },
  {
    name: "node-back-during-failover",
    title: "starts the guest where it was when its node is back before the fence",
    run: () => {
      const simulation = threeNodes({}, { node3: { bootSeconds: 20 } });
      after(
        simulation,
        (one) => {
          one.pullPlug("node3");
        },
        15,
      );
      simulation.plugIn("node3");
      simulation.advanceTo(CUT + 400);
      return simulation;
    },
    check: (simulation) => {
      assert.equal(where(simulation)["vm:103"], "node3");
      never(simulation, /recover service/);
      assert.ok(secondOf(simulation, /starting service vm:103/, CUT) > CUT + 110);
    },
  },
  {
    name: "node-back-after-failover",
    title: "fails the guest back to a better node when that is there again, and replicates the other way meanwhile",
    run: () => {
      const rules = { home: prefer("vm:103", { node3: 2, node2: 1 }) };
      const simulation = threeNodes({ config: { rules } });
      after(
        simulation,
        (one) => {
          one.pullPlug("node3");
        },
        1000,
      );
      assert.equal(where(simulation)["vm:103"], "node2");
      simulation.plugIn("node3");
      simulation.advanceTo(CUT + 2000);
      return simulation;
    },
    check: (simulation) => {
      assert.equal(where(simulation)["vm:103"], "node3");
      assert.deepEqual(
        Object.values(simulation.model.config.jobs)
          .filter(({ sid }) => sid === "vm:103")
          .map(({ source, target }) => `${source} ${target}`)
          .sort(),
        ["node3 node1", "node3 node2"],
      );
    },
  },
  {
    name: "drain-with-room",
    title: "empties a node for maintenance by live migration, and brings its guest back",
    run: () => {
      const simulation = after(
        threeNodes(),
        (one) => {
          one.command("enable-node-maintenance node2");
        },
        200,
      );
      assert.ok(!Object.values(where(simulation)).includes("node2"));
      simulation.command("disable-node-maintenance node2");
      simulation.advanceTo(CUT + 500);
      return simulation;
    },
    check: (simulation) => {
      assert.equal(where(simulation)["vm:102"], "node2");
      never(simulation, /stopping service|is off/);
    },
  },
  {
    name: "drain-without-room",
    title: "leaves a guest running where it is when no other node has room for it",
    run: () =>
      after(
        threeNodes({}, { node1: { memory: 3000 }, node3: { memory: 3000 } }),
        (one) => {
          one.command("enable-node-maintenance node2");
        },
        100,
      ),
    check: (simulation) => {
      assert.equal(where(simulation)["vm:102"], "node2");
      assert.ok(secondOf(simulation, /not moved \(migration error\): cannot allocate memory/, CUT) > CUT);
    },
  },
  {
    name: "replica-stale",
    title: "loses what came after the last good replication, and says how much",
    run: () => {
      const simulation = cluster({ "vm:101": "node1" }, { node1: {}, node2: {}, node3: {} });
      simulation.advanceTo(1000);
      for (const job of Object.values(simulation.model.config.jobs)) job.disable = true;
      return after(simulation, (one) => {
        one.pullPlug("node1");
      });
    },
    check: (simulation) => {
      const second = secondOf(simulation, /what came after it is lost \((?:20[5-9]\d|2100) s\)/, CUT);
      assert.ok(second > CUT);
    },
  },
  {
    name: "replica-missing",
    title: "starts no guest on a node without its disks, and ends in error rather than from nothing",
    run: () => {
      const rules = { home: prefer("vm:101", { node1: 2, node2: 1 }) };
      const simulation = cluster(
        { "vm:101": "node1" },
        { node1: {}, node2: {}, node3: {} },
        { config: { rules, jobs: {} } },
      );
      return after(simulation, (one) => {
        one.pullPlug("node1");
      });
    },
    check: (simulation) => {
      assert.equal(where(simulation)["vm:101"], "down");
      assert.equal(simulation.model.manager?.service_status["vm:101"]?.state, "error");
    },
  },
  {
    name: "target-full",
    title: "tries again after 5, 10, 15 and then every 30 minutes when the target is full",
    run: () => {
      const simulation = cluster({ "vm:101": "node1" }, { node1: {}, node2: { free: 1000 } });
      simulation.advanceTo(9000);
      return simulation;
    },
    check: ({ model }) => {
      const tries = model.journal.filter(({ text }) => text.includes("start full sync")).map(({ time }) => time);
      const gaps = tries.slice(1).map((time, index) => Math.round((time - tries[index]!) / 60));
      assert.deepEqual(gaps, [5, 10, 15, 30, 30, 30]);
      assert.match(model.replication.jobs["101-0"]?.error ?? "", /out of space/);
    },
  },
  {
    name: "qdevice-lost",
    title: "goes on without a QDevice, and stops when a node of two is lost besides",
    run: () => {
      const simulation = after(twoAndDevice("lan"), (one) => {
        one.switchDevice(false);
      });
      assert.deepEqual(where(simulation), { "vm:101": "node1", "vm:102": "node2" });
      simulation.pullPlug("node2");
      simulation.advanceTo(CUT + 900);
      return simulation;
    },
    check: (simulation) => {
      assert.deepEqual(where(simulation), { "vm:101": "down", "vm:102": "down" });
    },
  },
  {
    name: "backup-node-lost",
    title: "moves no guest when the node is lost that only keeps backups",
    run: () =>
      after(cluster({ "vm:101": "node1", "vm:102": "node2" }, { node1: {}, node2: {}, node3: {} }), (one) => {
        one.pullPlug("node3");
      }),
    check: (simulation) => {
      assert.deepEqual(where(simulation), { "vm:101": "node1", "vm:102": "node2" });
      never(simulation, /fence|recover/);
    },
  },
  {
    name: "rule-before-crm",
    title: "knows no node before the first resource came, and follows a rule that stood there before",
    run: () => {
      const rules = { home: prefer("vm:101", { node2: 1 }) };
      const simulation = cluster(
        { "vm:101": "node1" },
        { node1: {}, node2: {}, node3: {} },
        { config: { rules, resources: {} } },
      );
      simulation.advanceTo(CUT);
      assert.equal(simulation.model.manager, undefined);
      simulation.model.config.resources["vm:101"] = newResource();
      simulation.advanceTo(CUT + 200);
      return simulation;
    },
    check: (simulation) => {
      assert.equal(where(simulation)["vm:101"], "node2");
    },
  },
  {
    name: "hung-receive",
    title: "holds up every replication of a node while one receiver hangs, until that is restarted",
    run: () => {
      const simulation = cluster({ "vm:101": "node1", "vm:104": "node1" }, { node1: {}, node2: {}, node3: {} });
      simulation.advanceTo(1000);
      simulation.model.nodes["node2"]!.hangs = true;
      simulation.advanceTo(5000);
      const synced = Object.values(simulation.model.replication.jobs).filter(({ last_sync }) => last_sync > 1000);
      assert.ok(synced.length < 4);
      simulation.pullPlug("node2");
      simulation.plugIn("node2");
      simulation.advanceTo(8000);
      return simulation;
    },
    check: ({ model }) => {
      assert.ok(Object.values(model.replication.jobs).every(({ last_sync }) => last_sync > 5000));
    },
  },
  shutdown(
    "conditional",
    "reboot",
    "stops and freezes the guests of a node that restarts, and starts them there again",
    "node2",
  ),
  shutdown("conditional", "poweroff", "starts the guests of a node that is switched off elsewhere", "node1"),
  shutdown(
    "freeze",
    "poweroff",
    "keeps the guests down with a node that is switched off, by the policy freeze",
    "down",
  ),
  shutdown(
    "failover",
    "reboot",
    "starts the guest of a node that restarts too slowly elsewhere, by the policy failover",
    "node1",
  ),
  shutdown("migrate", "reboot", "moves guests away before a restart and back after it, by the policy migrate", "node2"),
  {
    name: "wan-cut",
    title: "changes nothing on the site when the internet is gone, even with the QDevice behind it",
    run: () =>
      after(twoAndDevice("wan"), (one) => {
        one.cutWan(true);
      }),
    check: (simulation) => {
      assert.deepEqual(where(simulation), { "vm:101": "node1", "vm:102": "node2" });
      never(simulation, /fence|lost|is off/);
    },
  },
  {
    name: "wan-cut-and-node-lost",
    title: "starts nothing when the internet takes the QDevice's vote away and a node of two is lost",
    run: () =>
      after(twoAndDevice("wan"), (one) => {
        one.cutWan(true);
        one.pullPlug("node2");
      }),
    check: (simulation) => {
      assert.equal(where(simulation)["vm:102"], "down");
      never(simulation, /starting service/);
    },
  },
  {
    name: "wan-cut-and-restart",
    title:
      "starts everything of a node again that restarts while the internet is gone, by the vote of a QDevice on the site",
    run: () =>
      after(
        twoAndDevice("lan"),
        (one) => {
          one.cutWan(true);
          one.shutDown("node2", "reboot");
        },
        900,
      ),
    check: (simulation) => {
      assert.deepEqual(where(simulation), { "vm:101": "node1", "vm:102": "node2" });
      never(simulation, /stopping service vm:101|\(watchdog\)/);
      assert.ok(secondOf(simulation, /starting service vm:102/, CUT) > secondOf(simulation, /'node2' boots/, CUT));
      assert.equal(simulation.model.wan, false);
    },
  },
  {
    name: "kept-apart",
    title: "keeps guests apart that must be, and lets one wait rather than join the other",
    run: () => {
      const apart: Rule = {
        type: "resource-affinity",
        affinity: "negative",
        resources: ["vm:101", "vm:102", "vm:103"],
      };
      return after(
        threeNodes({ config: { rules: { apart } } }),
        (one) => {
          one.pullPlug("node3");
        },
        300,
      );
    },
    check: (simulation) => {
      assert.deepEqual(where(simulation), { "vm:101": "node1", "vm:102": "node2", "vm:103": "down" });
      assert.equal(simulation.model.manager?.service_status["vm:103"]?.state, "recovery");
    },
  },
  {
    name: "kept-together",
    title: "moves guests together that must be",
    run: () => {
      const together: Rule = { type: "resource-affinity", affinity: "positive", resources: ["vm:101", "vm:104"] };
      const homes = { "vm:101": "node1", "vm:104": "node1" };
      return after(
        cluster(homes, { node1: {}, node2: {}, node3: {} }, { config: { rules: { together } } }),
        (one) => {
          one.command("migrate vm:101 node3");
        },
        200,
      );
    },
    check: (simulation) => {
      assert.deepEqual(where(simulation), { "vm:101": "node3", "vm:104": "node3" });
    },
  },
  {
    name: "strict-rule-without-node",
    title: "waits for a node of the rule rather than start the guest elsewhere",
    run: () => {
      const rules = { home: prefer("vm:103", { node3: 1 }) };
      const simulation = after(threeNodes({ config: { rules } }), (one) => {
        one.pullPlug("node3");
      });
      assert.equal(where(simulation)["vm:103"], "down");
      simulation.plugIn("node3");
      simulation.advanceTo(CUT + 800);
      return simulation;
    },
    check: (simulation) => {
      assert.equal(where(simulation)["vm:103"], "node3");
    },
  },
  {
    name: "start-fails",
    title: "tries a failed start once more, then on another node",
    run: () => {
      const simulation = threeNodes();
      simulation.model.guests["vm:103"]!.failsOn = ["node1"];
      return after(simulation, (one) => {
        one.pullPlug("node3");
      });
    },
    check: (simulation) => {
      assert.equal(where(simulation)["vm:103"], "node2");
      assert.ok(secondOf(simulation, /restart policy: retry number 1 for service 'vm:103'/, CUT) > CUT);
    },
  },
];
