import { strict as assert } from "node:assert";
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";

import { newStateDirectory } from "../support/pve-site";

const MAIN = join(__dirname, "../../../lab/main.ts");
const TSX = join(__dirname, "../../../node_modules/tsx/dist/cli.mjs");

describe("the lab's program", function () {
  this.timeout(60_000);
  let state: string;

  beforeEach(() => {
    state = newStateDirectory();
  });
  afterEach(() => {
    rmSync(state, { recursive: true, force: true });
  });

  const lab = async (...words: string[]): Promise<string> =>
    (await promisify(execFile)(process.execPath, [TSX, MAIN, "--state", state, ...words])).stdout;

  async function serve(prefix: string): Promise<ChildProcess> {
    const child = spawn(process.execPath, [TSX, MAIN, "--state", state, "serve", "--prefix", prefix]);
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
    const child = await serve("127.0.75");
    const { disks } = JSON.parse(await lab("content", "tappaas1", "140")) as {
      disks: Record<string, { bytes: number }>;
    };
    assert.equal(disks["scsi0"]?.bytes, 8 * 1024 ** 2);
    await lab("fault", "backup", "down", "GET /version");
    child.kill("SIGTERM");
    assert.deepEqual(await once(child, "exit"), [0, null]);
    assert.ok(existsSync(join(state, "sheet.json")));
  });

  it("tells who asks a lab that does not run how to start it", async () => {
    await assert.rejects(lab("status"), /No lab runs on ".*control\.sock"; start it with `make lab`/);
  });

  it("forgets a site on demand, and nothing that is no lab's state", async () => {
    const child = await serve("127.0.76");
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
