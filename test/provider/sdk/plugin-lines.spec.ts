import { strict as assert } from "node:assert";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { demandPluginLines } from "../../../provider/sdk/plugin-lines";

describe("a project that uses the library", () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "project-"));
  });

  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  const project = (lines: string) => {
    writeFileSync(join(folder, "Pulumi.yaml"), `name: x\nruntime: nodejs\n${lines}`);
  };

  it("is told the lines to write when its Pulumi.yaml does not say where the provider is", () => {
    project("description: resilience\n");
    assert.throws(() => {
      demandPluginLines(folder);
    }, /does not say where the provider "resilience" is\.\nCure: add to it\nplugins:\n {2}providers:\n {4}- name: resilience\n {6}path: node_modules\/tappaas-resilience\/provider$/);
  });

  it("runs with the lines, from any folder of it", () => {
    project("plugins:\n  providers:\n    - name: resilience\n      path: node_modules/tappaas-resilience/provider\n");
    mkdirSync(join(folder, "stacks"));
    demandPluginLines(join(folder, "stacks"));
  });

  it("runs with the newer form of the lines", () => {
    project("packages:\n  resilience: node_modules/tappaas-resilience/provider\n");
    demandPluginLines(folder);
  });
});
