import { strict as assert } from "node:assert";

import * as fc from "fast-check";

import { FailoverGuest } from "../../../components/ha/failover-guest";
import { failoverGuestProblems, type FailoverGuestArgs } from "../../../components/ha/failover-guest-args";
import { mockPulumi, registered, type Registrations } from "../../support/mocks";

const VALID = {
  guest: "vm:140",
  homeNode: "tappaas1",
  failoverNodes: [
    { node: "tappaas2", job: 0 },
    { node: "tappaas3", job: 1 },
  ],
  rpo: "1 hour",
} as const satisfies FailoverGuestArgs;

const REPLICATION = "resilience:pve:Replication";
const FIRST_SYNC = "resilience:pve:FirstSync";
const RESOURCE = "resilience:pve:HaResource";
const RULE = "resilience:pve:HaRule";

describe("FailoverGuest", () => {
  let registrations: Registrations;

  beforeEach(async () => {
    registrations = await mockPulumi();
  });

  async function declare(changes: Partial<FailoverGuestArgs> = {}) {
    const guest = new FailoverGuest("identity", { ...VALID, ...changes });
    await registered(guest.haResource, ...guest.replications);
    if (guest.affinityRule !== undefined) await registered(guest.affinityRule);
    return guest;
  }

  it("sends the guest's disks to each failover node every quarter of an hour, under the number that is the node's", async () => {
    await declare();
    assert.deepEqual(registrations.ofType(REPLICATION), {
      "identity-tappaas2": { jobId: "140-0", home: "tappaas1", target: "tappaas2", schedule: "*/15" },
      "identity-tappaas3": { jobId: "140-1", home: "tappaas1", target: "tappaas3", schedule: "*/15" },
    });
  });

  it("puts it under HA only once each replica is whole", async () => {
    await declare({ firstSyncLimit: "5 hours" });
    assert.deepEqual(registrations.ofType(FIRST_SYNC), {
      "identity-tappaas2": { jobId: "140-0", limit: "5 hours" },
      "identity-tappaas3": { jobId: "140-1", limit: "5 hours" },
    });
    const { after } = registrations.optionsOf("identity", RESOURCE);
    assert.deepEqual([...after].sort(), ["identity-tappaas2", "identity-tappaas3"]);
    const syncs = registrations.requestOf("identity", RESOURCE).getDependenciesList();
    assert.ok(syncs.every((urn) => urn.includes(FIRST_SYNC)));
  });

  it("says nothing of whether the guest runs: who stopped it, finds it stopped", async () => {
    await declare();
    assert.deepEqual(registrations.ofType(RESOURCE), { identity: { guest: "vm:140" } });
  });

  it("runs it at home first, then on the failover nodes in order, and nowhere without a replica", async () => {
    await declare();
    assert.deepEqual(registrations.ofType(RULE), {
      identity: {
        rule: "ha-identity",
        guests: ["vm:140"],
        nodes: ["tappaas1:3", "tappaas2:2", "tappaas3:1"],
        strict: true,
      },
    });
    assert.ok(registrations.optionsOf("identity", RULE).after.includes("identity"));
  });

  it("leaves the replica, and the job that feeds it, when the guest leaves the program", async () => {
    await declare();
    assert.equal(registrations.optionsOf("identity-tappaas2", REPLICATION).retainOnDelete, true);
  });

  it("passes on what its owner says of restarts, of the way back and beside it", async () => {
    await declare({ maxRestart: 3, maxRelocate: 0, failback: false, comment: "WAN-capable" });
    assert.deepEqual(registrations.ofType(RESOURCE), {
      identity: { guest: "vm:140", maxRestart: 3, maxRelocate: 0, failback: false, comment: "WAN-capable" },
    });
    assert.equal(registrations.ofType(RULE)["identity"]?.["comment"], "WAN-capable");
  });

  it("takes over a rule that PVE made from a group, by its name and with the guests that are in it", async () => {
    await declare({ affinityRule: { name: "ha-group-prefer1", alsoHolds: ["vm:610"] } });
    const { rule, guests } = registrations.ofType(RULE)["identity"] ?? {};
    assert.deepEqual([rule, guests], ["ha-group-prefer1", ["vm:140", "vm:610"]]);
  });

  it("declares no rule where another guest of the same rule declares it", async () => {
    const { affinityRule } = await declare({ affinityRule: "elsewhere" });
    assert.deepEqual([affinityRule, registrations.ofType(RULE)], [undefined, {}]);
  });

  it("names all that is wrong before it declares anything", () => {
    assert.throws(
      () => new FailoverGuest("identity", { ...VALID, failoverNodes: [], rpo: "15 minutes" }),
      /failoverNodes: expected at least one node, got none\n {2}- replicationSchedule: expected a loss within rpo "15 minutes"/,
    );
    assert.deepEqual(registrations.ofType(RESOURCE), {});
  });
});

describe("failoverGuestProblems", () => {
  const problemsOf = (changes: object) => failoverGuestProblems({ ...VALID, ...changes }).map(({ path }) => path);

  it("accepts what can be declared", () => {
    assert.deepEqual(failoverGuestProblems(VALID), []);
  });

  for (const [what, changes, paths] of [
    ["a guest that is none", { guest: "qemu:140" }, ["guest"]],
    ["failover to the home node", { failoverNodes: [{ node: "tappaas1", job: 0 }] }, ["failoverNodes"]],
    [
      "one node twice",
      {
        failoverNodes: [
          { node: "tappaas2", job: 0 },
          { node: "tappaas2", job: 1 },
        ],
      },
      ["failoverNodes"],
    ],
    [
      "one number for two replicas",
      {
        failoverNodes: [
          { node: "tappaas2", job: 0 },
          { node: "tappaas3", job: 0 },
        ],
      },
      ["failoverNodes"],
    ],
    ["a number below zero", { failoverNodes: [{ node: "tappaas2", job: -1 }] }, ["failoverNodes"]],
    ["a duration that is none", { rpo: "soon", firstSyncLimit: "long" }, ["rpo", "firstSyncLimit"]],
    ["a schedule that is none", { replicationSchedule: "often" }, ["replicationSchedule"]],
    ["a run a month", { replicationSchedule: "monthly", rpo: "60 days" }, ["replicationSchedule"]],
    ["half a restart", { maxRestart: 0.5 }, ["maxRestart"]],
    ["a rule that PVE does not take", { affinityRule: { name: "1" } }, ["affinityRule.name"]],
  ] as const) {
    it(`rejects ${what}`, () => {
      assert.deepEqual(problemsOf(changes), paths);
    });
  }

  it("counts the interval, a run, and the half hour after which PVE tries a failed run again", () => {
    assert.deepEqual(problemsOf({ rpo: "50 minutes" }), []);
    const [problem] = failoverGuestProblems({ ...VALID, rpo: "49 minutes" });
    assert.equal(
      problem?.reason,
      'expected a loss within rpo "49 minutes", got 15 minutes between two runs, a run of 5 minutes and a retry after ' +
        "30 minutes; run more often, or promise less",
    );
  });

  it("never accepts a promise that is shorter than the interval and a retry, whatever the schedule", () => {
    const minutes = fc.constantFrom(1, 2, 3, 4, 5, 6, 10, 12, 15, 20, 30);
    const property = fc.property(minutes, fc.integer({ min: 1, max: 200 }), (every, promise) => {
      const accepted = problemsOf({ replicationSchedule: `*/${every}`, rpo: `${promise} minutes` }).length === 0;
      assert.equal(accepted, promise >= every + 5 + 30);
    });
    fc.assert(property, { numRuns: 30 });
  });
});
