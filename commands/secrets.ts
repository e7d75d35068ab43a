import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { basename, resolve } from "node:path";

import { hiddenQuestion, isInteractive } from "./terminal";

/** Secrets of one stack, which stand encrypted in its settings file. */
export interface Secrets {
  /** The secret; undefined when there is none. */
  get(key: string): Promise<string | undefined>;
  /** Puts it there, encrypted, over the one that was there. */
  set(key: string, value: string): Promise<void>;
  /** Takes it away. */
  remove(key: string): Promise<void>;
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
export function stackSecrets(settingsFile: string, project: string): Secrets {
  const where = ["--stack", stackOf(settingsFile), "--config-file", resolve(settingsFile), "--non-interactive"];
  const run = async (args: readonly string[], input = "") => {
    await openPassphrase(settingsFile);
    return pulumi(["config", ...args, ...where], project, input);
  };
  const done = async (args: readonly string[], input?: string) => {
    const { code, stderr } = await run(args, input);
    if (code !== 0) throw new Error(`The Pulumi command could not write ${basename(settingsFile)}: ${stderr.trim()}`);
  };
  return {
    get: async (key) => {
      if (!readFileSync(settingsFile, "utf8").includes(`:${key}:`)) return undefined;
      const { code, stdout, stderr } = await run(["get", key]);
      if (code === 0) return stdout.replace(/\n$/, "");
      throw new Error(`${key} in ${basename(settingsFile)} could not be decrypted: ${stderr.trim()}`);
    },
    set: (key, value) => done(["set", "--secret", key], value),
    remove: (key) => done(["rm", key]),
  };
}

/** Settings encrypted with a passphrase need it here: the Pulumi command, which reads the secret, cannot ask for it. */
async function openPassphrase(settingsFile: string): Promise<void> {
  const { PULUMI_CONFIG_PASSPHRASE: given, PULUMI_CONFIG_PASSPHRASE_FILE: file } = process.env;
  if (given !== undefined || file !== undefined) return;
  if (!readFileSync(settingsFile, "utf8").includes("encryptionsalt:")) return;
  if (!isInteractive()) {
    throw new Error(
      `The passphrase of ${basename(settingsFile)} is not known.\nCure: set PULUMI_CONFIG_PASSPHRASE_FILE to a file that holds it.`,
    );
  }
  process.env["PULUMI_CONFIG_PASSPHRASE"] = await hiddenQuestion(`Passphrase of ${basename(settingsFile)}: `);
}

/** Runs the Pulumi command. @throws {Error} When there is none. */
export function pulumi(
  args: readonly string[],
  cwd: string,
  input = "",
): Promise<{ code: number; stdout: string; stderr: string }> {
  return new Promise((ended, failed) => {
    const child = spawn("pulumi", args, { cwd, env: { ...process.env, PULUMI_SKIP_UPDATE_CHECK: "true" } });
    let stdout = "";
    let stderr = "";
    child.stdout.setEncoding("utf8").on("data", (part: string) => (stdout += part));
    child.stderr.setEncoding("utf8").on("data", (part: string) => (stderr += part));
    child.stdin.on("error", () => undefined);
    child.on("error", (error) => {
      const cure = "Cure: install it, 3.252 or newer: https://www.pulumi.com/docs/install/";
      failed(new Error(`The Pulumi command could not be run: ${error.message}.\n${cure}`));
    });
    child.on("close", (code) => {
      ended({ code: code ?? 1, stdout, stderr });
    });
    child.stdin.end(input);
  });
}

/** Secrets that are shown once, and kept nowhere but in this process. */
export function printedSecrets(say: (line: string) => void): Secrets {
  const held = new Map<string, string>();
  return {
    get: (key) => Promise.resolve(held.get(key)),
    set: (key, value) => {
      held.set(key, value);
      say(`      ${key}: ${value}`);
      return Promise.resolve();
    },
    remove: () => Promise.resolve(),
  };
}
