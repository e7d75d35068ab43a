import { spawn } from "node:child_process";
import { existsSync, mkdirSync } from "node:fs";
import { basename, join, resolve } from "node:path";

import { type Settings } from "../../estate/settings";
import { readStackFile, REPOSITORY } from "../stack-file";
import { writeTrustBundle } from "../trust";

/** What a run of the Pulumi command printed and how it ended. */
export interface Ran {
  /** Exit code; 1 where a signal ended it. */
  readonly code: number;
  /** Everything on standard output. */
  readonly stdout: string;
  /** Everything on standard error. */
  readonly stderr: string;
}

/** How the Pulumi command is run. */
export interface RunOptions {
  /** Shows what it prints as it comes. @default false */
  readonly shown?: boolean;
  /** What it reads on its standard input. @default - nothing */
  readonly input?: string;
}

/** One stack of the project, and the engine that runs it. */
export interface Stack {
  /** Name, `home` for Pulumi.home.yaml. */
  readonly name: string;
  /** Absolute path of the settings file. */
  readonly settingsFile: string;
  /** The settings in it. */
  readonly settings: Settings;
  /** Absolute path of the folder of its site. */
  readonly siteFolder: string;
  /** Runs a verb of `pulumi` on the stack: `preview`, `up`, `refresh`, `destroy`, `stack export`. */
  readonly run: (args: readonly string[], options?: RunOptions) => Promise<Ran>;
}

/**
 * The stack of a settings file. The engine gets the state backend of the settings and the site's certificate authority, unless the
 * environment says otherwise.
 * @throws {InvalidSite} Naming all that is wrong with the settings.
 */
export function openStack(file: string): Stack {
  const settingsFile = resolve(file);
  const name = stackName(settingsFile);
  const settings = readStackFile(settingsFile);
  const env = environment(name, settings);
  const where = ["--stack", name, "--config-file", settingsFile];
  return {
    name,
    settingsFile,
    settings,
    siteFolder: resolve(REPOSITORY, settings.site),
    run: (args, options = {}) => run([...args, ...(takesFile(args) ? where : where.slice(0, 2))], env, options),
  };
}

/** Name of the stack with that settings file. @throws {Error} When it is none. */
export function stackName(settingsFile: string): string {
  const name = /^Pulumi\.(.+)\.yaml$/.exec(basename(settingsFile))?.[1];
  if (name === undefined)
    throw new Error(`${settingsFile} is no stack's settings file.\nCure: name it Pulumi.<stack>.yaml.`);
  if (existsSync(settingsFile)) return name;
  throw new Error(`There is no ${settingsFile}.\nCure: make init SITE=${name}, or name another with STACK=.`);
}

/** Verbs that work on the state alone know no settings file. */
function takesFile([verb]: readonly string[]): boolean {
  return verb !== "stack" && verb !== "state" && verb !== "cancel";
}

function environment(name: string, { state, caCertificate }: Settings): NodeJS.ProcessEnv {
  const { PULUMI_BACKEND_URL, SSL_CERT_FILE } = process.env;
  return {
    ...process.env,
    PULUMI_SKIP_UPDATE_CHECK: "true",
    ...(PULUMI_BACKEND_URL === undefined && state.backend !== undefined && { PULUMI_BACKEND_URL: state.backend }),
    ...(SSL_CERT_FILE === undefined && caCertificate !== undefined && { SSL_CERT_FILE: trust(name, caCertificate) }),
  };
}

/** The bundle of certificates that plugins trust; made anew at each run, because the system's list changes. */
function trust(name: string, caCertificate: string): string {
  const folder = join(REPOSITORY, ".trust");
  mkdirSync(folder, { recursive: true });
  const bundle = join(folder, `${name}.pem`);
  writeTrustBundle(caCertificate, bundle);
  return bundle;
}

function run(args: readonly string[], env: NodeJS.ProcessEnv, { shown = false, input }: RunOptions): Promise<Ran> {
  return new Promise((done, failed) => {
    const child = spawn("pulumi", [...args, "--non-interactive"], {
      cwd: REPOSITORY,
      env,
      stdio: ["pipe", "pipe", "pipe"],
    });
    const printed = { stdout: "", stderr: "" };
    const keep = (name: "stdout" | "stderr") => (chunk: Buffer) => {
      printed[name] += chunk.toString();
      if (shown) process.stderr.write(chunk);
    };
    child.stdout.on("data", keep("stdout"));
    child.stderr.on("data", keep("stderr"));
    child.stdin.on("error", () => undefined);
    child.stdin.end(input ?? "");
    child.once("error", (error) => {
      failed(
        new Error(`The Pulumi command cannot be run: ${error.message}\nCure: https://www.pulumi.com/docs/install/`),
      );
    });
    child.once("close", (code) => {
      done({ code: code ?? 1, ...printed });
    });
  });
}
