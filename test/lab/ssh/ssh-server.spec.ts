import { strict as assert } from "node:assert";
import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { utils, type SFTPWrapper, type Stats } from "ssh2";

import { newPrivateKey } from "../../../lab/ssh/ssh-key";
import { LabNode } from "./lab-node";
import { run } from "./ssh-client";

/** What an SFTP method answers. */
function answer<T>(ask: (done: (error: Error | null | undefined, value: T) => void) => void): Promise<T> {
  return new Promise((resolve, reject) => {
    ask((error, value) => {
      if (error instanceof Error) reject(error);
      else resolve(value);
    });
  });
}

describe("a node's SSH", () => {
  let node: LabNode;

  before(async () => {
    node = await LabNode.start("127.0.81");
  });

  after(async () => {
    await node.stop();
  });

  it("proves itself with the host key that the sheet names, also after a restart", async () => {
    const seen: string[] = [];
    const hostVerifier = (key: Buffer) => seen.push(`ssh-ed25519 ${key.toString("base64")}`) > 0;
    (await node.login({ hostVerifier })).end();
    await node.restart();
    (await node.login({ hostVerifier })).end();

    assert.deepEqual(seen, [node.ssh.hostKey, node.ssh.hostKey]);
  });

  it("lets nobody in with another key, another name or a password", async () => {
    const refused = { message: "All configured authentication methods failed" };

    await assert.rejects(node.login({ privateKey: newPrivateKey("stranger") }), refused);
    await assert.rejects(node.login({ username: "admin" }), refused);
    await assert.rejects(node.login({ privateKey: "", password: "root" }), refused);
  });

  it("keeps the key that may log in from other users of the machine", () => {
    assert.equal(statSync(node.ssh.privateKeyFile).mode & 0o777, 0o600);
    assert.ok(!(utils.parseKey(readFileSync(node.ssh.privateKeyFile)) instanceof Error));
  });

  it("runs a command in a real bash and passes on input, both outputs and the exit status", async () => {
    const script = 'read -r line; lines=("$line"); echo "got ${lines[0]}"; echo trouble >&2; exit 7';

    assert.deepEqual(await node.run(script, { stdin: "a line\n" }), {
      code: 7,
      signal: undefined,
      stdout: "got a line\n",
      stderr: "trouble\n",
    });
  });

  it("lets a command write where a node has its files, and never where this machine has its own", async () => {
    const file = "/var/lib/lab-own-root-proof";

    await node.run(`echo proof >${file}; echo proof >/etc/lab-own-root-proof`);

    assert.deepEqual([existsSync(file), existsSync("/etc/lab-own-root-proof")], [false, false]);
    assert.equal((await node.run(`cat ${file} /etc/lab-own-root-proof`)).stdout, "proof\nproof\n");
  });

  it("passes on megabytes without losing a byte", async () => {
    const stdin = "0123456789abcdef".repeat(200_000);

    const { stdout } = await node.run("cat", { stdin });

    assert.equal(stdout === stdin, true);
  });

  it("tells the client which signal ended a command", async () => {
    const outcome = await node.run("echo started; sleep 20", { signal: "TERM" });

    assert.deepEqual({ code: outcome.code, signal: outcome.signal }, { code: null, signal: "SIGTERM" });
  });

  it("takes the variables that Debian's sshd takes and refuses every other", async () => {
    assert.equal((await node.run('echo "$LC_LAB"', { env: { LC_LAB: "kept" } })).stdout, "kept\n");
    assert.equal(
      (await node.run('echo "[$PULUMI_COMMAND_STDOUT]"', { env: { PULUMI_COMMAND_STDOUT: "x" } })).stdout,
      "[]\n",
    );
  });

  it("finds the lab's zpool first and hands a command nothing of the lab's own environment", async () => {
    process.env["LAB_SECRET_OF_THE_CALLER"] = "secret";
    const { stdout } = await node.run("command -v zpool zfs; echo $USER; env");
    delete process.env["LAB_SECRET_OF_THE_CALLER"];

    assert.match(stdout, /^\S+\/bin\/zpool\n\S+\/bin\/zfs\nroot\n/);
    assert.equal(stdout.includes("LAB_SECRET"), false);
  });

  it("runs commands of several connections at once", async () => {
    const started = Date.now();
    const outcomes = await Promise.all([1, 2, 3, 4].map((number) => node.run(`sleep 0.4; echo ${number}`)));

    assert.deepEqual(
      outcomes.map(({ stdout }) => stdout),
      ["1\n", "2\n", "3\n", "4\n"],
    );
    assert.ok(Date.now() - started < 1400);
  });

  it("writes every command that ran into the log", async () => {
    await node.run("zpool list -H -o name");

    assert.ok(node.events("shell").includes("zpool list -H -o name"));
    const [last] = node.site.events.all().slice(-1);
    assert.deepEqual([last?.kind, last?.detail], ["command", ["zpool", "list", "-H", "-o", "name"]]);
  });

  it("breaks a connection before or after the work when a test orders it", async () => {
    const marker = join(node.state, "machines", "tappaas1", "root", "marker");
    const cut = { machine: "tappaas1", operation: "ssh", times: 1 };

    node.site.faults.order({ ...cut, kind: "cut-before-work" });
    await assert.rejects(node.run("touch marker"), /connection was closed/);
    assert.throws(() => statSync(marker));

    node.site.faults.order({ ...cut, kind: "cut-after-work" });
    const outcome = await node.run("touch marker").catch(() => ({ code: null }));
    assert.equal(outcome.code, null);
    assert.ok(statSync(marker).isFile());
  });

  describe("its files", () => {
    let sftp: SFTPWrapper;
    let end: () => void;

    beforeEach(async () => {
      const client = await node.login();
      end = () => client.end();
      sftp = await answer<SFTPWrapper>((done) => client.sftp(done));
    });

    afterEach(() => {
      end();
    });

    const root = (...names: string[]) => join(node.state, "machines", "tappaas1", "root", ...names);

    it("are written, measured and read back below the node's own root", async () => {
      const text = "hello\n".repeat(100_000);
      await answer<unknown>((done) => {
        sftp.writeFile("/var/lib/vz/snippets/ci.yaml", text, done as () => void);
      });
      const { size } = await answer<Stats>((done) => {
        sftp.stat("/var/lib/vz/snippets/ci.yaml", done);
      });

      assert.equal(size, text.length);
      assert.equal(readFileSync(root("var/lib/vz/snippets/ci.yaml"), "utf8") === text, true);
      const read = await answer<Buffer>((done) => {
        sftp.readFile("/var/lib/vz/snippets/ci.yaml", done);
      });
      assert.equal(read.toString("utf8") === text, true);
    });

    it("take directories and modes", async () => {
      await answer<unknown>((done) => {
        sftp.mkdir("/etc/lab", done as () => void);
      });
      await answer<unknown>((done) => {
        sftp.writeFile("/etc/lab/secret", "s", done as () => void);
      });
      await answer<unknown>((done) => {
        sftp.chmod("/etc/lab/secret", 0o600, done as () => void);
      });

      assert.equal(statSync(root("etc/lab/secret")).mode & 0o777, 0o600);
    });

    it("never reach a file of this machine", async () => {
      const outside = join(node.state, "outside");
      writeFileSync(outside, "mine");
      const read = (path: string) =>
        answer<Buffer>((done) => {
          sftp.readFile(path, done);
        });

      await assert.rejects(read(outside), /No such file|ENOENT/);
      await assert.rejects(read("/../../../outside"), /No such file|ENOENT/);
    });

    it("end when the client has said its last, so that no client waits for ever", async () => {
      const closed = new Promise((resolve) => sftp.once("close", resolve));
      sftp.end();
      await closed;
    });
  });

  it("leaves a command running when its client hangs up, as sshd does", async () => {
    const client = await node.login();
    const lost = run(client, "echo started; sleep 0.3; touch survived").catch(() => undefined);
    setTimeout(() => client.destroy(), 100);
    await lost;
    await new Promise((resolve) => setTimeout(resolve, 600));

    assert.ok(statSync(join(node.state, "machines", "tappaas1", "root", "survived")).isFile());
  });
});
