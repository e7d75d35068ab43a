import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";

import { PROXMOXVE_VERSION } from "./build";

/** Before this version an in-program import could delete what it had taken over. */
const LEAST_ENGINE = [3, 252, 0] as const;

/** Whether `version` (`v3.259.0`) is new enough. */
export function isNewEnough(version: string): boolean {
  const found = /^v?(\d+)\.(\d+)\.(\d+)/.exec(version);
  if (found === null) return false;
  const numbers = found.slice(1).map(Number);
  const difference = LEAST_ENGINE.map((least, index) => (numbers[index] ?? 0) - least).find((delta) => delta !== 0);
  return (difference ?? 0) >= 0;
}

/**
 * The folder of a `pulumi` on PATH that can be used as it is: new enough, with its language host and the proxmoxve plugin.
 * Undefined when there is none; then one is built.
 */
export function officialEngine(env: NodeJS.ProcessEnv = process.env): string | undefined {
  const folders = (env["PATH"] ?? "").split(delimiter);
  const bin = folders.find((folder) => folder !== "" && existsSync(join(folder, "pulumi")));
  if (bin === undefined || !existsSync(join(bin, "pulumi-language-nodejs"))) return undefined;
  const { stdout, status } = spawnSync(join(bin, "pulumi"), ["version"], { encoding: "utf8", env });
  if (status !== 0 || !isNewEnough(stdout.trim())) return undefined;
  return existsSync(pluginOf(env)) ? bin : undefined;
}

/** Where an installed engine keeps the plugin. */
function pluginOf(env: NodeJS.ProcessEnv): string {
  const home = env["PULUMI_HOME"] ?? join(env["HOME"] ?? "", ".pulumi");
  return join(home, "plugins", `resource-proxmoxve-v${PROXMOXVE_VERSION}`, "pulumi-resource-proxmoxve");
}
