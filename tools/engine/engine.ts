import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join, resolve } from "node:path";

import { ENGINE_VERSION, PROXMOXVE_VERSION, engineSteps, type Step } from "./build";
import { cached, cacheKey, cacheRoot, sourcesBelow } from "./cache";
import { officialEngine } from "./official";

const REPOSITORY = resolve(__dirname, "../..");

/** An engine that can be run. */
export interface Engine {
  /** Folder with `pulumi` and its language host. */
  readonly bin: string;
  /** Folder with plugins, each as `resource-NAME-vVERSION`. */
  readonly plugins: string;
  /** The schema that was made while building; undefined for an official engine. */
  readonly schemaFile?: string;
}

/** The engine of this machine: the official one where it can be used, else built once and kept. Says what it does meanwhile. */
export async function ensureEngine(say: (line: string) => void = sayOnStderr): Promise<Engine> {
  const official = officialEngine();
  if (official !== undefined) {
    const home = process.env["PULUMI_HOME"] ?? join(homedir(), ".pulumi");
    return { bin: official, plugins: join(home, "plugins") };
  }
  const go = goVersion();
  const root = join(cacheRoot(), "engine");
  const folder = await cached(root, cacheKey(inputsOf(go)), (unfinished) => build(unfinished, say));
  return {
    bin: join(folder, "bin"),
    plugins: join(folder, "plugins"),
    schemaFile: join(folder, "proxmoxve-schema.json"),
  };
}

/** Environment in which an engine runs that is nobody's but its own: state as files, no telemetry, no downloads, no prompts. */
export function engineEnvironment(engine: Engine, options: { home: string; backend: string; passphraseFile: string }) {
  const { home, backend, passphraseFile } = options;
  return {
    PATH: [engine.bin, join(REPOSITORY, "node_modules/.bin"), process.env["PATH"] ?? ""].join(":"),
    HOME: home,
    PULUMI_HOME: join(home, ".pulumi"),
    PULUMI_BACKEND_URL: `file://${backend}`,
    PULUMI_CONFIG_PASSPHRASE_FILE: passphraseFile,
    PULUMI_SKIP_UPDATE_CHECK: "true",
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
    PULUMI_DISABLE_REGISTRY_RESOLVE: "true",
    PULUMI_CREDENTIAL_STORE: "plaintext",
    PULUMI_SUPPRESS_NEO_LINK: "true",
  };
}

/**
 * Fills a PULUMI_HOME for the lab alone: the engine's plugins, and beside them the stand-ins of `lab/plugins`, which bear the
 * names and versions of the real ones and so must never be found by a run against a real site.
 */
export function furnishLabHome(engine: Engine, home: string): void {
  const plugins = join(home, ".pulumi", "plugins");
  mkdirSync(plugins, { recursive: true });
  const name = `resource-proxmoxve-v${PROXMOXVE_VERSION}`;
  link(join(engine.plugins, name), join(plugins, name));
  const standIns = join(REPOSITORY, "lab/plugins");
  for (const entry of existsSync(standIns) ? readdirSync(standIns) : []) {
    const manifest = join(standIns, entry, "package.json");
    if (!existsSync(manifest)) continue;
    const { version } = JSON.parse(readFileSync(manifest, "utf8")) as { version: string };
    link(join(standIns, entry), join(plugins, `resource-${entry}-v${version.replace(/-lab$/, "")}`));
  }
}

function link(target: string, path: string): void {
  rmSync(path, { recursive: true, force: true });
  symlinkSync(target, path);
}

function inputsOf(go: string) {
  const sources = "tools/engine";
  const sdk = readFileSync(join(REPOSITORY, "node_modules/@pulumi/pulumi/package.json"), "utf8");
  return {
    files: {
      ...sourcesBelow(REPOSITORY, join(sources, "pulumi")),
      ...sourcesBelow(REPOSITORY, join(sources, "proxmoxve")),
      ...own(sources),
    },
    go,
    sdk: (JSON.parse(sdk) as { version: string }).version,
    arch: process.arch,
  };
}

function own(sources: string): Record<string, string> {
  const names = ["build.ts", "language-host.ts"];
  return Object.fromEntries(names.map((name) => [name, readFileSync(join(REPOSITORY, sources, name), "utf8")]));
}

async function build(folder: string, say: (line: string) => void): Promise<void> {
  mkdirSync(join(folder, "bin"), { recursive: true });
  say(`Pulumi ${ENGINE_VERSION} is made ready once for this machine, in ${dirname(folder)}.`);
  for (const step of engineSteps(__dirname)) await tell(step, folder, say);
}

const TICK_MS = 30_000;

async function tell({ what, why, usually, run }: Step, folder: string, say: (line: string) => void): Promise<void> {
  const start = Date.now();
  const elapsed = () => `${Math.round((Date.now() - start) / 1000)} s`;
  say(`- ${what} (${why}); usually ${usually}`);
  const ticker = setInterval(() => {
    say(`  ${elapsed()} so far`);
  }, TICK_MS);
  try {
    await run(folder);
  } finally {
    clearInterval(ticker);
  }
  say(`  done after ${elapsed()}`);
}

const LEAST_GO = 1.26;

/** @throws {Error} With the cure, when there is no Go or one that is too old. */
function goVersion(): string {
  const { stdout, status, error } = spawnSync("go", ["version"], { encoding: "utf8" });
  const version = /go(\d+\.\d+)/.exec(status === 0 && error === undefined ? stdout : "")?.[1];
  if (version !== undefined && Number(version) >= LEAST_GO) return stdout.trim();
  const found = version === undefined ? "none was found" : `this is ${version}`;
  throw new Error(
    `Missing: Go ${LEAST_GO} or newer (${found}), to build the Pulumi engine.\n` +
      "  Cure: install it from https://go.dev/dl, or install pulumi 3.252 or newer and its proxmoxve plugin 8.6.0.",
  );
}

function sayOnStderr(line: string): void {
  process.stderr.write(`${line}\n`);
}
