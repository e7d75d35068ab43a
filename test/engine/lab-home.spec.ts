import { strict as assert } from "node:assert";
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join, resolve } from "node:path";

import { type Engine, engineEnvironment, ensureEngine, furnishLabHome } from "../../tools/engine/engine";

const STAND_INS = resolve(__dirname, "../../lab/plugins");

describe("the engine in the lab", () => {
  let engine: Engine;
  let home: string;

  before(async function () {
    this.timeout(900_000);
    engine = await ensureEngine();
    home = mkdtempSync(join(tmpdir(), "home-"));
    furnishLabHome(engine, home);
  });

  after(() => {
    rmSync(home, { recursive: true });
  });

  it("finds the proxmoxve plugin, and every stand-in under the version of the real one", () => {
    const standIns = standInNames().map((name) => `${name} ${versionOf(name).replace(/.lab$/, "")}`);
    assert.deepEqual(plugins(home).sort(), [...standIns, "proxmoxve 8.6.0"].sort());
  });

  it("keeps the stand-ins out of reach of a real site's run", () => {
    for (const name of standInNames()) {
      assert.match(versionOf(name), /[-+]lab$/);
      const real = `resource-${name}-v${versionOf(name).replace(/.lab$/, "")}`;
      const reachable = [engine.plugins, join(homedir(), ".pulumi/plugins")].map((folder) =>
        join(folder, real, "main.js"),
      );
      assert.deepEqual(
        reachable.filter((path) => existsSync(path)),
        [],
      );
    }
  });

  function plugins(where: string): string[] {
    const env = { ...process.env, ...engineEnvironment(engine, { home: where, backend: where, passphraseFile: "" }) };
    const listed = JSON.parse(
      execFileSync("pulumi", ["plugin", "ls", "--json"], { env, encoding: "utf8" }),
    ) as Listed[];
    return listed.map(({ name, version }) => `${name} ${version}`);
  }
});

/** Folders of the stand-ins; what checks their types lies beside them. */
function standInNames(): string[] {
  return readdirSync(STAND_INS).filter((name) => existsSync(join(STAND_INS, name, "package.json")));
}

interface Listed {
  readonly name: string;
  readonly version: string;
}

function versionOf(standIn: string): string {
  const manifest = readFileSync(join(STAND_INS, standIn, "package.json"), "utf8");
  return (JSON.parse(manifest) as { version: string }).version;
}
