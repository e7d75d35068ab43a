import { InvalidSite } from "../estate/problem";
import { backupServerCheck } from "./doctor/backup-server";
import { failure, failureOf, type Check, type Finding, type Gravity } from "./doctor/check";
import { type Engine } from "./doctor/engine";
import { escrowCheck } from "./doctor/escrow";
import { keyCheck } from "./doctor/key";
import { knownHostsCheck } from "./doctor/known-hosts";
import { apiCheck, shellCheck } from "./doctor/node";
import { observationCheck } from "./doctor/observation";
import { pluginProofCheck } from "./doctor/plugin-proof";
import { nodeCheck, pluginCheck, pulumiCheck } from "./doctor/programs";
import { repositoryCheck } from "./doctor/repository";
import { guardChecks } from "./doctor/return-guard";
import { doctoredSite, type DoctoredSite } from "./doctor/site";
import { stateCheck } from "./doctor/state";

/** What one check found. */
export interface Examined {
  /** The check. */
  readonly name: string;
  /** What it found. */
  readonly findings: readonly Finding[];
}

/** Checks of this machine, whatever the site. */
export function machineChecks(
  engine: Engine,
  { forRealSite, proof }: { forRealSite: boolean; proof: boolean },
): Check[] {
  const checks = [nodeCheck(), pulumiCheck(engine, forRealSite), pluginCheck(engine, forRealSite)];
  return proof ? [...checks, pluginProofCheck()] : checks;
}

/** Checks of a site; when its settings are not whole there is only that to say. */
export function siteChecks(settingsFile: string, knownHosts: string): Check[] {
  try {
    return checksOf(doctoredSite(settingsFile), knownHosts);
  } catch (error) {
    const findings =
      error instanceof InvalidSite ? settingsFindings(error) : [failureOf(error, "make init SITE=<name>")];
    return [{ name: "settings", run: () => Promise.resolve(findings) }];
  }
}

function checksOf(site: DoctoredSite, knownHosts: string): Check[] {
  const nodes = Object.keys(site.settings.nodes);
  return [
    ...nodes.flatMap((name) => [apiCheck(site, name), shellCheck(site, name)]),
    knownHostsCheck(site, knownHosts),
    backupServerCheck(site),
    ...guardChecks(site),
    observationCheck(site),
    stateCheck(site),
    keyCheck(site),
    escrowCheck(site),
    repositoryCheck(site),
  ];
}

function settingsFindings(error: InvalidSite): Finding[] {
  const [, ...lines] = error.message.split("\n");
  const cure = "docs/how-to/new-site.md goes through them; the other checks wait for it";
  return lines.map((line) => failure(line.replace(/^\s*-\s*/, ""), cure));
}

/**
 * Runs all checks at once, and tells each as soon as it is done.
 * @returns What they found, in the order of the checks.
 */
export function examine(checks: readonly Check[], told: (examined: Examined) => void): Promise<Examined[]> {
  return Promise.all(
    checks.map(async ({ name, run }) => {
      const findings = await run().catch((error: unknown) => [
        failureOf(error, "look at what it says, and say it again"),
      ]);
      const examined = { name, findings };
      told(examined);
      return examined;
    }),
  );
}

/** How grave the gravest finding is. */
export function gravest(all: readonly Examined[]): Gravity {
  const found = all.flatMap(({ findings }) => findings.map(({ is }) => is));
  return found.includes("failure") ? "failure" : found.includes("warning") ? "warning" : "ok";
}
