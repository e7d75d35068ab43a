import { strict as assert } from "node:assert";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { parse } from "yaml";

import { init, type InitOrder } from "../../../commands/init";
import { SettingsFile } from "../../../commands/settings-file";
import { parseSettings } from "../../../estate/settings";
import { readSiteFolder } from "../../../estate/site-folder";
import { lines } from "../../estate/site";

const REFERENCE = join(__dirname, "../../../sites/single-node");

describe("a new site", () => {
  let project: string;
  beforeEach(() => {
    project = mkdtempSync(join(tmpdir(), "init-"));
  });
  afterEach(() => {
    rmSync(project, { recursive: true });
  });

  const order = (changes: Partial<InitOrder> = {}): InitOrder => ({
    ...{ site: "home", stack: "home", backend: "https://api.pulumi.com", copies: [], project, dryRun: false },
    ...changes,
  });
  const settings = () =>
    parse(readFileSync(join(project, "Pulumi.home.yaml"), "utf8")) as { config: Record<string, unknown> };

  it("has settings in which nothing is wrong but what only its owner knows", () => {
    init(order({ backupServer: "10.0.0.12" }));
    assert.deepEqual(
      lines(parseSettings(settings().config["tappaas-resilience:settings"])).map((line) => line.split(":")[0]),
      ["- nodes", "- key.fingerprint"],
    );
  });

  it("takes TAPPaaS' files as its inventory", () => {
    init(order({ from: REFERENCE }));
    const [here, there] = [join(project, "sites/home"), REFERENCE].map(readSiteFolder);
    assert.ok(here?.ok === true && there?.ok === true);
    assert.deepEqual(here.value.inventory, there.value.inventory);
    assert.deepEqual(here.value.decisions, { adoptions: [], acceptances: [] });
  });

  it("overwrites nothing, and completes what is missing", () => {
    init(order());
    const file = join(project, "sites/home/adoptions.json");
    writeFileSync(file, '["mine"]');
    rmSync(join(project, "sites/home/README.md"));
    const written = init(order()).filter((one) => one.written);
    assert.deepEqual(
      written.map((one) => one.file),
      ["sites/home/README.md"],
    );
    assert.equal(readFileSync(file, "utf8"), '["mine"]');
  });

  it("is only shown in a dry run", () => {
    assert.ok(init(order({ dryRun: true })).every(({ written }) => written));
    assert.throws(() => readFileSync(join(project, "Pulumi.home.yaml")));
  });

  it("refuses a folder that holds no files of TAPPaaS", () => {
    assert.throws(() => init(order({ from: project })), /holds no configuration\.json/);
  });

  it("keeps every explanation in its settings when a command writes into them", () => {
    init(order());
    const path = join(project, "Pulumi.home.yaml");
    const comments = () =>
      readFileSync(path, "utf8")
        .split("\n")
        .filter((line) => line.trim().startsWith("#"));
    const before = comments();
    const file = new SettingsFile(path);
    file.set(["nodes", "pve1", "api"], "https://10.0.0.10:8006");
    file.set(["caCertificate"], "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
    file.save();
    assert.deepEqual(comments(), before);
    assert.match(readFileSync(path, "utf8"), /^ {4}nodes:\n {6}pve1:\n {8}api: https:\/\/10\.0\.0\.10:8006$/m);
    assert.deepEqual(new SettingsFile(path).get("nodes"), { pve1: { api: "https://10.0.0.10:8006" } });
  });
});
