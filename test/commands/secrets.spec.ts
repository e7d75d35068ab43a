import { strict as assert } from "node:assert";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { keysIn } from "../../commands/secrets";

describe("the secrets of a stack", () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "secrets-"))));
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  function keys(text: string): string[] {
    const file = join(folder, "Pulumi.home.yaml");
    writeFileSync(file, text);
    return [...keysIn(file)];
  }

  it("are found however their names are written, and not where a comment speaks of them", () => {
    const plain =
      "config:\n  tappaas-resilience:pveApiToken:\n    secure: v1:abc\n  # tappaas-resilience:pbsToken: later\n";
    assert.deepEqual(keys(plain), ["pveApiToken"]);
    assert.deepEqual(keys('"config": {"tappaas-resilience:pveApiToken": {"secure": "v1:abc"}}'), ["pveApiToken"]);
  });

  it("are none in a file without any", () => {
    assert.deepEqual(keys(""), []);
    assert.deepEqual(keys("config:\n"), []);
  });
});
