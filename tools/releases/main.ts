import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { REPOSITORY } from "../lab-site/places";
import { prepareLabSite, type LabSite } from "../lab-site/prepare";
import { releasedState, type ExportedState } from "./state";
import { labValues, type LabValues } from "./values";

/** Folder of the states that releases left behind, one folder a release. */
const RELEASES = join(REPOSITORY, "test/engine/releases");

/**
 * Keeps the state of the lab's reference site as the one that this release leaves behind: `test/engine/upgrade.spec.ts` then holds
 * every later program to it. Run once a release, after `make up` on a new lab.
 */
async function main(): Promise<void> {
  const site = await prepareLabSite();
  const { version } = JSON.parse(readFileSync(join(REPOSITORY, "package.json"), "utf8")) as { version: string };
  const state = await exportedState(site);
  const folder = join(RELEASES, version);
  mkdirSync(folder, { recursive: true });
  const file = join(folder, "single-node.json");
  const released = releasedState(version, state, valuesOf(site, state));
  writeFileSync(file, `${JSON.stringify(released, null, 1)}\n`, { flag: "wx" });
  console.log(`${released.resources.length} resources of ${version}: ${file}`);
}

async function exportedState({ stack }: LabSite): Promise<ExportedState> {
  const { code, stdout, stderr } = await stack.pulumi(["stack", "export", "--show-secrets", "--stack", "single-node"], {
    quiet: true,
  });
  if (code !== 0) throw new Error(stderr);
  return JSON.parse(stdout) as ExportedState;
}

function valuesOf({ places, sheet }: LabSite, state: ExportedState): LabValues {
  const key = state.deployment.resources.find(({ type }) => type === "tappaas:backup:EncryptionKey");
  const fingerprint = (key?.["outputs"] as { fingerprint?: string } | undefined)?.fingerprint;
  if (fingerprint === undefined) throw new Error("The lab's site is not up.\nCure: run `make up` first.");
  return labValues(places, sheet, fingerprint);
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
