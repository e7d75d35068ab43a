import { strict as assert } from "node:assert";

import * as fc from "fast-check";

import { estateOf } from "../../estate/estate";
import { failoverOf } from "../../estate/failover";
import { type Observation } from "../../estate/observation";
import { valueOf } from "../../estate/problem";
import { replicationJobsOf } from "../../estate/replication-jobs";
import { identity, inventoryOf, lines, module, settingsWith, threeNodes } from "./site";
import { seenSite, THREE_NODES } from "./three-node-site";

const vaultwarden = { ...identity, vmid: 610, vmtag: "TAPPaaS" };
const MODULES = [module("identity", identity), module("vaultwarden", vaultwarden)];

function planned(observation: Observation | undefined, kept = {}, modules = MODULES, settings = {}) {
  return failoverOf(settingsWith({ ...THREE_NODES, ...settings }), inventoryOf(modules, threeNodes), observation, kept);
}

const idsOf = ({ guests }: ReturnType<typeof planned>) =>
  guests.map(({ guest, failoverNodes, rule }) => [
    guest.vmid,
    failoverNodes.map(({ node, job }) => `${node} ${job}`),
    rule,
  ]);

describe("Failover of a site", () => {
  it("gives a guest that asks for it the first other node, replica 0, and a rule of its name", () => {
    assert.deepEqual(idsOf(planned(undefined)), [
      [140, ["tappaas2 0"], { name: "ha-identity", alsoHolds: [] }],
      [610, ["tappaas2 0"], { name: "ha-vaultwarden", alsoHolds: [] }],
    ]);
  });

  it("goes by HANode and replicationSchedule where the module says them, and leaves out who says NONE", () => {
    const modules = [
      module("identity", { ...identity, HANode: "tappaas3", replicationSchedule: "*/5" }),
      module("vaultwarden", { ...vaultwarden, HANode: "NONE" }),
    ];
    const { guests } = planned(undefined, {}, modules);
    assert.deepEqual(
      guests.map(({ guest, failoverNodes, schedule }) => [guest.vmid, failoverNodes, schedule]),
      [[140, [{ node: "tappaas3", job: 0 }], "*/5"]],
    );
  });

  it("replicates as often as the settings say, whatever the modules say", () => {
    const { guests } = planned(undefined, {}, MODULES, { failover: { replicationInterval: "5 minutes" } });
    assert.deepEqual(
      guests.map(({ schedule }) => schedule),
      ["*/5", "*/5"],
    );
  });

  it("waits with a guest that is not installed yet: nobody could watch it", () => {
    const { guests } = seenSite();
    const without = { complete: true, items: guests.items.filter(({ vmid }) => vmid !== 610) };
    assert.deepEqual(
      planned(seenSite({ guests: without })).guests.map(({ guest }) => guest.vmid),
      [140],
    );
    const unseen = planned(seenSite({ guests: { ...without, complete: false } }));
    assert.equal(unseen.guests.length, 2);
  });

  it("is not all that an important guest needs: one that is backed up once a week is named", () => {
    const rare = { ...vaultwarden, backup: { schedule: "weekly" } };
    const modules = [module("identity", identity), module("vaultwarden", rare)];
    const site = { inventory: inventoryOf(modules, threeNodes), settings: settingsWith(THREE_NODES) };
    const { findings } = valueOf(estateOf({ ...site, observation: seenSite() }), "estate");
    const told = findings.filter(({ advice }) =>
      advice.includes("important enough to fail over, and backed up weekly"),
    );
    assert.deepEqual(
      told.map(({ path }) => path),
      ['guest vm:610 "vaultwarden"'],
    );
  });

  it("keeps the name of the rule that PVE made from a group, and declares it once for all its guests", () => {
    const rule = {
      kind: "rule" as const,
      id: "ha-group-prefer1",
      state: "node-affinity",
      resources: ["vm:140", "vm:610"],
    };
    assert.deepEqual(
      planned(seenSite({ highAvailability: { complete: true, items: [rule] } })).guests.map((one) => one.rule),
      [{ name: "ha-group-prefer1", alsoHolds: ["vm:610"] }, "elsewhere"],
    );
  });
});

