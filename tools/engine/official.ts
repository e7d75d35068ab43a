import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";

import { PROXMOXVE_VERSION } from "./build";

/** Before this version an in-program import could delete what it had taken over. */
const LEAST_ENGINE = [3, 252, 0] as const;

/** Where its maker publishes the plugin; the npm package names the same place. */
const PLUGIN_SERVER = "github://api.github.com/muhlba91/pulumi-proxmoxve";

/** Whether `version` (`v3.259.0`) is new enough. */
export function isNewEnough(version: string): boolean {
  const found = /^v?(\d+)\.(\d+)\.(\d+)/.exec(version);
  if (found === null) return false;
  const numbers = found.slice(1).map(Number);
  const difference = LEAST_ENGINE.map((least, index) => (numbers[index] ?? 0) - least).find((delta) => delta !== 0);
  return (difference ?? 0) >= 0;
}

/** An engine that somebody installed. */
export interface OfficialEngine {
  /** Folder with `pulumi` and its language host. */
  readonly bin: string;
  /** Folder with its plugins. */
  readonly plugins: string;
}

/** How an installed engine is looked for. */
export interface Search {
  /** Environment to look in. @default - this process's */
  readonly env?: NodeJS.ProcessEnv;
  /** Folder below which an engine is one that was built here and not an installed one. */
  readonly built: string;
  /** Is told what is tried and why it is of no use. */
  readonly say: (line: string) => void;
}

/**
 * The `pulumi` on PATH when it can be used as it is: new enough, with its language host and the proxmoxve plugin, which is
 * fetched when it is missing. Undefined when there is none; then one is built.
 */
export function officialEngine({ env = process.env, built, say }: Search): OfficialEngine | undefined {
  const folders = (env["PATH"] ?? "").split(delimiter).filter((folder) => folder !== "" && !folder.startsWith(built));
  const bin = folders.find((folder) => existsSync(join(folder, "pulumi")));
  if (bin === undefined) return undefined;
  const plugins = join(env["PULUMI_HOME"] ?? join(env["HOME"] ?? homedir(), ".pulumi"), "plugins");
  const problem = problemOf(bin, env) ?? pluginProblem(bin, plugins, env, say);
  if (problem === undefined) return { bin, plugins };
  say(`${join(bin, "pulumi")} cannot be used: ${problem}`);
  return undefined;
}

function problemOf(bin: string, env: NodeJS.ProcessEnv): string | undefined {
  const { stdout, status } = spawnSync(join(bin, "pulumi"), ["version"], { encoding: "utf8", env });
  const version = status === 0 ? stdout.trim() : "";
  if (!isNewEnough(version)) return `expected ${LEAST_ENGINE.join(".")} or newer, got "${version}"`;
  if (!existsSync(join(bin, "pulumi-language-nodejs"))) return "pulumi-language-nodejs is not beside it";
  return undefined;
}

const FETCH_LIMIT_MS = 120_000;

function pluginProblem(bin: string, plugins: string, env: NodeJS.ProcessEnv, say: Search["say"]): string | undefined {
  const plugin = join(plugins, `resource-proxmoxve-v${PROXMOXVE_VERSION}`, "pulumi-resource-proxmoxve");
  if (existsSync(plugin)) return undefined;
  say(`- fetching the proxmoxve plugin ${PROXMOXVE_VERSION} (${join(bin, "pulumi")} has none); usually 10 seconds`);
  const args = ["plugin", "install", "resource", "proxmoxve", PROXMOXVE_VERSION, "--server", PLUGIN_SERVER];
  spawnSync(join(bin, "pulumi"), args, { env, timeout: FETCH_LIMIT_MS, stdio: "ignore" });
  return existsSync(plugin) ? undefined : `its proxmoxve plugin ${PROXMOXVE_VERSION} cannot be fetched from here`;
}
