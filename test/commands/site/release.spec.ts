import { strict as assert } from "node:assert";

import { forgotten } from "../../../commands/site/release";

const urn = (name: string) => `urn:pulumi:home::site::a:b:C::${name}`;

describe("a resource that is released", () => {
  const server = { urn: urn("server"), protect: true };
  const user = {
    urn: urn("user"),
    provider: "kept",
    dependencies: [urn("server"), urn("disk")],
    propertyDependencies: { address: [urn("server")], name: null },
    deletedWith: urn("server"),
    inputs: { address: "10.0.0.12" },
  };
  const state = { version: 3, deployment: { manifest: {}, resources: [server, user] } };

  it("is forgotten although others depend on it, and these keep all that is their own", () => {
    const left = JSON.parse(forgotten(JSON.stringify(state), urn("server"))) as typeof state;
    assert.deepEqual(left.deployment.resources, [
      {
        urn: urn("user"),
        provider: "kept",
        dependencies: [urn("disk")],
        propertyDependencies: { address: [], name: [] },
        inputs: { address: "10.0.0.12" },
      },
    ]);
    assert.deepEqual([left.version, left.deployment.manifest], [3, {}]);
  });

  it("stays when others are parts of it, and these are named", () => {
    const part = { urn: urn("part"), parent: urn("server") };
    const text = JSON.stringify({ deployment: { resources: [server, part] } });
    assert.throws(() => forgotten(text, urn("server")), /parts of it: part\.\nCure: release these first/);
  });
});
