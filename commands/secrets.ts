import { readFileSync } from "node:fs";
import { basename, resolve } from "node:path";

import { parse } from "yaml";

import { knowPassphrase } from "./passphrase";
import { runPulumi, type PulumiRan } from "./pulumi-command";
import { SettingsFile } from "./settings-file";
import { projectOf } from "./stack-file";

/** Secrets of one stack, which stand encrypted in its settings file. */
export interface Secrets {
  /** Sees to it that they can be read and written, before anything is made that depends on it. @throws {Error} With a cure. */
  open(): Promise<void>;
  /** The secret; undefined when there is none. */
  get(key: string): Promise<string | undefined>;
  /** Puts it there, encrypted, over the one that was there. */
  set(key: string, value: string): Promise<void>;
  /** Takes it away. */
  remove(key: string): Promise<void>;
}

/** A secret that was just written. @throws {Error} When it is not there. */
export async function writtenSecret(secrets: Secrets, key: string): Promise<string> {
  const secret = await secrets.get(key);
  if (secret !== undefined) return secret;
  throw new Error(`${key} is not in the settings although it was just written.`);
}

/** Name of the stack whose settings file that is. @throws {Error} When it is none. */
export function stackOf(settingsFile: string): string {
  const stack = /^Pulumi\.(.+)\.yaml$/.exec(basename(settingsFile))?.[1];
  if (stack !== undefined) return stack;
  throw new Error(`${settingsFile} is no stack's settings file.\nCure: name it Pulumi.<stack>.yaml.`);
}

/**
 * Secrets of the stack with that settings file, kept by the Pulumi command. A secret goes to it on its standard input and
 * comes from it on its standard output: arguments can be read by everyone on the machine.
 */
export function stackSecrets(settingsFile: string): Secrets {
  const where = ["--stack", stackOf(settingsFile), "--config-file", resolve(settingsFile), "--non-interactive"];
  const run = async (args: readonly string[], input = "") => {
    await knowPassphrase(settingsFile);
    return pulumi(["config", ...args, ...where], settingsFile, input);
  };
  const done = async (args: readonly string[], input?: string) => {
    const { code, stderr } = await run(args, input);
    if (code !== 0) throw new Error(`The Pulumi command could not write ${basename(settingsFile)}: ${stderr.trim()}`);
  };
  return {
    open: async () => {
      await knowPassphrase(settingsFile);
      if (!readFileSync(settingsFile, "utf8").includes("secure:")) return;
      const { code, stderr } = await run(["--show-secrets", "--json"]);
      if (code === 0) return;
      throw new Error(
        `The secrets of ${basename(settingsFile)} cannot be opened: ${stderr.trim()}\n` +
          "Cure: give the passphrase that the stack was made with; nothing was changed.",
      );
    },
    get: async (key) => {
      if (!keysIn(settingsFile).has(key)) return undefined;
      const { code, stdout, stderr } = await run(["get", key]);
      if (code === 0) return stdout.replace(/\n$/, "");
      throw new Error(`${key} in ${basename(settingsFile)} could not be decrypted: ${stderr.trim()}`);
    },
    set: (key, value) => done(["set", "--secret", key], value),
    remove: (key) => done(["rm", key]),
  };
}

/** Keys that a stack's settings file has, however they are quoted: `pveApiToken`, `settings`. */
export function keysIn(settingsFile: string): ReadonlySet<string> {
  const file = parse(readFileSync(settingsFile, "utf8")) as { config?: Record<string, unknown> | null } | null;
  return new Set(Object.keys(file?.config ?? {}).map((key) => key.slice(key.indexOf(":") + 1)));
}

/** The login that only looks, where the stack has one, else the one that applies. */
export async function readObserveToken(settingsFile: string): Promise<string> {
  const key = keysIn(settingsFile).has("pveObserveToken") ? "pveObserveToken" : "pveApiToken";
  return readSecret(settingsFile, key, "PVE_API_TOKEN");
}

