import { strict as assert } from "node:assert";
import { spawnSync } from "node:child_process";
import { resolve } from "node:path";

const REPOSITORY = resolve(__dirname, "../..");

describe("a command whose reader goes away", () => {
  it("comes to its end as if it were read, and complains of nothing", () => {
    const command = `"${process.execPath}" --import=tsx commands/main.ts stacks --json`;
    const script = `${command} | true; exit "\${PIPESTATUS[0]}"`;
    const { status, stderr } = spawnSync("bash", ["-c", script], { cwd: REPOSITORY, encoding: "utf8" });
    assert.deepEqual([status, stderr], [0, ""]);
  });
});
