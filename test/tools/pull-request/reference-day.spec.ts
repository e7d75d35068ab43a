import { strict as assert } from "node:assert";
import { readFileSync } from "node:fs";

import { parse } from "yaml";

import { referenceDay } from "../../../tools/pull-request/preview";

describe("what stands in for a site at which nobody has looked", () => {
  it("has the nodes that the settings of each reference site name", () => {
    for (const stack of ["single-node", "three-node"]) {
      const day = JSON.parse(readFileSync(referenceDay(stack), "utf8")) as { nodes: { name: string }[] };
      const { config } = parse(readFileSync(`Pulumi.${stack}.yaml`, "utf8")) as { config: Record<string, Settings> };
      const names = day.nodes.map(({ name }) => name);
      for (const node of Object.keys(config["tappaas-resilience:settings"]!.nodes))
        assert.ok(names.includes(node), node);
    }
  });

  it("is nothing for a site of one's own, whose owner is told to look", () => {
    assert.throws(
      () => referenceDay("home"),
      /Nobody has looked at the site of Pulumi\.home\.yaml[\s\S]*make observe SITE=home/,
    );
  });
});

interface Settings {
  readonly nodes: Readonly<Record<string, unknown>>;
}
