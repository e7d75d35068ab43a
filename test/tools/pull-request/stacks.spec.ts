import { strict as assert } from "node:assert";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { REPOSITORY } from "../../../tools/lab-site/places";
import { PROJECT } from "../../../tools/lab-site/stack-settings";
import { stacksOf } from "../../../tools/pull-request/stacks";

describe("what a pull request's preview tries", () => {
  it("is each reference site of this repository, and of every other stack it says why not and what to run", () => {
    const { sites, leftOut } = stacksOf(REPOSITORY, REPOSITORY);
    assert.deepEqual(sites, ["single-node", "three-node"]);
    const all = readdirSync(REPOSITORY).filter((file) => /^Pulumi\..+\.yaml$/.test(file));
    assert.equal(leftOut.length, all.length - sites.length, leftOut.join("\n"));
    for (const line of leftOut) assert.match(line, /^Pulumi\..+\.yaml is left out: .*make (preview|rebuild) STACK=/);
  });

  it("is nothing that the base does not have, and a site whose settings name no role", () => {
    const [own, base] = [checkout(["home", "new"]), checkout(["home"])];
    try {
      assert.deepEqual(stacksOf(own, base), { sites: ["home"], leftOut: [] });
    } finally {
      for (const folder of [own, base]) rmSync(folder, { recursive: true });
    }
  });
});

function checkout(stacks: readonly string[]): string {
  const folder = mkdtempSync(join(tmpdir(), "checkout-"));
  const text = `config:\n  ${PROJECT}:settings:\n    site: sites/home\n`;
  for (const stack of stacks) writeFileSync(join(folder, `Pulumi.${stack}.yaml`), text);
  return folder;
}
