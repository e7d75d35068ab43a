import { strict as assert } from "node:assert";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

import { parse } from "yaml";

const REPOSITORY = resolve(__dirname, "../..");
const WORKFLOW = readFileSync(join(REPOSITORY, ".github/workflows/runbook.yml"), "utf8");
const SITES = ["single-node", "three-node"];

describe("every commit", () => {
  it("has the runbook of each site compiled, and of no stack that is not a site", () => {
    const { status, stdout, stderr } = stepWith("runbook", "compile", { make: 'echo "make $*"' });
    assert.equal(status, 0, stderr);
    assert.deepEqual(
      stdout.trim().split("\n"),
      SITES.map((site) => `make runbook SITE=${site} OUT=runbooks/${site}`),
    );
  });

  it("has a bundle of each site, without the state, for which no login is there", () => {
    const { status, stdout, stderr } = stepWith("bundle", "pack", { node: REAL_STACKS });
    assert.equal(status, 0, stderr);
    const made = SITES.map((site) => `bundle --stack ${site} --no-state --out /runner/bundles`);
    assert.deepEqual(stdout.trim().split("\n"), made);
  });

  it("fails where one of them cannot be made, instead of keeping the others alone", () => {
    assert.notEqual(stepWith("runbook", "compile", { node: "echo home", make: "exit 1" }).status, 0);
    const twice = 'case "$*" in *bundle*) exit 2;; esac\necho home';
    assert.notEqual(stepWith("bundle", "pack", { node: twice }).status, 0);
    assert.notEqual(stepWith("bundle", "pack", { node: "exit 1" }).status, 0);
  });

  it("needs no secret and no login for any of it, and may write nothing", () => {
    assert.equal(/secrets\.|\bid-token\b|pull_request_target/.test(WORKFLOW), false);
    assert.deepEqual((parse(WORKFLOW) as { permissions: object }).permissions, { contents: "read" });
  });
});

/** Which stacks there are is asked of the program itself; everything else is only written down. */
const REAL_STACKS = `case "$*" in *"main.ts stacks"*) exec "${process.execPath}" "$@";; esac
shift 2
echo "$*"`;

/** Runs a step of a job as its machine would, with other programs of those names. */
function stepWith(job: string, id: string, programs: Readonly<Record<string, string>>) {
  const { jobs } = parse(WORKFLOW) as { jobs: Record<string, { steps: { id?: string; run?: string }[] }> };
  const script = jobs[job]?.steps.find((step) => step.id === id)?.run ?? "exit 9";
  const folder = mkdtempSync(join(tmpdir(), "workflow-"));
  try {
    for (const [name, text] of Object.entries(programs))
      writeFileSync(join(folder, name), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
    const env = { PATH: `${folder}:${process.env["PATH"] ?? ""}`, RUNNER_TEMP: "/runner" };
    return spawnSync("bash", ["-c", script], { cwd: REPOSITORY, encoding: "utf8", env });
  } finally {
    rmSync(folder, { recursive: true });
  }
}
