import { strict as assert } from "node:assert";
import { spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const REPOSITORY = join(__dirname, "../../..");

/** Runs CI with a `make` that prints what each part would print at its end. */
function ciWith(parts: { readonly test: string; readonly sweep: string }): { status: number | null; lastLine: string } {
  const folder = mkdtempSync(join(tmpdir(), "ci-"));
  const cases = Object.entries(parts).map(([name, script]) => `${name}) ${script} ;;`);
  writeFileSync(join(folder, "make"), `#!/bin/sh\ncase $1 in\n${cases.join("\n")}\nesac\n`);
  chmodSync(join(folder, "make"), 0o755);
  const env = { ...process.env, PATH: `${folder}:${process.env["PATH"] ?? ""}` };
  const { status, stdout } = spawnSync(join(REPOSITORY, ".ci/run"), { encoding: "utf8", env });
  rmSync(folder, { recursive: true });
  return { status, lastLine: stdout.trimEnd().split("\n").at(-1) ?? "" };
}

describe("what CI says at its end", () => {
  it("adds up what the test and the sweep have counted", () => {
    const parts = { test: "echo '900 passed, 0 failed, 2 skipped'", sweep: "echo '70 passed, 0 failed'" };
    assert.deepEqual(ciWith(parts), { status: 0, lastLine: "970 passed, 0 failed, 2 skipped" });
  });

  it("has a failure of either, and runs the sweep after a test that failed", () => {
    const parts = { test: "echo '899 passed, 1 failed'; exit 1", sweep: "echo '70 passed, 0 failed'" };
    assert.deepEqual(ciWith(parts), { status: 1, lastLine: "969 passed, 1 failed" });
    const other = { test: "echo '900 passed, 0 failed'", sweep: "echo '68 passed, 2 failed'; exit 1" };
    assert.deepEqual(ciWith(other), { status: 1, lastLine: "968 passed, 2 failed" });
  });

  it("has a part that broke off before it counted anything as a failure", () => {
    const parts = { test: "echo '900 passed, 0 failed'", sweep: "echo broken; exit 1" };
    assert.deepEqual(ciWith(parts), { status: 1, lastLine: "900 passed, 1 failed" });
  });
});
