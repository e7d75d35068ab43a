import { strict as assert } from "node:assert";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { readAnyStackFile } from "../../commands/stack-file";

describe("a settings file", () => {
  const folder = mkdtempSync(join(tmpdir(), "settings-"));
  after(() => {
    rmSync(folder, { recursive: true });
  });

  it("is read as its owner wrote it, also after `pulumi config set` gave a day in it another form", () => {
    const written = readFileSync("Pulumi.dr-host.yaml", "utf8");
    const accepted =
      "    exposure:\n      who: me\n      why: home burnt down\n      until: 2027-01-31 00:00:00 +0000 UTC\n    key:\n";
    const file = join(folder, "Pulumi.dr-host.yaml");
    writeFileSync(file, written.replace(/^ {4}key:\n/m, accepted));
    const settings = readAnyStackFile(file);
    assert.ok(settings.role === "dr-host");
    assert.equal(settings.exposure?.until, "2027-01-31");
  });
});
