import { strict as assert } from "node:assert";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { SettingsFile } from "../../commands/settings-file";

describe("a settings file that a command writes into", () => {
  const folder = mkdtempSync(join(tmpdir(), "settings-"));
  const path = join(folder, "Pulumi.home.yaml");

  after(() => {
    rmSync(folder, { recursive: true });
  });

  it("holds a moment, a day and a word as text for the engine, too, whose YAML would take them for something else", () => {
    writeFileSync(path, "config:\n  # what the site is\n  tappaas-resilience:settings:\n    site: sites/home\n");
    const settings = new SettingsFile(path);
    settings.set(["backupServer"], { tokenRotation: "2026-11-26T10:15:00Z", datastore: { name: "on" } });
    settings.set(["until"], "2026-12-31");
    settings.set(["backup", "storage"], "tappaas_backup");
    settings.save();

    const text = readFileSync(path, "utf8");
    assert.match(text, /tokenRotation: "2026-11-26T10:15:00Z"\n/);
    assert.match(text, /name: "on"\n/);
    assert.match(text, /until: "2026-12-31"\n/);
    assert.match(text, /storage: tappaas_backup\n/);
    assert.match(text, /# what the site is\n/);
    assert.equal(new SettingsFile(path).get("backupServer", "tokenRotation"), "2026-11-26T10:15:00Z");
  });
});
