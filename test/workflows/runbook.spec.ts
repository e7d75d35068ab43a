import { strict as assert } from "node:assert";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

import { parse } from "yaml";

const REPOSITORY = resolve(__dirname, "../..");

describe("every commit", () => {
  it("has the runbook of each site compiled, and of no stack that is not a site", () => {
    const { status, stdout, stderr } = compiledWith('echo "make $*"');
    assert.equal(status, 0, stderr);
    assert.deepEqual(stdout.trim().split("\n"), [
      "make runbook SITE=single-node OUT=runbooks/single-node",
      "make runbook SITE=three-node OUT=runbooks/three-node",
    ]);
  });

  it("fails where one of them cannot be compiled, instead of keeping the others alone", () => {
    assert.notEqual(compiledWith("exit 1").status, 0);
  });
});

/** Runs the workflow's step as its machine would, with another `make`. */
function compiledWith(make: string) {
  const text = readFileSync(join(REPOSITORY, ".github/workflows/runbook.yml"), "utf8");
  const { jobs } = parse(text) as { jobs: { runbook: { steps: { id?: string; run?: string }[] } } };
  const script = jobs.runbook.steps.find(({ id }) => id === "compile")?.run ?? "exit 9";
  const folder = mkdtempSync(join(tmpdir(), "workflow-"));
  try {
    writeFileSync(join(folder, "make"), `#!/bin/sh\n${make}\n`, { mode: 0o755 });
    const env = { PATH: `${folder}:${process.env["PATH"] ?? ""}` };
    return spawnSync("bash", ["-c", script], { cwd: REPOSITORY, encoding: "utf8", env });
  } finally {
    rmSync(folder, { recursive: true });
  }
}
