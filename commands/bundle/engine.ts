import { spawnSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  symlinkSync,
} from "node:fs";
import { homedir } from "node:os";
import { delimiter, join, relative, sep } from "node:path";

import { REPOSITORY } from "../stack-file";

/** What of an engine went into a bundle. */
export interface PackedEngine {
  /** Version of the Pulumi command; undefined when there is none on PATH. */
  readonly version: string | undefined;
  /** Plugins, as `proxmoxve 8.6.0`. */
  readonly plugins: readonly string[];
  /** What is missing, each with its cure. */
  readonly missing: readonly string[];
}

/** Programs of an installed Pulumi that a Node.js program takes. */
const PROGRAMS = ["pulumi", "pulumi-language-nodejs", "pulumi-resource-pulumi-nodejs", "pulumi-analyzer-policy"];

/** Plugins that are fetched, by the package that names their version. */
const PLUGINS: Readonly<Record<string, string>> = {
  proxmoxve: "@muhlba91/pulumi-proxmoxve",
  command: "@pulumi/command",
  cloudflare: "@pulumi/cloudflare",
};

/** Folder of the repository, as seen from a plugin's folder in the bundle. */
const FROM_PLUGIN = join("..", "..", "..", "resilience");

/**
 * Copies the Pulumi command and the plugins that a site takes.
 * @param target Gets `bin` and `plugins`.
 * @param withTunnel Whether the site has a tunnel, and so needs Cloudflare's plugin.
 */
export function packEngine(target: string, withTunnel: boolean, env: NodeJS.ProcessEnv = process.env): PackedEngine {
  const bin = (env["PATH"] ?? "")
    .split(delimiter)
    .find((folder) => folder !== "" && existsSync(join(folder, "pulumi")));
  mkdirSync(join(target, "bin"), { recursive: true });
  mkdirSync(join(target, "plugins"), { recursive: true });
  if (bin === undefined)
    return { version: undefined, plugins: [], missing: ["the Pulumi command: put it on PATH, 3.252 or newer"] };
  for (const name of PROGRAMS)
    if (existsSync(join(bin, name))) cpSync(realpathSync(join(bin, name)), join(target, "bin", name));
  const { stdout } = spawnSync(join(bin, "pulumi"), ["version"], { encoding: "utf8", env });
  const home = env["PULUMI_HOME"] ?? join(env["HOME"] ?? homedir(), ".pulumi");
  const found = Object.entries(PLUGINS)
    .filter(([name]) => name !== "cloudflare" || withTunnel)
    .map(([name, npm]) => ({ name, version: versionOf(npm) }));
  const isThere = ({ name, version }: { name: string; version: string }) =>
    existsSync(join(home, "plugins", `resource-${name}-v${version}`));
  for (const { name, version } of found.filter(isThere)) {
    const folder = `resource-${name}-v${version}`;
    copyPlugin(join(home, "plugins", folder), join(target, "plugins", folder));
  }
  const missing = found
    .filter((one) => !isThere(one))
    .map(({ name, version }) => `the plugin ${name} ${version}: pulumi plugin install resource ${name} ${version}`);
  const host = existsSync(join(target, "bin", "pulumi-language-nodejs"))
    ? []
    : ["pulumi-language-nodejs: install Pulumi whole"];
  const plugins = found.filter(isThere).map(({ name, version }) => `${name} ${version}`);
  return { version: stdout.trim().replace(/^v/, ""), plugins, missing: [...host, ...missing] };
}

function versionOf(npm: string): string {
  const file = join(REPOSITORY, "node_modules", npm, "package.json");
  return (JSON.parse(readFileSync(file, "utf8")) as { version: string }).version;
}

/** Links into this repository lead into that of the bundle; others are followed, for what they lead to stays here. */
function copyPlugin(source: string, target: string): void {
  mkdirSync(target, { recursive: true });
  for (const name of readdirSync(source)) {
    const path = join(source, name);
    const real = realpathSync(path);
    const inside = relative(realpathSync(REPOSITORY), real);
    if (lstatSync(path).isSymbolicLink() && !inside.startsWith(`..${sep}`))
      symlinkSync(join(FROM_PLUGIN, inside), join(target, name));
    else cpSync(real, join(target, name), { recursive: true });
  }
}
