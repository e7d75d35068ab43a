import { spawn, type ChildProcess } from "node:child_process";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

import * as grpc from "@grpc/grpc-js";
import * as service from "@pulumi/pulumi/proto/language_grpc_pb";
import * as messages from "@pulumi/pulumi/proto/language_pb";
import * as plugin from "@pulumi/pulumi/proto/plugin_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";

/**
 * Language host for Node.js programs: what the engine starts as `pulumi-language-nodejs` to run a program, a plugin or a
 * policy pack written for Node.js. It prints its port and serves until the engine goes away.
 *
 * It stands in where the official one cannot be fetched; how a program is started is the SDK's own code, `cmd/run`.
 * @see https://github.com/pulumi/pulumi/blob/master/proto/pulumi/language.proto
 */
function main(): void {
  const engineAddress = process.argv.slice(2).find((argument) => !argument.startsWith("-")) ?? "";
  const server = new grpc.Server({ "grpc.max_receive_message_length": MESSAGE_LIMIT });
  server.addService(languageRuntime, {
    handshake: unary(() => new messages.LanguageHandshakeResponse()),
    getPluginInfo: unary(() => new plugin.PluginInfo().setVersion(HOST_VERSION)),
    getRequiredPlugins: unary(() => new messages.GetRequiredPluginsResponse()),
    getRequiredPackages: unary(() => new messages.GetRequiredPackagesResponse()),
    run: unary((request: messages.RunRequest) => runProgram(request, engineAddress)),
    runPlugin: (call: PluginCall) => {
      runPlugin(call, engineAddress);
    },
    cancel: unary(() => new Empty()),
  });
  server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, port) => {
    if (error !== null) throw error;
    process.stdout.write(`${port}\n`);
  });
}

type PluginCall = grpc.ServerWritableStream<messages.RunPluginRequest, messages.RunPluginResponse>;

/** The SDK's typings know the service only as an untyped constructor. */
const languageRuntime = (service as unknown as { LanguageRuntimeService: grpc.ServiceDefinition })
  .LanguageRuntimeService;

/** What the engine is told; the host has no version of its own to compare. */
const HOST_VERSION = "3.259.0";

/** As large as the engine's own limit: 400 MiB. */
const MESSAGE_LIMIT = 400 * 1024 * 1024;

/** Exit code with which the SDK says that it has told the person already what went wrong. */
const ALREADY_REPORTED = 32;

/** A unary handler from a function; what it throws goes back as the call's error. */
function unary<Request, Response>(answer: (request: Request) => Response | Promise<Response>) {
  return (call: grpc.ServerUnaryCall<Request, Response>, callback: grpc.sendUnaryData<Response>): void => {
    Promise.resolve()
      .then(() => answer(call.request))
      .then(
        (response) => {
          callback(null, response);
        },
        (error: unknown) => {
          callback({ code: grpc.status.UNKNOWN, message: error instanceof Error ? error.message : String(error) });
        },
      );
  };
}

async function runProgram(request: messages.RunRequest, engineAddress: string): Promise<messages.RunResponse> {
  const directory = request.getInfo()?.getProgramDirectory() ?? request.getPwd();
  const flags = [
    ["--monitor", request.getMonitorAddress()],
    ["--engine", engineAddress],
    ["--project", request.getProject()],
    ["--stack", request.getStack()],
    ["--pwd", request.getPwd()],
    ["--organization", request.getOrganization()],
    ["--root-directory", request.getInfo()?.getRootDirectory() ?? ""],
    ["--parallel", String(request.getParallel())],
  ].flatMap(([flag, value]) => (value === "" ? [] : [flag ?? "", value ?? ""]));
  if (request.getDryrun()) flags.push("--dry-run");
  const entryPoint = request.getInfo()?.getEntryPoint() ?? ".";
  const child = startNode(directory, "run", [...flags, entryPoint, ...request.getArgsList()], {
    cwd: request.getPwd(),
    nodeArguments: optionOf(request.getInfo(), "nodeargs").split(" ").filter(Boolean),
    env: {
      PULUMI_CONFIG: JSON.stringify(Object.fromEntries(request.getConfigMap().toArray())),
      PULUMI_CONFIG_SECRET_KEYS: JSON.stringify(request.getConfigsecretkeysList()),
      PULUMI_NODEJS_TYPESCRIPT: optionOf(request.getInfo(), "typescript") === "false" ? "false" : "true",
    },
    stdio: "inherit",
  });
  const { code, signal } = await endOf(child);
  if (code === 0) return new messages.RunResponse();
  if (code === ALREADY_REPORTED) return new messages.RunResponse().setBail(true);
  const how = signal === null ? `exit code ${code ?? "unknown"}` : `signal ${signal}`;
  return new messages.RunResponse().setError(`the program ended with ${how}; what it printed stands above`);
}

function runPlugin(call: PluginCall, engineAddress: string): void {
  const { request } = call;
  const directory = request.getInfo()?.getProgramDirectory() ?? request.getProgram();
  const isPolicyPack = request.getKind() === "analyzer";
  const programArguments = isPolicyPack ? [engineAddress, directory] : [directory, ...request.getArgsList()];
  const child = startNode(directory, isPolicyPack ? "run-policy-pack" : "run-plugin", programArguments, {
    cwd: request.getPwd(),
    nodeArguments: [],
    env: Object.fromEntries(request.getEnvList().map((entry) => splitOnce(entry, "="))),
    stdio: "pipe",
  });
  child.stdout?.on("data", (chunk: Buffer) => call.write(new messages.RunPluginResponse().setStdout(chunk)));
  child.stderr?.on("data", (chunk: Buffer) => call.write(new messages.RunPluginResponse().setStderr(chunk)));
  call.on("cancelled", () => child.kill());
  void endOf(child).then(({ code }) => {
    call.write(new messages.RunPluginResponse().setExitcode(code ?? 1));
    call.end();
  });
}

interface NodeOptions {
  readonly cwd: string;
  readonly nodeArguments: readonly string[];
  readonly env: Record<string, string>;
  readonly stdio: "inherit" | "pipe";
}

/** Starts a command of the SDK that the program itself has installed. */
function startNode(directory: string, command: string, args: readonly string[], options: NodeOptions): ChildProcess {
  const { cwd, nodeArguments, env, stdio } = options;
  const sdk = dirname(createRequire(join(directory, "package.json")).resolve("@pulumi/pulumi/package.json"));
  return spawn(process.execPath, [...nodeArguments, join(sdk, "cmd", command), ...args], {
    cwd,
    env: { ...process.env, ...env },
    // Standard output of this process belongs to the port number; a program's goes where the person reads it.
    stdio: stdio === "inherit" ? ["ignore", 2, 2] : ["ignore", "pipe", "pipe"],
  });
}

function endOf(child: ChildProcess): Promise<{ code: number | null; signal: NodeJS.Signals | null }> {
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code, signal) => {
      resolve({ code, signal });
    });
  });
}

/** A runtime option of Pulumi.yaml as text; empty when it is not given. */
function optionOf(info: messages.ProgramInfo | undefined, name: string): string {
  const value: unknown = info?.getOptions()?.toJavaScript()[name];
  return typeof value === "string" || typeof value === "boolean" ? String(value) : "";
}

function splitOnce(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, ""] : [text.slice(0, at), text.slice(at + 1)];
}

main();
