import { strict as assert } from "node:assert";
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

import * as grpc from "@grpc/grpc-js";
import * as service from "@pulumi/pulumi/proto/language_grpc_pb";
import * as messages from "@pulumi/pulumi/proto/language_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { Struct } from "google-protobuf/google/protobuf/struct_pb";

const REPOSITORY = resolve(__dirname, "../../..");
const HOST = join(REPOSITORY, "tools/engine/language-host.ts");
const ENGINE = "127.0.0.1:1";

/** Stands in for the SDK's commands: writes down how it was started, prints, and ends as it is told. */
const COMMAND = `
  const { readFileSync, renameSync, writeFileSync } = require("node:fs");
  const { basename, join } = require("node:path");
  const program = join(__dirname, "../../../../..");
  const { PULUMI_CONFIG, PULUMI_CONFIG_SECRET_KEYS, PULUMI_NODEJS_TYPESCRIPT, LOADED } = process.env;
  const env = { PULUMI_CONFIG, PULUMI_CONFIG_SECRET_KEYS, PULUMI_NODEJS_TYPESCRIPT, LOADED };
  const { argv, execArgv, pid } = process;
  const seen = { command: basename(__dirname), args: argv.slice(2), cwd: process.cwd(), execArgv, pid, ...env };
  writeFileSync(join(program, "draft"), JSON.stringify(seen));
  renameSync(join(program, "draft"), join(program, "seen.json"));
  process.stdout.write("out");
  process.stderr.write("err");
  const ending = JSON.parse(readFileSync(join(program, "ending.json"), "utf8"));
  if (ending.signal) process.kill(pid, ending.signal);
  if (ending.hang) setInterval(() => {}, 1000);
  else process.exitCode = ending.code;
`;

interface Seen {
  readonly command: string;
  readonly args: string[];
  readonly cwd: string;
  readonly execArgv: string[];
  readonly pid: number;
  readonly LOADED?: string;
  readonly PULUMI_CONFIG?: string;
  readonly PULUMI_CONFIG_SECRET_KEYS?: string;
  readonly PULUMI_NODEJS_TYPESCRIPT?: string;
}

