import { strict as assert } from "node:assert";

import { type ExportedState, type StateResource } from "../../tools/releases/state";
import { harmful, ReleasedSite, RELEASES } from "../engine/support/released-site";
import { forgetLabSite, onSite } from "../engine/support/lab-site";
import { plannedSteps } from "../engine/support/preview";

const NAME = "sweep-upgrade";

/** States that released programs left behind, met by what else may change with an upgrade. */
describe("a site that an earlier release set up, in a world that has changed", () => {
  let released: ReleasedSite;

  before(async () => {
    released = await ReleasedSite.start(NAME, "127.0.46");
  });

  after(() => {
    forgetLabSite(NAME);
  });

  const plannedWith = async (change: (state: ExportedState) => ExportedState) => {
    await released.put(change(await released.stateOf(newest)));
    return plannedSteps(released.site);
  };

  const newest = RELEASES.at(-1) ?? "";

  for (const release of RELEASES.filter((name) => name !== newest)) {
    it(`loses and replaces nothing when ${release} is followed by today's program`, async () => {
      await released.upgradeFrom(release);
    });
  }

  it("keeps everything when the proxmoxve plugin changes its version", async () => {
    const older = (inputs: StateResource) => ({ ...inputs, version: "8.5.0" });
    assert.deepEqual(harmful(await plannedWith((state) => changed(state, "pulumi:providers:proxmoxve", older))), []);
  });

  it("keeps everything when the node is reached at another address", async () => {
    const elsewhere = "https://tappaas1.mgmt.internal:8006";
    const steps = await plannedWith((state) => {
      const moved = changed(state, "pulumi:providers:proxmoxve", (inputs) => ({ ...inputs, endpoint: elsewhere }));
      return changed(moved, "pulumi:providers:resilience", (inputs) => ({ ...inputs, pveEndpoint: elsewhere }));
    });
    assert.deepEqual(harmful(steps), []);
  });

  it("keeps everything when a resource gets its provider by name instead of by default", async () => {
    assert.deepEqual(harmful(await plannedWith(withDefaultProvider)), []);
  });

  it("is seen to be harmed when something it keeps data in would go", async () => {
    const state = await released.stateOf(newest);
    const renamed = state.deployment.resources.map((resource) => withOtherName(resource));
    await released.put({ ...state, deployment: { ...state.deployment, resources: renamed } });
    const { code, stdout, stderr } = await onSite(released.site, "preview", "--json");
    assert.ok(code !== 0 || harmful(await plannedSteps(released.site)).length > 0, stdout + stderr);
  });
});

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
