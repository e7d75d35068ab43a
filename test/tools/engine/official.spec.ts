import { strict as assert } from "node:assert";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { isNewEnough, officialEngine } from "../../../tools/engine/official";

describe("an engine that is installed", () => {
  let bin: string;
  let home: string;
  let said: string[];

  beforeEach(() => {
    bin = mkdtempSync(join(tmpdir(), "bin-"));
    home = mkdtempSync(join(tmpdir(), "home-"));
    said = [];
  });

  afterEach(() => {
    rmSync(bin, { recursive: true });
    rmSync(home, { recursive: true });
  });

  it("is used from 3.252 on, because before an import could delete what it had taken over", () => {
    const verdicts = ["v3.252.0", "v3.260.1", "v4.0.0", "v3.251.9", "v2.999.0", "", "dev"].map(isNewEnough);
    assert.deepEqual(verdicts, [true, true, true, false, false, false, false]);
  });

  it("is not assumed where PATH has none", () => {
    assert.equal(search("/nowhere"), undefined);
    assert.deepEqual(said, []);
  });

  it("is used as it is when its plugin is there", () => {
    installs("v3.252.0");
    installsPlugin();
    assert.deepEqual(search(), { bin, plugins: join(home, ".pulumi/plugins") });
    assert.deepEqual(said, []);
  });

  it("is used once its plugin was fetched", () => {
    const folder = join(home, ".pulumi/plugins/resource-proxmoxve-v8.6.0");
    installs("v3.260.0", `mkdir -p ${folder}; touch ${folder}/pulumi-resource-proxmoxve`);
    assert.deepEqual(search(), { bin, plugins: join(home, ".pulumi/plugins") });
  });

  it("gives way, and says why, when it is too old", () => {
    installs("v3.251.0");
    installsPlugin();
    assert.equal(search(), undefined);
    assert.deepEqual(said, [`${join(bin, "pulumi")} cannot be used: expected 3.252.0 or newer, got "v3.251.0"`]);
  });

  it("gives way, and says why, when its plugin is missing and cannot be fetched", () => {
    installs("v3.260.0", "exit 1");
    assert.equal(search(), undefined);
    assert.equal(
      said.at(-1),
      `${join(bin, "pulumi")} cannot be used: its proxmoxve plugin 8.6.0 cannot be fetched from here`,
    );
  });

  it("is not one that was built here", () => {
    installs("v3.260.0");
    installsPlugin();
    assert.equal(officialEngine({ env: { PATH: bin, HOME: home }, built: tmpdir(), say }), undefined);
  });

  function search(path = bin) {
    return officialEngine({ env: { PATH: `${path}:/usr/bin:/bin`, HOME: home }, built: "/built", say });
  }

  function say(line: string): void {
    said.push(line);
  }

  /** A `pulumi` that tells its version and runs `fetch` when it is to install a plugin. */
  function installs(version: string, fetch = "exit 1"): void {
    const script = `#!/bin/sh\ncase $1 in version) echo ${version} ;; plugin) ${fetch} ;; esac\n`;
    for (const name of ["pulumi", "pulumi-language-nodejs"]) {
      writeFileSync(join(bin, name), script);
      chmodSync(join(bin, name), 0o755);
    }
  }

  function installsPlugin(): void {
    const folder = join(home, ".pulumi/plugins/resource-proxmoxve-v8.6.0");
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "pulumi-resource-proxmoxve"), "");
  }
});