describe("the language host that stands in for the official one", () => {
  let host: ChildProcess;
  let client: Client;
  let program: string;

  before(async () => {
    host = spawn(process.execPath, ["--import=tsx", HOST, ENGINE], { stdio: ["ignore", "pipe", "ignore"] });
    client = clientOf(await firstLine(host));
  });

  after(() => {
    client.close();
    host.kill();
  });

  beforeEach(() => {
    program = realpathSync(mkdtempSync(join(tmpdir(), "program-")));
    const sdk = join(program, "node_modules/@pulumi/pulumi");
    for (const command of ["run", "run-plugin", "run-policy-pack"]) {
      mkdirSync(join(sdk, "cmd", command), { recursive: true });
      writeFileSync(join(sdk, "cmd", command, "index.js"), COMMAND);
    }
    writeFileSync(join(sdk, "package.json"), JSON.stringify({ name: "@pulumi/pulumi" }));
    endsWith({ code: 0 });
  });

  afterEach(() => {
    rmSync(program, { recursive: true });
  });

  it("gives a program its stack, its settings and which of them are secret", async () => {
    const request = runRequest(program, { typescript: false, nodeargs: "--no-warnings --trace-exit" });
    request.getConfigMap().set("site:token", "hunter2");
    request.setConfigsecretkeysList(["site:token"]);
    const { error, bail } = (await client.run(request)).toObject();

    const seen = whatWasSeen();
    assert.deepEqual([error, bail], ["", false]);
    assert.deepEqual(
      seen.args.join(" "),
      `--monitor ${ENGINE} --engine ${ENGINE} --project p --stack s --pwd ${program} --organization o --root-directory ${program} --parallel 4 --dry-run index.ts`,
    );
    assert.deepEqual([seen.command, seen.cwd, seen.execArgv], ["run", program, ["--no-warnings", "--trace-exit"]]);
    assert.equal(seen.PULUMI_CONFIG, '{"site:token":"hunter2"}');
    assert.equal(seen.PULUMI_CONFIG_SECRET_KEYS, '["site:token"]');
    assert.equal(seen.PULUMI_NODEJS_TYPESCRIPT, "false");
  });

  it("never takes a program that failed, or was killed, for one that declared all there shall be", async () => {
    const endings = [{ code: 3 }, { signal: "SIGKILL" }, { signal: "SIGTERM" }];
    const errors: string[] = [];
    for (const ending of endings) {
      endsWith(ending);
      errors.push((await client.run(runRequest(program))).getError());
    }
    assert.deepEqual(errors, [
      "the program ended with exit code 3; what it printed stands above",
      "the program ended with signal SIGKILL; what it printed stands above",
      "the program ended with signal SIGTERM; what it printed stands above",
    ]);
  });

  it("says nothing more when the program has told its error already", async () => {
    endsWith({ code: 32 });
    const { error, bail } = (await client.run(runRequest(program))).toObject();
    assert.deepEqual([error, bail], ["", true]);
  });

  it("names the cure where a program has no SDK", async () => {
    rmSync(join(program, "node_modules"), { recursive: true });
    const cure = `expected @pulumi/pulumi to be installed for ${program}, found none; run \`npm ci\` there`;
    assert.equal((await client.run(runRequest(program))).getError(), cure);
    await assert.rejects(pluginEnding(client.runPlugin(pluginRequest(program, "resource"))), new RegExp(`${cure}$`));
  });

  it("hands on what a provider prints, and how it ends", async () => {
    endsWith({ code: 7 });
    const ending = await pluginEnding(client.runPlugin(pluginRequest(program, "resource")));
    assert.deepEqual(ending, { stdout: "out", stderr: "err", code: 7 });
    const { command, args, LOADED } = whatWasSeen();
    assert.deepEqual([command, args, LOADED], ["run-plugin", [program, ENGINE], "a=b"]);
  });

  it("starts a policy pack with the engine's address first", async () => {
    await pluginEnding(client.runPlugin(pluginRequest(program, "analyzer")));
    const { command, args } = whatWasSeen();
    assert.deepEqual([command, args], ["run-policy-pack", [ENGINE, program]]);
  });

  it("reports a provider that was killed as failed", async () => {
    endsWith({ signal: "SIGKILL" });
    assert.equal((await pluginEnding(client.runPlugin(pluginRequest(program, "resource")))).code, 1);
  });

  it("ends a provider when the engine has done with it", async () => {
    endsWith({ hang: true });
    const call = client.runPlugin(pluginRequest(program, "resource"));
    call.on("error", () => undefined);
    await until(() => existsSync(join(program, "seen.json")));
    call.cancel();
    await until(() => !isAlive(whatWasSeen().pid));
  });

  it("stops a program when the person stops the run, and never calls that a success", async () => {
    endsWith({ hang: true });
    const running = client.run(runRequest(program));
    await until(() => existsSync(join(program, "seen.json")));
    await client.cancel();
    assert.equal((await running).getError(), "the program ended with signal SIGINT; what it printed stands above");
  });

  it("ends, and its program with it, when the engine was killed", async () => {
    const start = `"${process.execPath}" --import=tsx "${HOST}" ${ENGINE} & wait`;
    const engine = spawn("sh", ["-c", start], { cwd: REPOSITORY, stdio: ["ignore", "pipe", "ignore"] });
    const orphan = clientOf(await firstLine(engine));
    endsWith({ hang: true });
    const running = assert.rejects(orphan.run(runRequest(program)));
    await until(() => existsSync(join(program, "seen.json")));

    engine.kill("SIGKILL");

    await until(() => !isAlive(whatWasSeen().pid));
    await running;
    orphan.close();
  });

  function endsWith(ending: { code?: number; signal?: string; hang?: boolean }): void {
    writeFileSync(join(program, "ending.json"), JSON.stringify(ending));
  }

  function whatWasSeen(): Seen {
    return JSON.parse(readFileSync(join(program, "seen.json"), "utf8")) as Seen;
  }
});

