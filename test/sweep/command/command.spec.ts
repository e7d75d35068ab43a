import { strict as assert } from "node:assert";
import { spawn } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

import { ensureEngine, engineEnvironment, furnishLabHome } from "../../../tools/engine/engine";
import { newPrivateKey, publicLine } from "../../../lab/ssh/ssh-key";
import { LabNode } from "../../lab/ssh/lab-node";

const ROOT = resolve(__dirname, "../../..");

interface Settings {
  readonly command: Readonly<Record<string, unknown>>;
  readonly connection?: Readonly<Record<string, unknown>>;
  readonly copied?: string;
}

/** The real engine and npm's @pulumi/command 1.2.1 with the lab's stand-in for its plugin. */
describe("the command plugin under the real engine", function () {
  this.timeout(120_000);
  let node: LabNode;
  let folder: string;
  let environment: NodeJS.ProcessEnv;

  before(async function () {
    this.timeout(900_000);
    node = await LabNode.start("127.0.86");
    folder = mkdtempSync(join(tmpdir(), "command-engine-"));
    const [home, backend] = [join(folder, "home"), join(folder, "backend")];
    mkdirSync(backend);
    const engine = await ensureEngine();
    furnishLabHome(engine, home);
    const passphraseFile = join(folder, "passphrase");
    writeFileSync(passphraseFile, "lab");
    environment = engineEnvironment(engine, { home, backend, passphraseFile });
    cpSync(join(__dirname, "program.js"), join(folder, "index.js"));
    symlinkSync(join(ROOT, "node_modules"), join(folder, "node_modules"));
    writeFileSync(join(folder, "package.json"), '{ "name": "command-lab-test", "main": "index.js" }');
    writeFileSync(
      join(folder, "Pulumi.yaml"),
      "name: command-lab-test\nruntime:\n  name: nodejs\n  options:\n    typescript: false\n",
    );
    await pulumi({ command: {} }, "stack", "init", "lab");
  });

  after(async () => {
    await node.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  /** Runs the engine beside this process, in which the node's SSH answers. */
  function pulumi({ connection = {}, ...settings }: Settings, ...args: string[]) {
    const { host, port, hostKey, privateKeyFile } = node.ssh;
    const usual = { host, port, hostKey, privateKey: readFileSync(privateKeyFile, "utf8") };
    const env = {
      ...environment,
      NO_COLOR: "1",
      COMMAND_TEST: JSON.stringify({ ...settings, connection: { ...usual, ...connection } }),
    };
    return new Promise<{ code: number | null; output: string }>((ended) => {
      const child = spawn("pulumi", [...args, "--non-interactive"], { cwd: folder, env });
      let output = "";
      for (const stream of [child.stdout, child.stderr])
        stream.on("data", (part: Buffer) => (output += part.toString()));
      child.on("close", (code) => {
        ended({ code, output });
      });
    });
  }

  async function up(settings: Settings): Promise<string> {
    const { code, output } = await pulumi(settings, "up", "--yes", "--skip-preview");
    assert.equal(code, 0, output);
    return output;
  }

  const trace = (name: string) => readFileSync(join(node.state, "machines/tappaas1/root", name), "utf8");
  const command = { create: "echo create >> runs; cat", delete: "echo delete >> runs", stdin: "desired" };

  it("runs nothing in a preview, runs create once, and changes nothing the second time", async () => {
    const preview = await pulumi({ command }, "preview");
    assert.equal(preview.code, 0, preview.output);
    assert.deepEqual(node.events("shell"), []);

    assert.match(await up({ command, copied: "text" }), /stdout: "desired"/);
    assert.match(await up({ command, copied: "text" }), /3 unchanged/);
    assert.equal(trace("runs"), "create\n");
    assert.equal(trace("tmp/copied"), "text");
  });

  it("keeps the key that logs in out of the readable state", async () => {
    const { output } = await pulumi({ command }, "stack", "export");

    assert.equal(output.includes("OPENSSH PRIVATE KEY"), false);
    assert.match(output, /"connection": \{\s+"4dabf18193072939515e22adb298388d"/);
  });

  it("finds nothing new in a refresh", async () => {
    const { code, output } = await pulumi({ command }, "refresh", "--yes", "--skip-preview");

    assert.equal(code, 0, output);
    assert.match(output, /3 unchanged/);
  });

  it("updates, and runs create again, for another text on stdin and for another connection", async () => {
    assert.match(await up({ command: { ...command, stdin: "other" }, copied: "text" }), /1 updated/);
    assert.equal(trace("runs"), "create\ncreate\n");

    const patient = { command: { ...command, stdin: "other" }, copied: "text", connection: { perDialTimeout: 9 } };
    assert.match(await up(patient), /2 updated/);
    assert.equal(trace("runs"), "create\ncreate\ncreate\n");
  });

  it("replaces for other triggers: the new create runs first, then the old delete", async () => {
    assert.match(await up({ command: { ...command, triggers: ["a"] } }), /1 replaced/);

    assert.equal(trace("runs"), "create\ncreate\ncreate\ncreate\ndelete\n");
  });

  it("keeps the old state when an update fails, and shows the command in the error", async () => {
    const failing = { command: { ...command, triggers: ["a"], create: "echo broken >&2; exit 5" } };
    const { code, output } = await pulumi(failing, "up", "--yes", "--skip-preview");
    assert.notEqual(code, 0);
    assert.match(output, /Process exited with status 5: running "echo broken >&2; exit 5":\s+broken/);

    assert.match(await up({ command: { ...command, triggers: ["a"] } }), /2 unchanged/);
  });

  it("refuses a node whose host key is another, before any command", async () => {
    const before = node.events("shell").length;
    const hostKey = publicLine(newPrivateKey("stranger"));
    const changed = { command: { ...command, triggers: ["a"], stdin: "x" }, connection: { hostKey } };
    const { code, output } = await pulumi(changed, "up", "--yes", "--skip-preview");

    assert.notEqual(code, 0);
    assert.match(output, /after 1 failed attempts: ssh: handshake failed: ssh: host key mismatch/);
    assert.equal(node.events("shell").length, before);
  });

  it("stops a plan that would leave loopback, and says which plugin is for real sites", async () => {
    const { code, output } = await pulumi({ command, connection: { host: "10.0.0.10" } }, "preview");

    assert.notEqual(code, 0);
    assert.match(output, /command-lab connects to loopback only .* official command plugin 1\.2\.1/s);
  });

  it("destroys with the delete command that the state holds", async () => {
    const { code, output } = await pulumi({ command: {} }, "destroy", "--yes", "--skip-preview");

    assert.equal(code, 0, output);
    assert.match(trace("runs"), /delete\ndelete\n$/);
  });

  it("keeps no state of a create that failed", async () => {
    const { code } = await pulumi({ command: { create: "exit 1" } }, "up", "--yes", "--skip-preview");
    assert.notEqual(code, 0);
    const { output } = await pulumi({ command: {} }, "stack", "export");

    assert.equal(output.includes("command:remote:Command"), false);
  });
});