describe("The number of a replication job", () => {
  const guest = { vmid: 140, home: "tappaas1", targets: ["tappaas2"] };
  const seen = (id: string, source: string, target: string) =>
    seenSite({ replication: { complete: true, items: [{ id, source, target }] } });

  it("is the one with which the node's job was seen", () => {
    assert.deepEqual(replicationJobsOf([guest], {}, seen("140-3", "tappaas1", "tappaas2")), { 140: { tappaas2: 3 } });
  });

  it("is the same while the guest runs on the failover node and its job runs the other way round", () => {
    assert.deepEqual(replicationJobsOf([guest], {}, seen("140-3", "tappaas2", "tappaas1")), { 140: { tappaas2: 3 } });
  });

  it("is never one that was another node's, also after that node's job is gone", () => {
    const kept = { 140: { tappaas2: 0 } };
    const moved = { ...guest, targets: ["tappaas3"] };
    assert.deepEqual(replicationJobsOf([moved], kept, undefined), { 140: { tappaas2: 0, tappaas3: 1 } });
  });

  it("is not one that a job of somebody else has", () => {
    const third = replicationJobsOf([guest], {}, seen("140-0", "tappaas1", "tappaas3"));
    assert.deepEqual(third, { 140: { tappaas2: 1 } });
  });

  it("stays each node's for good, whatever nodes come and go", () => {
    const targets = fc.uniqueArray(fc.constantFrom("b", "c", "d", "e"), { maxLength: 3 });
    const property = fc.property(fc.array(targets, { minLength: 1, maxLength: 8 }), (steps) => {
      let kept: ReturnType<typeof replicationJobsOf> = {};
      const first = new Map<string, number>();
      for (const nodes of steps) {
        kept = replicationJobsOf([{ vmid: 140, home: "a", targets: nodes }], kept, undefined);
        for (const [node, number] of Object.entries(kept["140"] ?? {})) {
          assert.equal(first.get(node) ?? number, number);
          first.set(node, number);
        }
      }
      assert.equal(new Set(first.values()).size, first.size);
    });
    fc.assert(property);
  });
});

