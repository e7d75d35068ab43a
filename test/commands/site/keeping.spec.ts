import { strict as assert } from "node:assert";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";

import { type StateResource } from "../../../commands/engine/state";
import { leavingOf } from "../../../commands/site/down";
import { mendCutOffState } from "../../../commands/site/cut-off-state";
import { isStale, locksOn, type StateLock } from "../../../commands/site/locks";
import { PROJECT } from "../../../commands/stack-file";
import { copiesIn, copyState, openCopy } from "../../../commands/site/state-copy";

describe("copies of the state", () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "copies-"));
  });

  afterEach(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  const state = { stack: "home", text: '{"deployment":{}}', passphrase: "correct horse" };
  const quiet = () => undefined;
  /** What is tried here is not how long a guess takes. */
  const fast = { workFactor: 8 };

  it("cost whoever guesses the passphrase what age asks of every guess", async function () {
    this.timeout(60_000);
    const [file = ""] = await copyState(state, [folder], quiet);
    assert.match(readFileSync(file, "latin1"), /^-> scrypt \S+ 18$/m);
  });

  it("open with the stack's passphrase and with no other", async () => {
    const [file = ""] = await copyState(state, [folder], quiet, fast);
    assert.equal(await openCopy(file, "correct horse"), state.text);
    await assert.rejects(openCopy(file, "another"), /cannot be opened with this passphrase/);
  });

  it("stay, the newest thirty of a stack, and those of other stacks and other files too", async () => {
    const names = Array.from(
      { length: 31 },
      (_, day) => `home-2026-10-${String(day + 1).padStart(2, "0")}T210000.000Z.state.age`,
    );
    for (const name of [...names, "home-lab-2026-10-01T210000.000Z.state.age", "letter.txt"])
      writeFileSync(join(folder, name), "");
    await copyState(state, [folder], quiet, { ...fast, now: new Date("2026-11-25T21:00:00Z") });
    const left = readdirSync(folder);
    assert.equal(copiesIn(folder, "home").length, 30);
    assert.ok(left.includes("home-2026-11-25T210000.000Z.state.age"));
    assert.ok(!left.includes(names[0]!) && !left.includes(names[1]!) && left.includes(names[2]!));
    assert.ok(left.includes("home-lab-2026-10-01T210000.000Z.state.age") && left.includes("letter.txt"));
  });

  it("are missed aloud where a folder cannot be written, and made in the others", async () => {
    writeFileSync(join(folder, "file"), "");
    const said: string[] = [];
    const files = await copyState(state, [join(folder, "file"), join(folder, "usb")], (line) => said.push(line), fast);
    assert.equal(files.length, 1);
    assert.match(said.join(), /No copy of the state in .*file/);
  });
});

describe("a lock on the state", () => {
  const lock: StateLock = { file: "x", pid: 7, host: "here", user: "owner", since: "2026-11-20T21:00:00Z" };

  it("is stale only when its process ran on this machine and is gone", () => {
    assert.equal(
      isStale(lock, "here", () => false),
      true,
    );
    assert.equal(
      isStale(lock, "here", () => true),
      false,
    );
    assert.equal(
      isStale(lock, "elsewhere", () => false),
      false,
    );
  });

  it("is not held by another program that got the same number later", () => {
    assert.equal(isStale({ ...lock, pid: process.pid, host: hostname() }), true);
  });

  it("is found where the engine puts it, and not looked for in other backends", () => {
    const folder = mkdtempSync(join(tmpdir(), "backend-"));
    const locks = join(folder, ".pulumi/locks/organization/tappaas-resilience/home");
    mkdirSync(locks, { recursive: true });
    const content = { pid: 7, username: "owner", hostname: "here", timestamp: "2026-11-20T21:00:00Z" };
    writeFileSync(join(locks, "a.json"), JSON.stringify(content));
    assert.deepEqual(locksOn(`file://${folder}`, "home"), [{ ...lock, file: join(locks, "a.json") }]);
    assert.deepEqual(locksOn(`file://${folder}`, "other"), []);
    assert.deepEqual(locksOn("s3://bucket", "home"), []);
    rmSync(folder, { recursive: true });
  });
});

