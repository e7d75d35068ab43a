import { randomUUID } from "node:crypto";
import { cpSync, existsSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { ensureEngine, engineEnvironment, furnishLabHome } from "../engine/engine";
import { startLab, stopLab } from "./lab";
import { placesOf, REPOSITORY } from "./places";
import { runProgram } from "./run";

/** What came of the proof. */
export interface PluginProof {
  /** Whether the plugin made both objects and took both away again. */
  readonly works: boolean;
  /** What the engine printed when it does not. */
  readonly output: string;
  /** Version of the engine. */
  readonly engine: string;
  /** Folder from which the plugin came. */
  readonly plugins: string;
}

/**
 * Makes a ZFS storage entry and a replication job in a lab of its own with the proxmoxve plugin of this machine, and removes
 * them. Releases 8.0 to 8.3 make the object and then break down, so that nobody knows of it.
 */
export async function provePlugin(): Promise<PluginProof> {
  const places = placesOf("plugin-proof");
  const engine = await ensureEngine();
  const folder = join(places.root, "program");
  stopLab(places);
  for (const old of [places.lab, places.backend, folder]) rmSync(old, { recursive: true, force: true });
  placesOf("plugin-proof");
  furnishLabHome(engine, places.home);
  if (!existsSync(places.passphraseFile)) writeFileSync(places.passphraseFile, randomUUID(), { mode: 0o600 });
  try {
    const sheet = await startLab(places, join(REPOSITORY, "lab/sites/two-nodes.json"));
    const node = sheet.nodes["one"];
    if (node === undefined) throw new Error("The lab's site of two nodes has no node one.");
    writeProgram(folder);
    const { id, secret } = node.logins.token;
    const env = {
      ...process.env,
      ...engineEnvironment(engine, places),
      SSL_CERT_FILE: sheet.ca,
      PLUGIN_PROOF: JSON.stringify({ endpoint: node.api, apiToken: `${id}=${secret}` }),
    };
    const pulumi = (...args: string[]) => runProgram("pulumi", args, { env, cwd: folder, quiet: true });
    const { stdout: version } = await pulumi("version");
    const said = { engine: version.trim(), plugins: engine.plugins };
    for (const verb of [
      ["stack", "init", "proof"],
      ["up", "--yes", "--skip-preview"],
      ["destroy", "--yes", "--skip-preview"],
    ]) {
      const { code, stdout, stderr } = await pulumi(...verb, "--non-interactive");
      if (code !== 0) return { works: false, output: `${stdout}\n${stderr}`.trim(), ...said };
    }
    return { works: true, output: "", ...said };
  } finally {
    stopLab(places);
  }
}

function writeProgram(folder: string): void {
  mkdirSync(folder, { recursive: true });
  cpSync(join(__dirname, "plugin-proof/index.js"), join(folder, "index.js"));
  symlinkSync(join(REPOSITORY, "node_modules"), join(folder, "node_modules"));
  writeFileSync(join(folder, "package.json"), '{ "name": "plugin-proof", "main": "index.js" }\n');
  writeFileSync(
    join(folder, "Pulumi.yaml"),
    "name: plugin-proof\nruntime:\n  name: nodejs\n  options:\n    typescript: false\n",
  );
}