describe("A three-node site whose failover would fail on the day", () => {
  const problems = (observation: Observation, modules = MODULES, settings = {}) =>
    lines(
      estateOf({
        inventory: inventoryOf(modules, threeNodes),
        settings: settingsWith({ ...THREE_NODES, ...settings }),
        observation,
      }),
    );
  const guestWith = (changes: object) => {
    const { guests } = seenSite();
    return seenSite({
      guests: { complete: true, items: guests.items.map((one) => (one.vmid === 140 ? { ...one, ...changes } : one)) },
    });
  };
  const nodesWith = (changes: object) => {
    const { nodes } = seenSite();
    const items = (nodes?.items ?? []).map((one) => (one.name === "tappaas2" ? { ...one, ...changes } : one));
    return seenSite({ nodes: { complete: true, items } });
  };
  const disk = { slot: "scsi1", backup: true };

  it("is none as long as nothing is wrong", () => {
    assert.deepEqual(problems(seenSite()), []);
  });

  it("stops where the failover node has no pool of the guest's disks", () => {
    const pools = THREE_NODES.pools.filter(({ node }) => node !== "tappaas2");
    const seen = seenSite();
    const there = seen.pools.items.filter(({ node }) => node !== "tappaas2");
    const observation = seenSite({ pools: { complete: true, items: there } });
    assert.match(
      problems(observation, MODULES, { pools }).join("\n"),
      /modules\/identity\.json: HANode: expected tanka1 on tappaas2, to which identity fails over, got no pool tanka1 there/,
    );
  });

  it("stops where the storage entry leaves the failover node out, and says the command", () => {
    const storages = { complete: true, items: [{ ...seenSite().storages.items[0]!, nodes: ["tappaas1", "tappaas3"] }] };
    assert.match(problems(seenSite({ storages })).join("\n"), /pvesm set tanka1 --nodes tappaas1,tappaas3,tappaas2/);
  });

  it("stops where a disk is on storage that cannot be replicated, is left out of it, or is the node's own", () => {
    const on = (changes: object) => problems(guestWith({ disks: [{ ...disk, ...changes }] })).join("\n");
    assert.match(
      on({ storage: "local", volume: "local:140/a.qcow2" }),
      /scsi1 \(local:140\/a\.qcow2\) on local, of type dir/,
    );
    assert.match(on({ storage: "tanka1", volume: "tanka1:b", unreplicated: true }), /scsi1 with replicate=0/);
    assert.match(on({ volume: "/mnt/models" }), /scsi1 \(\/mnt\/models\) on the node itself.*HANode to "NONE"/);
    assert.equal(on({ storage: "tanka1", volume: "tanka1:c" }), "");
  });

  it("stops where the guest has more cores than the failover node has threads, or more memory than it has", () => {
    assert.match(
      problems(nodesWith({ threads: 1 })).join("\n"),
      /2 processor threads for identity, got tappaas2 with 1/,
    );
    assert.match(
      problems(nodesWith({ memory: 1024 ** 3 })).join("\n"),
      /4 GiB of memory for identity, got tappaas2 with 1 GiB/,
    );
  });

  it("sends the firewall only where there is a WAN cable, and says where that is", () => {
    assert.match(
      problems(guestWith({ bridges: ["lan", "wan"] })).join("\n"),
      /a cable on bridge wan, which identity uses, got tappaas2, which has none; set HANode to tappaas3/,
    );
  });

  it("stops before PVE would refuse the rule: two rules, guests without failover in it, company with other guests", () => {
    const rules = (...items: NonNullable<Observation["highAvailability"]>["items"]) =>
      problems(seenSite({ highAvailability: { complete: true, items } })).join("\n");
    const rule = { kind: "rule" as const, id: "one", state: "node-affinity", resources: ["vm:140"] };
    assert.equal(rules(rule), "");
    assert.match(rules(rule, { ...rule, id: "two" }), /expected one node affinity rule, got one and two/);
    assert.match(
      rules({ ...rule, resources: ["vm:140", "vm:999"] }),
      /guests with failover alone in rule one, got vm:999/,
    );
    const company = { ...rule, id: "apart", state: "resource-affinity", resources: ["vm:140", "vm:610"] };
    assert.match(rules(company), /no resource affinity rule.*got rule apart/);
    const modules = [MODULES[0]!, module("vaultwarden", { ...vaultwarden, HANode: "tappaas3" })];
    const shared = { ...rule, resources: ["vm:140", "vm:610"] };
    const observation = seenSite({ highAvailability: { complete: true, items: [shared] } });
    assert.match(problems(observation, modules).join("\n"), /one order of nodes for all guests of rule one/);
  });

  it("stops on PVE 8, which has groups and no rules, and where a node is not in the settings", () => {
    assert.match(
      problems(nodesWith({ version: "pve-manager/8.4.1/abc" })).join("\n"),
      /expected PVE 9.0 or newer.*got PVE 8/,
    );
    assert.match(
      problems(nodesWith({ version: "pve-manager/8.4.1/abc" }), []).join("\n"),
      /expected PVE 9.0 or newer.*got PVE 8\.4\.1; upgrade it/,
    );
    for (const version of ["9.0.3", "9.1.1", "9.2.1"])
      assert.deepEqual(problems(nodesWith({ version: `pve-manager/${version}/abc` })), []);
    const { tappaas1, tappaas3 } = THREE_NODES.nodes;
    const pools = THREE_NODES.pools.filter(({ node }) => node !== "tappaas2");
    const fewer = problems(seenSite(), MODULES, { nodes: { tappaas1, tappaas3 }, pools });
    assert.match(fewer.join("\n"), /a failover node in the settings, tappaas1, tappaas3, got "tappaas2"/);
  });

  it("promises nothing that nobody has seen", () => {
    const { pools, guests, storages } = seenSite();
    const unseen = [pools, guests, storages].map((section) => ({ ...section, complete: false, items: [] }));
    const observation = seenSite({ pools: unseen[0]!, guests: unseen[1]!, storages: unseen[2]!, nodes: undefined });
    assert.deepEqual(problems(observation), []);
  });
});