describe("leaving a site", () => {
  const one = (type: string, name: string, changes: Partial<StateResource> = {}): StateResource => ({
    urn: `urn:pulumi:home::p::${type}::${name}`,
    type,
    custom: true,
    protect: false,
    retained: false,
    inputs: {},
    outputs: { adopted: false },
    ...changes,
  });

  it("ends the nightly backup of the guests in the program's own job, and says of which", () => {
    const job = one("resilience:pve:BackupJob", "nightly", { outputs: { adopted: false, vmids: [140, 110] } });
    assert.deepEqual(leavingOf([job]).unprotected, [110, 140]);
  });

  it("ends nobody's backup where the job was there before", () => {
    const job = one("resilience:pve:BackupJob", "nightly", { outputs: { adopted: true, vmids: [110] } });
    assert.deepEqual(leavingOf([job]).unprotected, []);
  });

  it("keeps what is guarded and what was adopted, each with its reason", () => {
    const { removed, kept } = leavingOf([
      one("a:b:Own", "own"),
      one("a:b:Guarded", "guarded", { protect: true }),
      one("a:b:Retained", "retained", { retained: true }),
      one("a:b:Adopted", "adopted", { outputs: { adopted: true } }),
      one("pulumi:providers:x", "x"),
    ]);
    assert.deepEqual(removed, ["own (a:b:Own)"]);
    assert.deepEqual(kept, [
      "guarded (a:b:Guarded): data, or the way to data, rests on it",
      "retained (a:b:Retained): data, or the way to data, rests on it",
      "adopted (a:b:Adopted): it was there before the program",
    ]);
  });
});

describe("a state that a run was writing when it was killed", () => {
  let backend: string;
  let file: string;
  let said: string[];

  beforeEach(() => {
    backend = mkdtempSync(join(tmpdir(), "backend-"));
    const stacks = join(backend, ".pulumi/stacks", PROJECT);
    mkdirSync(stacks, { recursive: true });
    file = join(stacks, "home.json");
    said = [];
  });

  afterEach(() => {
    rmSync(backend, { recursive: true, force: true });
  });

  const mend = (wasKilled = true) => {
    mendCutOffState(
      `file://${backend}`,
      "home",
      wasKilled,
      (line) => said.push(line),
      new Date("2026-11-26T21:00:00Z"),
    );
  };
  const write = (ending: string, text: string) => {
    writeFileSync(`${file}${ending}`, text);
  };

  it("is taken from one step before, and the half of it stays beside", () => {
    write("", '{"step":2');
    write(".bak", '{"step":1}');
    write(".bak.attrs", "{}");
    mend();
    assert.equal(readFileSync(file, "utf8"), '{"step":1}');
    assert.equal(readFileSync(`${file}.cut-off-2026-11-26T210000.000Z`, "utf8"), '{"step":2');
    assert.match(said.join(), /one step before is taken/);
  });

  it("stays as it is when only the notes beside it are half written", () => {
    write("", '{"step":2}');
    write(".attrs", "");
    write(".bak", '{"step":1}');
    mend();
    assert.equal(readFileSync(file, "utf8"), '{"step":2}');
    assert.ok(!existsSync(`${file}.attrs`));
    assert.match(said.join(), /Nothing is lost/);
  });

  it("is not brought back where somebody removed it and no run was killed", () => {
    write(".bak", '{"step":1}');
    mend(false);
    assert.ok(!existsSync(file));
    mend(true);
    assert.equal(readFileSync(file, "utf8"), '{"step":1}');
  });

  it("is left alone, with the way to the copy, where the one before is broken too", () => {
    write("", "");
    write(".bak", "{");
    assert.throws(() => {
      mend();
    }, /make state-restore/);
    assert.equal(readFileSync(file, "utf8"), "");
  });

  it("is not touched where it is whole", () => {
    write("", '{"step":2}');
    write(".attrs", '{"user":1}');
    write(".bak", '{"step":1}');
    mend();
    assert.deepEqual(
      [readFileSync(file, "utf8"), readFileSync(`${file}.attrs`, "utf8"), said.length],
      ['{"step":2}', '{"user":1}', 0],
    );
  });
});