/** The same for the backup server; undefined where the stack has no login to it. */
export async function readPbsObserveToken(settingsFile: string): Promise<string | undefined> {
  const keys = keysIn(settingsFile);
  const key = ["pbsObserveToken", "pbsToken"].find((name) => keys.has(name));
  if (key === undefined && (process.env["PBS_TOKEN"] ?? "") === "") return undefined;
  return readSecret(settingsFile, key ?? "pbsToken", "PBS_TOKEN");
}

/**
 * A secret of a stack: from the environment where it stands there, else from its settings.
 * @throws {Error} When neither has it, with the cure.
 */
export async function readSecret(settingsFile: string, key: string, variable: string): Promise<string> {
  const given = process.env[variable];
  if (given !== undefined && given !== "") return given;
  const secret = await stackSecrets(settingsFile).get(key);
  if (secret !== undefined && secret !== "") return secret;
  throw new Error(
    `There is no ${key} in ${basename(settingsFile)}.\nCure: set ${variable}, or \`pulumi config set --secret ${key}\`.`,
  );
}

/**
 * Makes the stack of a settings file where that says its state lies, unless it is there; true when it was made.
 * @param passphrase Asked for when the secrets need one that the environment does not hold.
 */
export async function initialiseStack(
  settingsFile: string,
  project: string,
  passphrase: () => Promise<string>,
): Promise<boolean> {
  const stack = stackOf(settingsFile);
  const listed = await pulumi(["stack", "ls", "--json", "--non-interactive"], settingsFile);
  if (listed.code !== 0) {
    const cure = "Cure: see that its place is there and can be written, or `pulumi login` where it is a cloud.";
    throw new Error(`The state of ${project} cannot be reached: ${listed.stderr.trim()}\n${cure}`);
  }
  const names = (JSON.parse(listed.stdout) as { name: string }[]).map(({ name }) => name);
  if (names.some((name) => name === stack || name.endsWith(`/${stack}`))) return false;
  const { PULUMI_CONFIG_PASSPHRASE: given, PULUMI_CONFIG_PASSPHRASE_FILE: file } = process.env;
  const cloud = backendOf(settingsFile)?.startsWith("https:") === true;
  if (!cloud && given === undefined && file === undefined) process.env["PULUMI_CONFIG_PASSPHRASE"] = await passphrase();
  const { code, stderr } = await pulumi(["stack", "init", stack, "--no-select", "--non-interactive"], settingsFile);
  if (code !== 0) throw new Error(`The stack ${stack} could not be made: ${stderr.trim()}`);
  return true;
}

/** Runs the Pulumi command in the project of a settings file, with the state where that file says, unless the environment says otherwise. */
export function pulumi(args: readonly string[], settingsFile: string, input = ""): Promise<PulumiRan> {
  const backend = backendOf(settingsFile);
  const { PULUMI_BACKEND_URL: given = backend } = process.env;
  const env = { ...process.env, ...(given !== undefined && { PULUMI_BACKEND_URL: given }) };
  return runPulumi(args, { cwd: projectOf(settingsFile), env, input });
}

/** Where the settings say that the state lies; undefined when they say nothing. */
export function backendOf(settingsFile: string): string | undefined {
  const backend = new SettingsFile(settingsFile).get("state", "backend");
  return typeof backend === "string" && backend !== "" ? backend : undefined;
}

/** Secrets that are shown once, and kept nowhere but in this process. */
export function printedSecrets(say: (line: string) => void): Secrets {
  const held = new Map<string, string>();
  return {
    open: () => Promise.resolve(),
    get: (key) => Promise.resolve(held.get(key)),
    set: (key, value) => {
      held.set(key, value);
      say(`      ${key}: ${value}`);
      return Promise.resolve();
    },
    remove: () => Promise.resolve(),
  };
}
