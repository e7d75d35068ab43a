import { strict as assert } from "node:assert";

import { retirementPlan, type SeenRetirement } from "../../../commands/retire/plan";
import { type SeenJob } from "../../../commands/status/replication";
import { failoverOf } from "../../../estate/failover";
import { identity, inventoryOf, module, settingsWith, threeNodes } from "../../estate/site";
import { THREE_NODES } from "../../estate/three-node-site";

const NOW = 1_800_000_000;

/** Identity has moved its failover from tappaas3, whose number is 0, to tappaas2. */
const failover = failoverOf(
  settingsWith(THREE_NODES),
  inventoryOf([module("identity", { ...identity, HANode: "tappaas2" })], threeNodes),
  undefined,
  { "140": { tappaas3: 0 } },
);

const job = (id: string, target: string, runs: object = {}, disabled = false): SeenJob => ({
  ...{ id, target, disabled, schedule: "*/15", holder: "tappaas1" },
  runs: { now: NOW, lastSync: NOW - 300, failures: 0, error: undefined, ...runs },
});

const OLD = job("140-0", "tappaas3");

function seen(jobs: readonly SeenJob[], changes: Partial<SeenRetirement> = {}): SeenRetirement {
  const rules = [{ id: "ha-identity", nodes: ["tappaas1", "tappaas2"] }];
  return { jobs, guests: [{ vmid: 140, node: "tappaas1" }], rules, backupNode: undefined, ...changes };
}

const plan = (jobs: readonly SeenJob[], changes = {}) => retirementPlan("tappaas3", failover, seen(jobs, changes));

describe("the plan of a node's retirement", () => {
  it("ends a replica once a fresh one is elsewhere, and says how fresh", () => {
    const { ending, problems } = plan([OLD, job("140-1", "tappaas2")]);
    assert.deepEqual(problems, []);
    assert.deepEqual(ending, [
      {
        id: "140-0",
        text:
          "replication 140-0 to tappaas3 ends; what it copied stays on the disks of tappaas3; " +
          "identity has a replica on tappaas2, 5 min old",
      },
    ]);
  });

  it("ends none while the other one is missing, not whole, late, failing, switched off or unknown", () => {
    const others = [
      [],
      [job("140-1", "tappaas2", { lastSync: 0 })],
      [job("140-1", "tappaas2", { lastSync: NOW - 3_601 })],
      [job("140-1", "tappaas2", { failures: 1 })],
      [job("140-1", "tappaas2", {}, true)],
      [{ ...job("140-1", "tappaas2"), runs: undefined }],
      [job("140-7", "tappaas2")],
    ];
    for (const other of others) {
      const { ending, problems } = plan([OLD, ...other]);
      assert.deepEqual(ending, []);
      assert.match(problems.join(), /identity has no fresh replica but the one on tappaas3/);
    }
  });

  it("does not end what the settings still want, nor while something is on the node or names it", () => {
    const wanted = retirementPlan("tappaas2", failover, seen([OLD, job("140-1", "tappaas2")]));
    assert.match(wanted.problems.join(), /identity still fails over to tappaas2/);
    const rest = {
      guests: [{ vmid: 900, node: "tappaas3" }],
      rules: [{ id: "mine", nodes: ["tappaas3"] }],
      backupNode: "tappaas3",
    };
    const { problems } = plan([], rest);
    assert.match(problems.join(), /still has guests 900/);
    assert.match(problems.join(), /HA rules mine still name tappaas3/);
    assert.match(problems.join(), /the backup server stands on tappaas3/);
  });

  it("says that only backups are left of a guest that is not to fail over", () => {
    const { ending, problems } = plan([job("610-0", "tappaas3")]);
    assert.deepEqual(problems, []);
    assert.match(ending[0]?.text ?? "", /guest 610 is not to fail over, and only its backups are left beside it/);
  });

  it("has nothing to end where no replication goes to the node", () => {
    assert.deepEqual(plan([job("140-1", "tappaas2")]), { ending: [], problems: [] });
  });
});
