import { strict as assert } from "node:assert";
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";

import { newStateDirectory, prefixOf } from "../support/pve-site";

const MAIN = join(__dirname, "../../../lab/main.ts");

describe("the lab's program", function () {
  this.timeout(60_000);
  let state: string;
  const children: ChildProcess[] = [];

  beforeEach(() => {
    state = newStateDirectory();
  });
  afterEach(() => {
    for (const child of children.splice(0)) child.kill("SIGKILL");
    rmSync(state, { recursive: true, force: true });
  });

  const lab = async (...words: string[]): Promise<string> =>
    (await promisify(execFile)(process.execPath, ["--import=tsx", MAIN, "--state", state, ...words])).stdout;

  async function serve(prefix: string): Promise<ChildProcess> {
    // One process, so that a kill reaches the lab itself.
    const child = spawn(process.execPath, ["--import=tsx", MAIN, "--state", state, "serve", "--prefix", prefix]);
    children.push(child);
    let printed = "";
    child.stderr.on("data", (data: Buffer) => (printed += data.toString()));
    await new Promise<void>((resolve, reject) => {
      child.stdout.on("data", (data: Buffer) => {
        printed += data.toString();
        if (printed.includes("lab ready")) resolve();
      });
      child.on("exit", () => {
        reject(new Error(printed));
      });
    });
    return child;
  }

  it("says when it is ready, answers from another shell, and ends cleanly when it is asked to", async () => {
    const child = await serve(prefixOf(75));
    const { disks } = JSON.parse(await lab("content", "tappaas1", "140")) as {
      disks: Record<string, { bytes: number }>;
    };
    assert.equal(disks["scsi0"]?.bytes, 8 * 1024 ** 2);
    await lab("fault", "backup", "down", "GET /version");
    child.kill("SIGTERM");
    assert.deepEqual(await once(child, "exit"), [0, null]);
    assert.ok(existsSync(join(state, "sheet.json")));
  });

  it("goes on where it was after it was killed", async () => {
    const first = await serve(prefixOf(77));
    const before = JSON.parse(await lab("content", "tappaas1", "610")) as object;
    first.kill("SIGKILL");
    await once(first, "exit");
    const second = await serve(prefixOf(77));
    assert.deepEqual(JSON.parse(await lab("content", "tappaas1", "610")), before);
    second.kill("SIGTERM");
    assert.deepEqual(await once(second, "exit"), [0, null]);
  });

  it("tells who asks a lab that does not run how to start it", async () => {
    await assert.rejects(lab("status"), /No lab runs on ".*control\.sock"; start it with `make lab`/);
  });

  it("forgets a site on demand, and nothing that is no lab's state", async () => {
    const child = await serve(prefixOf(76));
    await assert.rejects(lab("reset"), /The lab runs; stop it first/);
    assert.ok(existsSync(join(state, "site.json")));
    await lab("stop");
    assert.deepEqual(await once(child, "exit"), [0, null]);
    await lab("reset");
    assert.equal(existsSync(state), false);

    mkdirSync(state);
    writeFileSync(join(state, "thesis.txt"), "the only copy");
    await assert.rejects(lab("reset"), /found no site\.json; left as it is/);
    assert.ok(existsSync(join(state, "thesis.txt")));
  });
});
