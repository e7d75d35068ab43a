import { existsSync, mkdirSync } from "node:fs";
import { basename, join, resolve } from "node:path";

import { type Settings } from "../../estate/settings";
import { knowPassphrase } from "../passphrase";
import { runPulumi, type PulumiOptions, type PulumiRan } from "../pulumi-command";
import { readStackFile, REPOSITORY } from "../stack-file";
import { writeTrustBundle } from "../trust";

/** What a run of the Pulumi command printed and how it ended. */
export type Ran = PulumiRan;

/** How the Pulumi command is run. */
export interface RunOptions extends Pick<PulumiOptions, "input" | "shown"> {
  /** Variables for this run alone. */
  readonly variables?: Readonly<Record<string, string>>;
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
    run: async (args, { variables, ...options } = {}) => {
      await knowPassphrase(settingsFile);
      const words = [...args, ...(takesFile(args) ? where : where.slice(0, 2)), "--non-interactive"];
      // What was typed for the passphrase is in the environment only now.
      return runPulumi(words, { ...options, cwd: REPOSITORY, env: { ...process.env, ...env, ...variables } });
    },
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