type PluginStream = grpc.ClientReadableStream<messages.RunPluginResponse>;

interface Client {
  readonly run: (request: messages.RunRequest) => Promise<messages.RunResponse>;
  readonly runPlugin: (request: messages.RunPluginRequest) => PluginStream;
  readonly cancel: () => Promise<unknown>;
  readonly close: () => void;
}

type Unary = (request: unknown, answered: (error: Error | null, response: unknown) => void) => void;

function clientOf(port: string): Client {
  const address = `127.0.0.1:${port}`;
  const Service = (service as unknown as { LanguageRuntimeClient: grpc.ServiceClientConstructor })
    .LanguageRuntimeClient;
  const stub = new Service(address, grpc.credentials.createInsecure());
  const unary = (name: string, request: unknown) =>
    new Promise((fulfil, reject) => {
      (stub[name] as Unary).call(stub, request, (error, response) => {
        if (error === null) fulfil(response);
        else reject(error);
      });
    });
  return {
    run: (request) => unary("run", request) as Promise<messages.RunResponse>,
    runPlugin: (request) => (stub["runPlugin"] as (request: unknown) => PluginStream).call(stub, request),
    cancel: () => unary("cancel", new Empty()),
    close: () => {
      stub.close();
    },
  };
}

function programInfo(directory: string, options: Record<string, string | boolean>): messages.ProgramInfo {
  return new messages.ProgramInfo()
    .setRootDirectory(directory)
    .setProgramDirectory(directory)
    .setEntryPoint("index.ts")
    .setOptions(Struct.fromJavaScript(options));
}

function runRequest(directory: string, options: Record<string, string | boolean> = {}): messages.RunRequest {
  return new messages.RunRequest()
    .setMonitorAddress(ENGINE)
    .setProject("p")
    .setStack("s")
    .setOrganization("o")
    .setPwd(directory)
    .setParallel(4)
    .setDryrun(true)
    .setInfo(programInfo(directory, options));
}

function pluginRequest(directory: string, kind: string): messages.RunPluginRequest {
  return new messages.RunPluginRequest()
    .setPwd(directory)
    .setKind(kind)
    .setArgsList([ENGINE])
    .setEnvList(["LOADED=a=b"])
    .setInfo(programInfo(directory, {}));
}

async function pluginEnding(stream: PluginStream): Promise<{ stdout: string; stderr: string; code: number }> {
  const ending = { stdout: "", stderr: "", code: -1 };
  for await (const response of stream as AsyncIterable<messages.RunPluginResponse>) {
    ending.stdout += Buffer.from(response.getStdout_asU8()).toString();
    ending.stderr += Buffer.from(response.getStderr_asU8()).toString();
    if (response.hasExitcode()) ending.code = response.getExitcode();
  }
  return ending;
}

function firstLine(child: ChildProcess): Promise<string> {
  return new Promise((fulfil, reject) => {
    child.stdout?.once("data", (chunk: Buffer) => {
      fulfil(chunk.toString().trim());
    });
    child.once("exit", () => {
      reject(new Error("the language host ended before it printed its port"));
    });
  });
}

const PATIENCE_MS = 15_000;

async function until(holds: () => boolean): Promise<void> {
  for (const limit = Date.now() + PATIENCE_MS; !holds();) {
    if (Date.now() > limit) throw new Error(`waited ${PATIENCE_MS / 1000} s in vain`);
    await new Promise((again) => setTimeout(again, 50));
  }
}

function isAlive(pid: number): boolean {
  return existsSync(`/proc/${pid}`);
}
