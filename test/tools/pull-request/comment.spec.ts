import { strict as assert } from "node:assert";

import { commentOf, commentOfFailure, markOf, type Found } from "../../../tools/pull-request/comment";
import { planOf, type Plan } from "../../../tools/pull-request/plan";

const urn = (type: string, name: string) => `urn:pulumi:home::tappaas-resilience::tappaas:backup:X$${type}::${name}`;

const JOB = { op: "update", urn: urn("resilience:pve:BackupJob", "nightly"), fields: ["schedule"] };
const STORE = urn("resilience:pbs:Datastore", "tappaas_backup");
const NOTHING: Plan = { complete: true, steps: [], harm: [], warnings: [], errors: [] };

function found(plan: Partial<Plan>, changes: Partial<Found> = {}): Found {
  const report = {
    changes: "## What changes against main\n\nNothing.",
    page: "",
    stops: [],
    passed: true,
    failure: undefined,
  };
  const seen = { observedAt: "2026-11-20T04:00:00Z", missing: [], differences: [], report };
  return { stack: "home", plan: { ...NOTHING, ...plan }, ...seen, ...changes };
}

describe("the comment on a pull request", () => {
  it("says first that nothing with data goes, then what changes and in which field", () => {
    const comment = commentOf(found({ steps: [JOB] }));
    assert.match(comment, /1 change; nothing that holds data is replaced or deleted/);
    assert.match(comment, /\| update \| `nightly` \(resilience:pve:BackupJob\) \| `schedule` \|/);
  });

  it("of a stack that could not be tried takes the place of the last one, and says why", () => {
    const comment = commentOfFailure("home", "Nobody has looked.\nCure: make observe SITE=home");
    assert.ok(comment.startsWith(`${markOf("home")}\n`));
    assert.match(comment, /There is no preview[\s\S]*Nobody has looked\. Cure: make observe SITE=home/);
  });

  it("stops a change that takes away what data rests on, with the reason and a way on", () => {
    const harm = [
      { urn: STORE, text: "tappaas_backup would be deleted: every backup lies in it. make release RESOURCE='x'" },
    ];
    const comment = commentOf(found({ steps: [JOB], harm, complete: false }));
    assert.match(
      comment,
      /\*\*Stop\.[\s\S]*\* tappaas_backup would be deleted: every backup lies in it[\s\S]*make release/,
    );
    assert.doesNotMatch(comment, /nothing that holds data/);
  });

  it("never calls a plan that broke off harmless", () => {
    const broken = commentOf({ ...found({}), plan: planOf({ stdout: "", stderr: "error: no such file" }) });
    assert.match(broken, /stops before it has a plan/);
    assert.match(broken, /no such file/);
    assert.doesNotMatch(broken, /Nothing on the site changes/);
  });

  it("says what the stand-in lacks, where the real state differs, and how old the look at the site is", () => {
    const differences = ["nightly: the last up had other inputs"];
    const comment = commentOf(found({}, { missing: ["storage nas: none of type nfs"], differences }));
    assert.match(comment, /looked at on 2026-11-20T04:00:00Z/);
    assert.match(comment, /storage nas: none of type nfs/);
    assert.match(comment, /nightly: the last up had other inputs/);
  });

  it("does not claim to know the real state when no digest was committed", () => {
    const comment = commentOf(found({}, { differences: undefined }));
    assert.match(comment, /No digest of the last `up` is committed/);
  });

  it("stops a change after which the site survives less, and shows what changes", () => {
    const report = { changes: "## What changes against main\n\n| worse |", page: "", failure: undefined };
    const stops = ["identity survives node tappaas1 less well: runs on before, LOST now"];
    const stopped = commentOf(found({}, { report: { ...report, stops, passed: false } }));
    assert.match(stopped, /\*\*Stop\. The site would survive less[\s\S]*\* identity survives node tappaas1 less well/);
    assert.match(stopped, /#### What changes against main\n\n\| worse \|/);
    assert.match(commentOf(found({}, { report: { ...report, stops, passed: true } })), /passes all the same/);
  });

  it("says so when what the site survives cannot be told", () => {
    const report = {
      changes: "",
      page: "",
      stops: [],
      passed: false,
      failure: "Pulumi.home.yaml is invalid:\n  - site",
    };
    assert.match(commentOf(found({}, { report })), /cannot be told:\*\* Pulumi\.home\.yaml is invalid: - site/);
  });

  it("begins with a mark of its own for each stack, so that the next run edits it and no other", () => {
    assert.ok(commentOf(found({})).startsWith(markOf("home")));
    assert.notEqual(markOf("home"), markOf("office"));
  });

  it("lets no name or message break out of its place", () => {
    const odd = { ...JOB, urn: urn("resilience:pve:BackupJob", "a|b`c"), fields: ["x|y"] };
    const rows = commentOf(found({ steps: [odd] }, { missing: ["</details> **bold**"] })).split("\n");
    assert.ok(rows.includes("| update | `a\\|b'c` (resilience:pve:BackupJob) | `x\\|y` |"));
    assert.equal(rows.filter((row) => row.includes("</details>")).length, 1);
  });
});
