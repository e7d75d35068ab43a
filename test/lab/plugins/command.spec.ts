import { strict as assert } from "node:assert";
import { readFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";

import { LabNode } from "../ssh/lab-node";
import { newPrivateKey, publicLine } from "../../../lab/ssh/ssh-key";
import { PluginClient, type Properties } from "./plugin-client";

const SIGNATURE = "4dabf18193072939515e22adb298388d";
const SECRET = "1b47061264138c4ac30d75fd1eb44270";
const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** Source of every promise here: pulumi-command v1.2.1, provider/pkg/provider/remote and provider/pkg/provider/common. */
describe("the lab's command plugin", () => {
  let node: LabNode;
  let plugin: PluginClient;

  before(async () => {
    node = await LabNode.start("127.0.84");
  });

  after(async () => {
    await node.stop();
  });

  beforeEach(async () => {
    plugin = new PluginClient();
    await plugin.start();
  });

  afterEach(() => {
    plugin.stop();
  });

  function connection(more: Properties = {}): Properties {
    const { host, port, hostKey, privateKeyFile } = node.ssh;
    return { host, port, hostKey, privateKey: readFileSync(privateKeyFile, "utf8"), dialErrorLimit: 0, ...more };
  }

  async function checked(inputs: Properties, more: Properties = {}): Promise<Properties> {
    const outcome = await plugin.check({ connection: connection(more), ...inputs });
    assert.deepEqual(outcome.failures, []);
    return outcome.inputs;
  }

  /** What commands left on the node. */
  const trace = (name: string) => {
    try {
      return readFileSync(join(node.state, "machines/tappaas1/root", name), "utf8");
    } catch {
      return undefined;
    }
  };

  it("calls itself the lab's, so that nobody takes it for the real one", async () => {
    assert.equal(await plugin.version(), "1.2.1-lab");
  });

  it("refuses, already in the preview, every host that is not on loopback", async () => {
    for (const host of ["10.0.0.10", "192.0.2.1", "pve.example.org", "127.0.0.1.example.org", "::2"]) {
      const { failures } = await plugin.check({ connection: { host } });
      assert.equal(failures.length, 1, host);
      assert.match(
        failures[0] ?? "",
        /^connection\.host: command-lab connects to loopback only .*official command plugin 1\.2\.1$/,
      );
    }
    const { failures } = await plugin.check({ connection: { host: "127.0.0.1", proxy: { host: "10.0.0.1" } } });
    assert.match(failures.join(), /^connection\.proxy\.host: command-lab connects to loopback only/);
    await assert.rejects(
      plugin.create({ connection: { host: "10.0.0.10" }, create: "true" }),
      /connects to loopback only/,
    );
  });

  it("refuses resources that it does not have", async () => {
    await assert.rejects(
      plugin.check({ create: "true" }, "command:local:Command"),
      /has command:remote:Command, command:remote:CopyToRemote, not "command:local:Command"/,
    );
  });

  it("refuses a connection without a host, a strange property and a strange value of logging", async () => {
    const { failures } = await plugin.check({ connection: {}, logging: "loud", crate: "true" });

    assert.deepEqual(failures, [
      "connection.host: missing required property",
      'logging: expected one of stdout, stderr, stdoutAndStderr, none, got "loud"',
      "crate: unknown property; known: connection, create, update, delete, environment, stdin, triggers, logging, addPreviousOutputInEnv",
    ]);
  });

  it("marks the connection secret and fills in the real plugin's defaults", async () => {
    const { inputs } = await plugin.check({ connection: { host: "127.0.0.1" }, create: "true" });

    assert.deepEqual(inputs, {
      connection: {
        [SIGNATURE]: SECRET,
        value: { host: "127.0.0.1", user: "root", port: 22, dialErrorLimit: 10, perDialTimeout: 15 },
      },
      create: "true",
      addPreviousOutputInEnv: true,
    });
  });

  it("runs create once and keeps what it printed, less one newline each", async () => {
    const { id, state } = await plugin.create(
      await checked({ create: "echo made >> once; cat; echo trouble >&2", stdin: "in\n\n" }),
    );

    assert.match(id, /^pool[0-9a-f]{8}$/);
    assert.deepEqual([state["stdout"], state["stderr"]], ["in\n", "trouble"]);
    assert.equal(trace("once"), "made\n");
  });

  it("runs nothing in a preview", async () => {
    const inputs = await checked({ create: "touch previewed", delete: "touch previewed" });
    const { id, state } = await plugin.create(inputs, { preview: true });
    const updated = await plugin.update(
      { ...inputs, stdout: "" },
      { ...inputs, create: "touch previewed2" },
      { preview: true },
    );

    assert.deepEqual([id, state["stdout"], updated["stdout"]], ["", UNKNOWN, UNKNOWN]);
    assert.equal(trace("previewed"), undefined);
    assert.equal(trace("previewed2"), undefined);
  });

  for (const [input, value] of Object.entries({
    create: "true # other",
    update: "true",
    delete: "true",
    stdin: "other",
    environment: { LC_X: "1" },
    logging: "none",
    connection: { host: "127.0.0.2" },
  })) {
    it(`plans an update, not a replacement, for another ${input}`, async () => {
      const inputs = await checked({ create: "true" });

      assert.deepEqual(await plugin.diff({ ...inputs, stdout: "" }, { ...inputs, [input]: value }), {
        changes: true,
        diffs: [input],
        replaces: [],
        deleteFirst: false,
      });
    });
  }

  it("plans a replacement for other triggers, the new one made before the old one goes", async () => {
    const inputs = await checked({ create: "true", triggers: ["a"] });

    assert.deepEqual(await plugin.diff(inputs, { ...inputs, triggers: ["b"] }), {
      changes: true,
      diffs: ["triggers"],
      replaces: ["triggers"],
      deleteFirst: false,
    });
  });

  it("sees no change where only the secret mark differs", async () => {
    const inputs = await checked({ create: "true", stdin: "s" });
    const marked = { ...inputs, stdin: { [SIGNATURE]: SECRET, value: "s" } };

    assert.equal((await plugin.diff({ ...inputs, stdout: "x", stderr: "" }, marked)).changes, false);
  });

  it("runs create again for an update without an update command, and the update command where there is one", async () => {
    const inputs = await checked({ create: "echo create >> runs" });
    const { state } = await plugin.create(inputs);
    const again = await plugin.update(state, { ...inputs, stdin: "other" });
    await plugin.update(again, { ...inputs, update: "echo update >> runs" });

    assert.equal(trace("runs"), "create\ncreate\nupdate\n");
  });

  it("deletes with the command and the connection that the state holds", async () => {
    const { state } = await plugin.create(await checked({ create: "true", delete: "echo gone > deleted" }));
    await plugin.delete(state);

    assert.equal(trace("deleted"), "gone\n");
    const dead = { ...state, connection: connection({ port: await refusedPort() }) };
    await assert.rejects(plugin.delete(dead), /connect: connection refused$/);
  });

  it("does nothing on delete without a delete command, even when the host is dead", async () => {
    const { state } = await plugin.create(await checked({ create: "true" }));

    await plugin.delete({ ...state, connection: connection({ port: await refusedPort() }) });
  });

  it("notices nothing in a refresh: it gives back what the state holds", async () => {
    const { id, state } = await plugin.create(await checked({ create: "echo 1" }));
    const before = node.events("shell").length;

    assert.deepEqual(await plugin.read(id, state), state);
    assert.equal(node.events("shell").length, before);
  });

  it("fails a create with the command and all that it printed, and gives no state to keep", async () => {
    const inputs = await checked({ create: 'echo "out"; echo err >&2; exit 3' });

    await assert.rejects(plugin.create(inputs), {
      message: 'Process exited with status 3: running "echo \\"out\\"; echo err >&2; exit 3":\nout\nerr\n',
    });
  });

  it("refuses a host whose key is not the one expected, and sends it no command", async () => {
    const before = node.events("shell").length;
    const stranger = publicLine(newPrivateKey("stranger"));

    await assert.rejects(plugin.create(await checked({ create: "true" }, { hostKey: stranger })), {
      message: "after 0 failed attempts: ssh: handshake failed: ssh: host key mismatch",
    });
    assert.equal(node.events("shell").length, before);
  });

  it("believes any host when no key is given, as the real one does", async () => {
    const trusting = Object.fromEntries(Object.entries(connection()).filter(([name]) => name !== "hostKey"));
    const { inputs } = await plugin.check({ connection: trusting, create: "echo in" });

    assert.equal((await plugin.create(inputs)).state["stdout"], "in");
  });

  it("fails with a key that may not log in", async () => {
    const inputs = await checked({ create: "true" }, { privateKey: newPrivateKey("stranger") });

    await assert.rejects(
      plugin.create(inputs),
      /^Error: after 0 failed attempts: ssh: handshake failed: ssh: unable to authenticate/,
    );
  });

  it("bears as many failures to connect as dialErrorLimit says, longer each time, and tells of each", async () => {
    const inputs = await checked({ create: "true" }, { port: await refusedPort(), dialErrorLimit: 3 });
    const started = Date.now();

    await assert.rejects(
      plugin.create(inputs),
      /^Error: after 3 failed attempts: dial tcp 127\.0\.84\.10:\d+: connect: connection refused$/,
    );
    // 100 ms, 150 ms and 225 ms between four attempts.
    const took = Date.now() - started;
    assert.ok(took >= 470 && took < 3000, String(took));
    assert.deepEqual(
      plugin.lines,
      [1, 2, 3].map((count) => `info: Dial ${count}/3 failed: retrying`),
    );
  });

  it("waits for a host that comes up meanwhile", async () => {
    const port = await refusedPort();
    const inputs = await checked({ create: "echo up" }, { port, dialErrorLimit: -1 });
    const created = plugin.create(inputs);
    await new Promise((resolve) => setTimeout(resolve, 300));
    const relay = await relayTo(node, port);

    assert.equal((await created).state["stdout"], "up");
    relay.close();
  });

  it("gives up one attempt after perDialTimeout seconds", async () => {
    const silent = createServer(() => undefined);
    await new Promise<void>((listening) => silent.listen(0, "127.0.84.10", listening));
    const { port } = silent.address() as { port: number };
    const started = Date.now();

    await assert.rejects(
      plugin.create(await checked({ create: "true" }, { port, perDialTimeout: 1 })),
      /i\/o timeout$/,
    );
    assert.ok(Date.now() - started < 3000);
    silent.close();
  });

  it("stops waiting for a host when the run is cancelled", async () => {
    const inputs = await checked({ create: "true" }, { port: await refusedPort(), dialErrorLimit: -1 });
    const given = assert.rejects(plugin.create(inputs), /aborted/);
    await new Promise((resolve) => setTimeout(resolve, 300));
    await plugin.cancel();

    await given;
  });

  it("fails, before the command runs, when the host refuses a variable of environment", async () => {
    const before = node.events("shell").length;

    await assert.rejects(plugin.create(await checked({ create: "true", environment: { MY_VARIABLE: "x" } })), {
      message: 'could not set environment variable "MY_VARIABLE": ssh: setenv failed',
    });
    assert.equal(node.events("shell").length, before);
    assert.match(plugin.lines.join(), /^error: Unable to set 'MY_VARIABLE'/);
  });

  it("sets the variables that the host accepts", async () => {
    const { state } = await plugin.create(
      await checked({ create: 'echo "$LC_ONE $LC_TWO"', environment: { LC_ONE: "1", LC_TWO: "2" } }),
    );

    assert.equal(state["stdout"], "1 2");
  });

  it("only warns when the host refuses the last output, which addPreviousOutputInEnv: false keeps at home", async () => {
    const inputs = await checked({ create: "echo first", logging: "none" });
    const { state } = await plugin.create(inputs);
    const updated = await plugin.update(state, { ...inputs, stdin: "x" });
    assert.equal(updated["stdout"], "first");
    assert.match(plugin.lines.join(), /^warning: Unable to set 'PULUMI_COMMAND_STDOUT'/);

    plugin.lines.length = 0;
    await plugin.update(state, { ...inputs, stdin: "x", addPreviousOutputInEnv: false });
    assert.deepEqual(plugin.lines, []);
  });

  for (const [logging, expected] of Object.entries({
    stdout: ["info: out"],
    stderr: ["info: err"],
    stdoutAndStderr: ["info: err", "info: out"],
    none: [],
  })) {
    it(`shows what logging ${logging} lets through, and no more`, async () => {
      await plugin.create(await checked({ create: "echo out; echo err >&2", logging }));

      assert.deepEqual(plugin.lines.sort(), expected);
    });
  }

  describe("CopyToRemote", () => {
    const type = "command:remote:CopyToRemote";
    const text = (contents: string) => ({
      [SIGNATURE]: "c44067f5952c0a294b673a41bacd8c17",
      text: contents,
      hash: `hash of ${contents}`,
    });
    const inputs = async (source: unknown, remotePath: string) => {
      const outcome = await plugin.check({ connection: connection(), source, remotePath }, type);
      assert.deepEqual(outcome.failures, []);
      return outcome.inputs;
    };

    it("writes a text where it was told, and again for other contents", async () => {
      const first = await inputs(text("one"), "/tmp/copied");
      const { state } = await plugin.create(first, { type });
      assert.equal(trace("tmp/copied"), "one");

      await plugin.update(state, await inputs(text("two"), "/tmp/copied"), { type });
      assert.equal(trace("tmp/copied"), "two");
    });

    it("writes nothing in a preview, and copies nothing for another connection alone", async () => {
      const first = await inputs(text("kept"), "/tmp/not-copied");
      await plugin.create(first, { preview: true, type });
      await plugin.update(first, { ...first, connection: connection({ user: "root" }) }, { type });

      assert.equal(trace("tmp/not-copied"), undefined);
    });

    it("refuses what is neither asset nor archive", async () => {
      const { failures } = await plugin.check({ connection: connection(), source: "text", remotePath: "/x" }, type);

      assert.deepEqual(failures, ["asset: either asset or archive must be set"]);
    });

    it("refuses to put a text over a directory", async () => {
      await assert.rejects(
        plugin.create(await inputs(text("x"), "/tmp"), { type }),
        /remote path \/tmp is a directory/,
      );
    });
  });
});

/** A port of the node on which nobody listens. */
async function refusedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((listening) => server.listen(0, "127.0.84.10", listening));
  const { port } = server.address() as { port: number };
  await new Promise((closed) => server.close(closed));
  return port;
}

/** A port that passes everything on to the node's SSH. */
async function relayTo(node: LabNode, port: number) {
  const { connect } = await import("node:net");
  const relay = createServer((socket) => {
    const onward = connect(node.ssh.port, node.ssh.host);
    socket.pipe(onward).pipe(socket);
    for (const end of [socket, onward]) end.on("error", () => end.destroy());
  });
  await new Promise<void>((listening) => relay.listen(port, "127.0.84.10", listening));
  return relay;
}
