import { strict as assert } from "node:assert";

import { problemOf } from "../../../commands/site/rotate";
import { type Plan, type Step } from "../../../commands/engine/plan";

const PLAN: Plan = { complete: true, steps: [], warnings: [], errors: [], notes: [] };

function step(op: string, type: string, name: string, ...fields: string[]): Step {
  const urn = `urn:pulumi:home::tappaas-resilience::${type}::${name}`;
  return { op, urn, type, name, fields, guarded: false, retained: false, bare: false, before: {}, after: {} };
}

const TOKEN = step("update", "resilience:pbs:Token", "backup-token", "rotation");
const STORAGE = step("update", "resilience:pve:PbsStorage", "tappaas_backup", "password");

describe("a rotation", () => {
  it("goes on when the token's secret and the storage's password are all that changes", () => {
    assert.equal(problemOf({ plan: PLAN, changes: [TOKEN, STORAGE] }), undefined);
  });

  it("stops before it would change anything else in passing, and names it", () => {
    const other = step("update", "resilience:pve:BackupJob", "nightly", "vmids");
    assert.match(problemOf({ plan: PLAN, changes: [TOKEN, STORAGE, other] }) ?? "", /update nightly .*make up first/);
    const moved = step("update", "resilience:pve:PbsStorage", "tappaas_backup", "password", "namespace");
    assert.match(problemOf({ plan: PLAN, changes: [TOKEN, moved] }) ?? "", /update tappaas_backup/);
    const gone = step("delete", "resilience:pve:PbsStorage", "old");
    assert.match(problemOf({ plan: PLAN, changes: [TOKEN, gone] }) ?? "", /delete old/);
  });

  it("stops where there is no login yet, and where the program says no", () => {
    assert.match(problemOf({ plan: PLAN, changes: [] }) ?? "", /no backup login yet .*make up/);
    const refused = { ...PLAN, complete: false, errors: ["expected one storage with it", "preview failed"] };
    assert.equal(problemOf({ plan: refused, changes: [TOKEN] }), "expected one storage with it");
  });
});