describe("A three-node site is told", () => {
  const findings = (observation: Observation, modules = MODULES, settings = {}) => {
    const sources = {
      inventory: inventoryOf(modules, threeNodes),
      settings: settingsWith({ ...THREE_NODES, ...settings }),
    };
    const { findings: all } = valueOf(estateOf({ ...sources, observation }), "estate");
    return all.map(({ path, advice }) => `${path}: ${advice}`).join("\n");
  };
  const nodes = (change: (name: string) => object) =>
    seenSite({
      nodes: { complete: true, items: (seenSite().nodes?.items ?? []).map((one) => ({ ...one, ...change(one.name) })) },
    });

  it("which guests fall back on a single disk", () => {
    const pools = THREE_NODES.pools.map((pool) =>
      pool.node === "tappaas2" ? { ...pool, raidlevel: "single", disks: ["ata-c"] } : pool,
    );
    const vdevs = [{ type: "single" as const, disks: ["ata-c"] }];
    const items = seenSite().pools.items.map((one) =>
      one.node === "tappaas2" ? { ...one, vdevs, disks: ["ata-c"] } : one,
    );
    const told = findings(seenSite({ pools: { complete: true, items } }), MODULES, { pools });
    assert.match(told, /guest vm:140 "identity": its pool tanka1 on tappaas2 is one disk/);
  });

  it("that a node that is lost leaves more than the other can hold, all guests together", () => {
    const told = findings(nodes((name) => (name === "tappaas2" ? { memory: 8 * 1024 ** 3, threads: 2 } : {})));
    assert.match(
      told,
      /node tappaas2: when tappaas1 is lost, identity, vaultwarden come here: then its guests want 8 GiB/,
    );
    assert.match(told, /want 4 cores, and it has 2 threads/);
    assert.doesNotMatch(findings(seenSite()), /is lost/);
  });

  it("that processors differ, so that a guest with type host is not moved while it runs", () => {
    const host = { complete: true, items: seenSite().guests.items.map((one) => ({ ...one, cpuType: "host" })) };
    const told = findings(seenSite({ guests: host, nodes: nodes((name) => ({ cpuModel: name })).nodes }));
    assert.match(told, /guest vm:140 "identity": it has processor type host, and tappaas2 .*x86-64-v3/);
    assert.doesNotMatch(findings(seenSite({ guests: host })), /processor type/);
  });

  it("that an even number of votes wants a QDevice, and an odd one none", () => {
    const [one, two] = seenSite().nodes?.items ?? [];
    const pair = { complete: true, items: [one!, two!] };
    const device = { complete: true, items: [{ kind: "quorum-device" as const, id: "10.0.0.9" }] };
    assert.match(findings(seenSite({ nodes: pair })), /2 nodes have no majority.*quorumDevice in the settings/);
    assert.doesNotMatch(findings(seenSite({ nodes: pair, highAvailability: device })), /majority/);
    const { tappaas1, tappaas2 } = THREE_NODES.nodes;
    const pools = THREE_NODES.pools.filter(({ node }) => node !== "tappaas3");
    const quorumDevice = { address: "10.0.0.9", hostKey: "ssh-ed25519 AAAA" };
    const wanted = { nodes: { tappaas1, tappaas2 }, pools, quorumDevice };
    assert.doesNotMatch(findings(seenSite({ nodes: pair }), MODULES, wanted), /majority/);
    assert.match(findings(seenSite({ highAvailability: device })), /3 nodes and a QDevice: it has 2 votes/);
  });

  it("that the backup server runs on a node that it protects", () => {
    const told = findings(seenSite(), MODULES, { backupServer: { address: "10.0.0.11" } });
    assert.match(told, /node tappaas2: the backup server runs here, and so do, or may, identity, vaultwarden/);
    assert.doesNotMatch(findings(seenSite()), /the backup server runs here/);
  });

  it("that snapshots on a disk that is not replicated hold a guest where it is", () => {
    const disks = [{ slot: "scsi0", storage: "local", volume: "local:620/a.qcow2", backup: true }];
    const wiki = { vmid: 620, kind: "vm" as const, node: "tappaas1", name: "wiki", snapshots: true as const, disks };
    const { items } = seenSite().guests;
    const observation = seenSite({ guests: { complete: true, items: [...items, wiki] } });
    const told = findings(observation, [...MODULES, module("wiki", { vmid: 620, dependsOn: ["cluster:vm"] })]);
    assert.match(told, /guest vm:620 "wiki": it has snapshots, and its scsi0 on local is not replicated/);
  });

  it("that a replica goes on which no program names", () => {
    const items = [
      { id: "140-0", source: "tappaas1", target: "tappaas2" },
      { id: "140-1", source: "tappaas1", target: "tappaas3" },
    ];
    const told = findings(seenSite({ replication: { complete: true, items } }));
    assert.match(told, /guest vm:140 "identity": replication 140-1 to tappaas3 goes on.*pvesr delete 140-1/);
    assert.doesNotMatch(told, /140-0/);
  });
});
