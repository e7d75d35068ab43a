import { spawn } from "node:child_process";
import { chmodSync, cpSync, copyFileSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";

import { build as bundle } from "esbuild";

/** Version of the engine that is built; the newest whose Go modules can be had. */
export const ENGINE_VERSION = "3.259.0";

/** Version of the plugin that is built: that of the npm package whose programs it serves. */
export const PROXMOXVE_VERSION = "8.6.0";

/** One thing that takes time, as it is told to the person who waits. */
export interface Step {
  /** What is done. */
  readonly what: string;
  /** Why it is needed. */
  readonly why: string;
  /** How long it takes on two cores, as people say it. */
  readonly usually: string;
  /** The work itself, into the folder. */
  readonly run: (folder: string) => Promise<void>;
}

/** The steps that make an engine from the Go modules and sources of `sources` (the folder of this file). */
export function engineSteps(sources: string): Step[] {
  return [
    {
      what: "building the Pulumi command from its Go module",
      why: "no pulumi 3.252 or newer with its plugins is on PATH",
      usually: "3 to 5 minutes",
      run: (folder) => buildPulumi(sources, folder),
    },
    {
      what: "building the proxmoxve plugin from its Go modules",
      why: "plugins cannot be downloaded where only package registries are reached",
      usually: "2 to 3 minutes",
      run: (folder) => buildProxmoxve(sources, folder),
    },
    {
      what: "bundling the language host",
      why: "the engine starts Node.js programs through it",
      usually: "1 second",
      run: (folder) => bundleLanguageHost(sources, folder),
    },
  ];
}

const GO_FLAGS = ["build", "-trimpath", "-buildvcs=false"];

async function buildPulumi(sources: string, folder: string): Promise<void> {
  const stamp = `-X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=v${ENGINE_VERSION}`;
  const target = join(folder, "bin", "pulumi");
  const flags = ["-tags", "osusergo,grpcnotrace", "-ldflags", `-s -w ${stamp}`, "-o", target];
  await go(join(sources, "pulumi"), [...GO_FLAGS, ...flags, "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi"]);
}

/** The bridge describes the provider to itself first; the plugin then carries that description inside. */
async function buildProxmoxve(sources: string, folder: string): Promise<void> {
  const work = join(folder, "work");
  cpSync(join(sources, "proxmoxve"), work, { recursive: true });
  await go(work, [...GO_FLAGS, "-o", join(work, "tfgen"), "./cmd/tfgen"]);
  await run(join(work, "tfgen"), ["schema", "--skip-docs", "--out", join(work, "out")], work);
  copyFileSync(join(work, "out", "schema.json"), join(work, "cmd", "plugin", "schema.json"));
  copyFileSync(join(work, "out", "bridge-metadata.json"), join(work, "provider", "bridge-metadata.json"));
  const plugin = join(folder, "plugins", `resource-proxmoxve-v${PROXMOXVE_VERSION}`);
  mkdirSync(plugin, { recursive: true });
  await go(work, [...GO_FLAGS, "-ldflags", "-s -w", "-o", join(plugin, "pulumi-resource-proxmoxve"), "./cmd/plugin"]);
  copyFileSync(join(work, "out", "schema.json"), join(folder, "proxmoxve-schema.json"));
  rmSync(work, { recursive: true });
}

async function bundleLanguageHost(sources: string, folder: string): Promise<void> {
  const outfile = join(folder, "bin", "pulumi-language-nodejs");
  await bundle({
    entryPoints: [join(sources, "language-host.ts")],
    bundle: true,
    platform: "node",
    target: "node20",
    banner: { js: "#!/usr/bin/env node" },
    outfile,
    logLevel: "warning",
  });
  chmodSync(outfile, 0o755);
}

function go(cwd: string, args: readonly string[]): Promise<void> {
  return run("go", args, cwd, { CGO_ENABLED: "0", GOFLAGS: "-mod=readonly", GOWORK: "off" });
}

/** Runs a program to its end; what it prints on standard error is shown when it fails. */
function run(program: string, args: readonly string[], cwd: string, env: Record<string, string> = {}): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd, env: { ...process.env, ...env }, stdio: ["ignore", "ignore", "pipe"] });
    const lines: string[] = [];
    child.stderr.on("data", (chunk: Buffer) => lines.push(chunk.toString()));
    child.once("error", reject);
    child.once("close", (code) => {
      const how = `${program} ${args[0] ?? ""} ended with ${code ?? "a signal"}`;
      if (code === 0) resolve();
      else reject(new Error(`${how}:\n${lines.join("").slice(-2000)}`));
    });
  });
}
