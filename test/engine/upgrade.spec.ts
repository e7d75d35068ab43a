import { strict as assert } from "node:assert";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";

import { readKeyFile } from "../../provider/keys/key-file";
import { type LabSite } from "../../tools/lab-site/prepare";
import {
  stateOfRelease,
  withMintedSecrets,
  type ExportedState,
  type ReleasedState,
  type StateResource,
} from "../../tools/releases/state";
import { labValues } from "../../tools/releases/values";
import { plannedSteps, type Step } from "./support/preview";
import { forgetLabSite, freshLabSite, onSite, up } from "./support/lab-site";

const RELEASES = join(__dirname, "releases");

/** What an upgrade must never plan, whatever the resource: it would take data, a login or a key away. */
const HARMLESS = new Set(["same", "update", "create", "read", "refresh"]);

/** States that released programs left behind, each met by the program of today. */
describe("a site that an earlier release set up", () => {
  let site: LabSite;
  let current: ExportedState;

  before(async () => {
    site = await freshLabSite("test-upgrade", "127.0.46");
    await up(site);
    current = await exported();
  });

  after(() => {
    forgetLabSite("test-upgrade");
  });

  for (const release of readdirSync(RELEASES)) {
    it(`loses and replaces nothing when ${release} is followed by today's program`, async () => {
      await put(await stateOf(release));
      const steps = await plannedSteps(site);
      assert.deepEqual(harmful(steps), []);
      await up(site);
      const again = await onSite(site, "up", "--yes", "--skip-preview", "--expect-no-changes");
      assert.equal(again.code, 0, again.stdout + again.stderr);
    });
  }

  const newest = readdirSync(RELEASES).sort(byVersion).at(-1) ?? "";

  it("keeps everything when the proxmoxve plugin changes its version", async () => {
    await put(
      changed(await stateOf(newest), "pulumi:providers:proxmoxve", (inputs) => ({ ...inputs, version: "8.5.0" })),
    );
    assert.deepEqual(harmful(await plannedSteps(site)), []);
  });

  it("keeps everything when the node is reached at another address", async () => {
    const elsewhere = "https://tappaas1.mgmt.internal:8006";
    const state = await stateOf(newest);
    const moved = changed(state, "pulumi:providers:proxmoxve", (inputs) => ({ ...inputs, endpoint: elsewhere }));
    await put(changed(moved, "pulumi:providers:resilience", (inputs) => ({ ...inputs, pveEndpoint: elsewhere })));
    assert.deepEqual(harmful(await plannedSteps(site)), []);
  });

  it("keeps everything when a resource gets its provider by name instead of by default", async () => {
    await put(withDefaultProvider(await stateOf(newest)));
    assert.deepEqual(harmful(await plannedSteps(site)), []);
  });

  it("is seen to be harmed when something it keeps data in would go", async () => {
    const state = await stateOf(newest);
    const renamed = state.deployment.resources.map((resource) => withOtherName(resource));
    await put({ ...state, deployment: { ...state.deployment, resources: renamed } });
    const { code, stdout, stderr } = await onSite(site, "preview", "--json");
    assert.ok(code !== 0 || harmful(await plannedSteps(site)).length > 0, stdout + stderr);
  });

  async function exported(): Promise<ExportedState> {
    const args = ["stack", "export", "--show-secrets", "--stack", "single-node"];
    const { code, stdout, stderr } = await site.stack.pulumi(args, { quiet: true });
    assert.equal(code, 0, stderr);
    return JSON.parse(stdout) as ExportedState;
  }

  /** The state of a release, at the addresses and with the logins of this lab. */
  async function stateOf(release: string): Promise<ExportedState> {
    const kept = JSON.parse(readFileSync(join(RELEASES, release, "single-node.json"), "utf8")) as ReleasedState;
    const key = await readKeyFile(site.places.keyFile, site.places.identityFile);
    return stateOfRelease(kept, withMintedSecrets(current, labValues(site.places, site.sheet, key.fingerprint)));
  }

  /** Puts a state in place of the stack's own; secrets in it are encrypted on the way. */
  async function put(state: ExportedState): Promise<void> {
    const { manifest, secrets_providers, metadata } = current.deployment;
    const deployment = { manifest, secrets_providers, metadata, resources: state.deployment.resources };
    const input = JSON.stringify({ version: state.version, deployment });
    const args = ["stack", "import", "--stack", "single-node", "--force"];
    const { code, stderr } = await site.stack.pulumi(args, { quiet: true, input });
    assert.equal(code, 0, stderr);
  }
});

function harmful(steps: readonly Step[]): Step[] {
  return steps.filter(({ op }) => !HARMLESS.has(op));
}

function changed(state: ExportedState, type: string, change: (inputs: StateResource) => unknown): ExportedState {
  const resources = state.deployment.resources.map((resource) => {
    if (resource.type !== type) return resource;
    const { inputs, outputs } = resource as unknown as Record<"inputs" | "outputs", StateResource>;
    return { ...resource, inputs: change(inputs), outputs: change(outputs) } as StateResource;
  });
  return { ...state, deployment: { ...state.deployment, resources } };
}

/** As a program would have left it that made no proxmoxve provider of its own. */
function withDefaultProvider(state: ExportedState): ExportedState {
  const own = state.deployment.resources.find(({ type }) => type === "pulumi:providers:proxmoxve");
  assert.ok(own !== undefined);
  const urn = own.urn.replace(/::[^:]+$/, "::default_8_6_0");
  const resources = state.deployment.resources.map((resource) => {
    if (resource === own) return { ...own, urn };
    const provider = resource["provider"];
    if (typeof provider !== "string" || !provider.startsWith(own.urn)) return resource;
    return { ...resource, provider: provider.replace(own.urn, urn) };
  });
  return { ...state, deployment: { ...state.deployment, resources } };
}

function withOtherName(resource: StateResource): StateResource {
  if (resource.type !== "resilience:pve:PbsStorage") return resource;
  return { ...resource, urn: `${resource.urn}-of-old` };
}

function byVersion(a: string, b: string): number {
  return a.localeCompare(b, "en", { numeric: true });
}
