import { dirname } from "node:path";
import { parseArgs } from "node:util";

import { ensureEngine } from "./engine";
import { MissingToolError } from "./go-compiler";

/**
 * Makes the engine ready for whoever wants it by hand: `npx tsx tools/engine/install.ts [--json]`. Says on standard error what
 * it does; its last line names the folder for PATH and the one that has the plugins.
 */
async function main(): Promise<void> {
  const { values } = parseArgs({ options: { json: { type: "boolean", default: false } } });
  const { bin, plugins } = await ensureEngine();
  const home = dirname(plugins);
  console.log(values.json ? JSON.stringify({ bin, pulumiHome: home }) : `PATH=${bin}:$PATH PULUMI_HOME=${home}`);
}

/** Something is missing on this machine. */
const MISSING = 2;

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = error instanceof MissingToolError ? MISSING : 1;
});
