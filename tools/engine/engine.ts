import { existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";

import { ENGINE_VERSION, PROXMOXVE_VERSION, engineSteps, type Step } from "./build";
import { cached, cacheKey, cacheRoot, sourcesBelow } from "./cache";
import { goCompiler } from "./go-compiler";
import { officialEngine } from "./official";
import { furnishPlugin, linksInto } from "./plugin-folder";

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
  const root = join(cacheRoot(), "engine");
  const official = officialEngine({ built: root, say });
  if (official !== undefined) return official;
  const go = goCompiler();
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
  const name = `resource-proxmoxve-v${PROXMOXVE_VERSION}`;
  furnishPlugin(join(plugins, name), linksInto(join(engine.plugins, name)));
  const standIns = join(REPOSITORY, "lab/plugins");
  for (const entry of existsSync(standIns) ? readdirSync(standIns) : []) {
    const source = join(standIns, entry);
    if (existsSync(join(source, "package.json"))) furnishStandIn(plugins, entry, source);
  }
}

/** Its packages are the repository's, wherever the home is. */
function furnishStandIn(plugins: string, name: string, source: string): void {
  const { version } = JSON.parse(readFileSync(join(source, "package.json"), "utf8")) as { version: string };
  const folder = join(plugins, `resource-${name}-v${version.replace(/[-+]lab$/, "")}`);
  furnishPlugin(folder, { ...linksInto(source), node_modules: join(REPOSITORY, "node_modules") });
}

function inputsOf(go: string) {
  const sources = "tools/engine";
  const names = ["build.ts", "language-host.ts", "language-host-children.ts"].map((name) => join(sources, name));
  const own = names.map((name) => [name, readFileSync(join(REPOSITORY, name), "utf8")] as const);
  const modules = ["pulumi", "proxmoxve"].map((name) => sourcesBelow(REPOSITORY, join(sources, name)));
  return {
    files: Object.assign(Object.fromEntries(own), ...modules) as Record<string, string>,
    go,
    packages: bundled(),
    arch: process.arch,
  };
}

/** Versions of what is bundled into the language host, and of what bundles it. */
function bundled(): Record<string, string> {
  const names = ["@pulumi/pulumi", "@grpc/grpc-js", "google-protobuf", "esbuild"];
  return Object.fromEntries(
    names.map((name) => {
      const manifest = readFileSync(join(REPOSITORY, "node_modules", name, "package.json"), "utf8");
      return [name, (JSON.parse(manifest) as { version: string }).version];
    }),
  );
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

function sayOnStderr(line: string): void {
  process.stderr.write(`${line}\n`);
}
