import { strict as assert } from "node:assert";

import { commentOf, markOf, type Found } from "../../../tools/pull-request/comment";
import { harmOf, planOf } from "../../../tools/pull-request/plan";

const urn = (type: string, name: string) => `urn:pulumi:home::tappaas-resilience::tappaas:backup:X$${type}::${name}`;

const JOB = { op: "update", urn: urn("resilience:pve:BackupJob", "nightly"), diffReasons: ["schedule"] };
const STORE = {
  op: "delete",
  urn: urn("resilience:pbs:Datastore", "tappaas_backup"),
  oldState: { protect: true, retainOnDelete: true },
};
const SAME = { op: "same", urn: urn("resilience:pbs:User", "tappaas@pbs") };

function found(steps: readonly object[], changes: Partial<Found> = {}, code = 0): Found {
  const plan = planOf(JSON.stringify({ steps }), code);
  return { stack: "home", plan, observedAt: "2026-11-20T04:00:00Z", missing: [], differences: [], ...changes };
}

describe("the comment on a pull request", () => {
  it("says first that nothing with data goes, then what changes and in which field", () => {
    const comment = commentOf(found([JOB, SAME]));
    assert.match(comment, /1 change; nothing that holds data is replaced or deleted/);
    assert.match(comment, /\| update \| `nightly` \(resilience:pve:BackupJob\) \| `schedule` \|/);
    assert.doesNotMatch(comment, /tappaas@pbs/);
  });

  it("stops a change that takes away what data rests on, by name, with a way on", () => {
    const comment = commentOf(found([JOB, STORE]));
    assert.match(
      comment,
      /\*\*Stop\.[\s\S]*\* delete: `tappaas_backup` \(resilience:pbs:Datastore\)[\s\S]*make release/,
    );
  });

  it("counts every way of taking something away, and only of what is guarded", () => {
    const ops = ["delete", "replace", "create-replacement", "delete-replaced", "discard-replaced", "update", "create"];
    const guarded = ops.map((op) => ({ ...STORE, op }));
    const open = ops.map((op) => ({ ...JOB, op }));
    const harm = harmOf(planOf(JSON.stringify({ steps: [...guarded, ...open] }), 0));
    assert.deepEqual(
      harm.map(({ op }) => op),
      ["delete", "replace", "create-replacement", "delete-replaced", "discard-replaced"],
    );
  });

  it("never calls a plan that broke off harmless", () => {
    const broken = commentOf({ ...found([]), plan: planOf("error: no such file", 1) });
    assert.match(broken, /stops before it has a plan/);
    assert.match(broken, /no such file/);
    assert.doesNotMatch(broken, /Nothing on the site changes/);
  });

  it("says what the stand-in lacks, where the real state differs, and how old the look at the site is", () => {
    const differences = ["nightly: the last up had other inputs"];
    const comment = commentOf(found([], { missing: ["storage nas: none of type nfs"], differences }));
    assert.match(comment, /looked at on 2026-11-20T04:00:00Z/);
    assert.match(comment, /storage nas: none of type nfs/);
    assert.match(comment, /nightly: the last up had other inputs/);
  });

  it("does not claim to know the real state when no digest was committed", () => {
    const comment = commentOf(found([], { differences: undefined }));
    assert.match(comment, /No digest of the last `up` is committed/);
  });

  it("begins with a mark of its own for each stack, so that the next run edits it and no other", () => {
    assert.ok(commentOf(found([])).startsWith(markOf("home")));
    assert.notEqual(markOf("home"), markOf("office"));
  });

  it("lets no name or message break out of its place", () => {
    const odd = { ...JOB, urn: urn("resilience:pve:BackupJob", "a|b`c"), diffReasons: ["x|y"] };
    const rows = commentOf(found([odd], { missing: ["</details> **bold**"] })).split("\n");
    assert.ok(rows.includes("| update | `a\\|b'c` (resilience:pve:BackupJob) | `x\\|y` |"));
    assert.equal(rows.filter((row) => row.includes("</details>")).length, 1);
  });
});
