import { strict as assert } from "node:assert";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";

import { readKeyFile } from "../../../provider/keys/key-file";
import { type LabSite } from "../../../tools/lab-site/prepare";
import {
  stateOfRelease,
  withMintedSecrets,
  type ExportedState,
  type ReleasedState,
} from "../../../tools/releases/state";
import { labValues } from "../../../tools/releases/values";
import { freshLabSite, onSite, up } from "./lab-site";
import { plannedSteps, type Step } from "./preview";

const FOLDER = join(__dirname, "../releases");

/** Releases whose state is kept, the newest last. */
export const RELEASES = readdirSync(FOLDER).sort((a, b) => a.localeCompare(b, "en", { numeric: true }));

/** What an upgrade must never plan, whatever the resource: it would take data, a login or a key away. */
const HARMLESS = new Set(["same", "update", "create", "read", "refresh"]);

/** Steps that would take something away. */
export function harmful(steps: readonly Step[]): Step[] {
  return steps.filter(({ op }) => !HARMLESS.has(op));
}

/** A lab site that is up, whose state can be that of an earlier release. */
export class ReleasedSite {
  private constructor(
    readonly site: LabSite,
    private readonly current: ExportedState,
  ) {}

  /** Brings a site up with the program of today. */
  static async start(name: string, prefix: string): Promise<ReleasedSite> {
    const site = await freshLabSite(name, prefix);
    await up(site);
    const args = ["stack", "export", "--show-secrets", "--stack", "single-node"];
    const { code, stdout, stderr } = await site.stack.pulumi(args, { quiet: true });
    assert.equal(code, 0, stderr);
    return new ReleasedSite(site, JSON.parse(stdout) as ExportedState);
  }

  /** The state of a release, at the addresses and with the logins of this lab. */
  async stateOf(release: string): Promise<ExportedState> {
    const { places, sheet } = this.site;
    const kept = JSON.parse(readFileSync(join(FOLDER, release, "single-node.json"), "utf8")) as ReleasedState;
    const key = await readKeyFile(places.keyFile, places.identityFile);
    return stateOfRelease(kept, withMintedSecrets(this.current, labValues(places, sheet, key.fingerprint)));
  }

  /** Puts a state in place of the stack's own; secrets in it are encrypted on the way. */
  async put(state: ExportedState): Promise<void> {
    const { manifest, secrets_providers, metadata } = this.current.deployment;
    const deployment = { manifest, secrets_providers, metadata, resources: state.deployment.resources };
    const input = JSON.stringify({ version: state.version, deployment });
    const args = ["stack", "import", "--stack", "single-node", "--force"];
    const { code, stderr } = await this.site.stack.pulumi(args, { quiet: true, input });
    assert.equal(code, 0, stderr);
  }

  /** Meets the state of a release with the program of today: nothing may go, and a second run has nothing to do. */
  async upgradeFrom(release: string): Promise<void> {
    await this.put(await this.stateOf(release));
    assert.deepEqual(harmful(await plannedSteps(this.site)), []);
    await up(this.site);
    const again = await onSite(this.site, "up", "--yes", "--skip-preview", "--expect-no-changes");
    assert.equal(again.code, 0, again.stdout + again.stderr);
  }
}
