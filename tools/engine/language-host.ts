import * as grpc from "@grpc/grpc-js";
import * as service from "@pulumi/pulumi/proto/language_grpc_pb";
import * as messages from "@pulumi/pulumi/proto/language_pb";
import * as plugin from "@pulumi/pulumi/proto/plugin_pb";
import { version } from "@pulumi/pulumi/version";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";

import { childrenOfHost, type Ending } from "./language-host-children";

/**
 * Language host for Node.js programs: what the engine starts as `pulumi-language-nodejs` to run a program, a plugin or a
 * policy pack written for Node.js. It prints its port and serves until the engine ends it or is itself no more.
 *
 * It stands in where the official one cannot be fetched; how a program is started is the SDK's own code, `cmd/run`.
 * @see https://github.com/pulumi/pulumi/blob/master/proto/pulumi/language.proto
 */
function main(): void {
  const engineAddress = process.argv.slice(2).find((argument) => !argument.startsWith("-")) ?? "";
  const server = new grpc.Server({ "grpc.max_receive_message_length": MESSAGE_LIMIT });
  server.addService(languageRuntime, {
    handshake: unary(() => new messages.LanguageHandshakeResponse()),
    getPluginInfo: unary(() => new plugin.PluginInfo().setVersion(version)),
    getRequiredPlugins: unary(() => new messages.GetRequiredPluginsResponse()),
    getRequiredPackages: unary(() => new messages.GetRequiredPackagesResponse()),
    run: unary((request: messages.RunRequest, gone) => runProgram(request, engineAddress, gone)),
    runPlugin: (call: PluginCall) => void runPlugin(call, engineAddress),
    generateProgram: unary(describeProgram),
    cancel: unary(() => {
      children.stop();
      return new Empty();
    }),
  });
  server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, port) => {
    if (error !== null) throw error;
    process.stdout.write(`${port}\n`);
  });
  endWithEngine(process.ppid);
}

/**
 * What `pulumi import` shows after an import. The official host writes TypeScript; this one hands on, as a comment, the
 * description that the engine gives, which names every input.
 */
function describeProgram(request: messages.GenerateProgramRequest): messages.GenerateProgramResponse {
  const description = request
    .getSourceMap()
    .toArray()
    .flatMap(([, source]) => source.split("\n"));
  const lines = ["What was imported, to be written into the program:", "", ...description].map((line) => `// ${line}`);
  const response = new messages.GenerateProgramResponse();
  response.getSourceMap().set("index.ts", Buffer.from(`${lines.join("\n")}\n`));
  return response;
}

type PluginCall = grpc.ServerWritableStream<messages.RunPluginRequest, messages.RunPluginResponse>;

/** The SDK's typings know the service only as an untyped constructor. */
const languageRuntime = (service as unknown as { LanguageRuntimeService: grpc.ServiceDefinition })
  .LanguageRuntimeService;

const children = childrenOfHost();

/** As large as the engine's own limit: 400 MiB. */
const MESSAGE_LIMIT = 400 * 1024 * 1024;

/** Exit code with which the SDK says that it has told the person already what went wrong. */
const ALREADY_REPORTED = 32;

const ENGINE_POLL_MS = 1_000;

/** An engine that was killed cannot end its host; a program must not go on without it. */
function endWithEngine(engine: number): void {
  setInterval(() => {
    if (process.ppid === engine) return;
    children.kill();
    process.exit(1);
  }, ENGINE_POLL_MS);
}

/** A unary handler from a function, which is told when the caller has gone; what it throws goes back as the call's error. */
function unary<Request, Response>(answer: (request: Request, gone: AbortSignal) => Response | Promise<Response>) {
  return (call: grpc.ServerUnaryCall<Request, Response>, callback: grpc.sendUnaryData<Response>): void => {
    const gone = new AbortController();
    call.on("cancelled", () => {
      gone.abort();
    });
    Promise.resolve()
      .then(() => answer(call.request, gone.signal))
      .then(
        (response) => {
          callback(null, response);
        },
        (error: unknown) => {
          callback({ code: grpc.status.UNKNOWN, message: textOf(error) });
        },
      );
  };
}

/** The engine takes a program that ended well for all that there shall be: whatever else happened must be an error. */
async function runProgram(request: messages.RunRequest, engineAddress: string, gone: AbortSignal) {
  const info = request.getInfo();
  const directory = info?.getProgramDirectory() ?? request.getPwd();
  const flags = [
    ["--monitor", request.getMonitorAddress()],
    ["--engine", engineAddress],
    ["--project", request.getProject()],
    ["--stack", request.getStack()],
    ["--pwd", request.getPwd()],
    ["--organization", request.getOrganization()],
    ["--root-directory", info?.getRootDirectory() ?? ""],
    ["--parallel", String(request.getParallel())],
  ].flatMap(([flag = "", value = ""]) => (value === "" ? [] : [flag, value]));
  if (request.getDryrun()) flags.push("--dry-run");
  try {
    const ending = await children.run(directory, "run", {
      args: [...flags, info?.getEntryPoint() ?? ".", ...request.getArgsList()],
      cwd: request.getPwd(),
      nodeArguments: optionOf(info, "nodeargs").split(/\s+/).filter(Boolean),
      env: environmentOf(request),
      gone,
    });
    return responseTo(ending);
  } catch (error) {
    return new messages.RunResponse().setError(textOf(error));
  }
}

function environmentOf(request: messages.RunRequest): Record<string, string> {
  return {
    PULUMI_CONFIG: JSON.stringify(Object.fromEntries(request.getConfigMap().toArray())),
    PULUMI_CONFIG_SECRET_KEYS: JSON.stringify(request.getConfigsecretkeysList()),
    PULUMI_NODEJS_TYPESCRIPT: optionOf(request.getInfo(), "typescript") === "false" ? "false" : "true",
  };
}

function responseTo({ code, signal }: Ending): messages.RunResponse {
  if (code === 0) return new messages.RunResponse();
  if (code === ALREADY_REPORTED) return new messages.RunResponse().setBail(true);
  const how = signal === null ? `exit code ${code ?? "unknown"}` : `signal ${signal}`;
  return new messages.RunResponse().setError(`the program ended with ${how}; what it printed stands above`);
}

async function runPlugin(call: PluginCall, engineAddress: string): Promise<void> {
  const { request } = call;
  const directory = request.getInfo()?.getProgramDirectory() ?? request.getProgram();
  const isPolicyPack = request.getKind() === "analyzer";
  const gone = new AbortController();
  call.on("cancelled", () => {
    gone.abort();
  });
  try {
    const { code } = await children.run(directory, isPolicyPack ? "run-policy-pack" : "run-plugin", {
      args: isPolicyPack ? [engineAddress, directory] : [directory, ...request.getArgsList()],
      cwd: request.getPwd(),
      nodeArguments: [],
      env: Object.fromEntries(request.getEnvList().map((entry) => splitOnce(entry, "="))),
      gone: gone.signal,
      stdout: (chunk) => call.write(new messages.RunPluginResponse().setStdout(chunk)),
      stderr: (chunk) => call.write(new messages.RunPluginResponse().setStderr(chunk)),
    });
    call.write(new messages.RunPluginResponse().setExitcode(code ?? 1));
    call.end();
  } catch (error) {
    call.emit("error", { code: grpc.status.UNKNOWN, details: textOf(error) });
  }
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

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

main();
