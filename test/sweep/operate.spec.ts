import { strict as assert } from "node:assert";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";

import { type LabSite } from "../../tools/lab-site/prepare";
import { answer, changeSettings, run, withCopies, withoutPool } from "../engine/support/commands";
import { inOrder } from "../engine/support/in-order";
import { forgetLabSite, freshLabSite, loseState, pbsOf, pveOf } from "../engine/support/lab-site";

const NAME = "sweep-operate";

/** What comes up once in years, on a site that is up. */
describe("a site that is kept for years, on its rarer days", function () {
  inOrder(this);
  let site: LabSite;

  before(async () => {
    site = await freshLabSite(NAME, "127.0.48");
    changeSettings(site, withCopies(site));
    assert.equal((await answer(site, "up", "--yes")).value.end, "applied");
  });

  after(() => {
    forgetLabSite(NAME);
  });

  it("asks before it changes anything, and takes silence for a no", async () => {
    await pbsOf(site.sheet).removeVerifyJob("verify-tappaas_backup");
    const { code, stderr } = await run(site, "up");
    assert.notEqual(code, 0);
    assert.match(stderr, /Nobody is here to be asked[\s\S]*--yes/);
    assert.deepEqual(await pbsOf(site.sheet).verifyJobs(), []);
    assert.equal((await run(site, "up", "--yes")).code, 0);
  });

  it("lets the program forget a pool on purpose, leaves it on the site, and takes it back later", async () => {
    const back = changeSettings(site, withoutPool("tankb1"));
    const why = ["--who", "the owner", "--why", "moves to another stack", "--yes"];
    for (const name of ["tankb1", "tappaas1-tankb1"]) assert.equal((await run(site, "release", name, ...why)).code, 0);
    assert.equal((await answer(site, "up", "--yes")).code, 0);
    const storages = (await pveOf(site.sheet, "tappaas1").storages()).map(({ storage }) => storage);
    assert.ok(storages.includes("tankb1"));
    assert.match(readFileSync(join(site.places.site, "releases.json"), "utf8"), /moves to another stack/);
    back();
    assert.equal((await site.stack.command(["observe", "--settings", site.places.stackFile], { quiet: true })).code, 0);
    assert.equal((await answer(site, "up", "--yes")).code, 0);
  });

  it("goes on past the lock of a run that is dead, and stops before that of one that may live", async () => {
    const folder = join(site.places.backend, ".pulumi/locks/organization/tappaas-resilience/single-node");
    mkdirSync(folder, { recursive: true });
    const lock = { pid: 4_000_000, username: "owner", hostname: hostname(), timestamp: "2026-11-20T21:00:00Z" };
    writeFileSync(join(folder, "dead.json"), JSON.stringify(lock));
    const dead = await run(site, "up", "--yes");
    assert.equal(dead.code, 0, dead.stderr);
    assert.match(dead.stderr, /its process is gone\. Lock released/);
    writeFileSync(join(folder, "other.json"), JSON.stringify({ ...lock, hostname: "laptop" }));
    const other = await run(site, "up", "--yes");
    assert.equal(other.code, 1);
    assert.match(
      other.stderr,
      /in use: owner on laptop \(process 4000000\) since 2026-11-20T21:00:00Z[\s\S]*pulumi cancel/,
    );
    rmSync(join(folder, "other.json"));
  });

  it("comes back from a copy of the state when the state is lost, with nothing to change", async () => {
    await loseState(site, NAME);
    changeSettings(site, withCopies(site));
    const restored = await run(site, "state", "restore", "--yes");
    assert.equal(restored.code, 0, restored.stderr);
    const { value } = await answer(site, "up", "--yes");
    assert.deepEqual([value.end, value.drift], ["nothing", []]);
  });
});
