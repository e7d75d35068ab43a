import { strict as assert } from "node:assert";
import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";

import { replaceMachines } from "../../../lab/core/reinstall";
import { type Site } from "../../../lab/core/site";
import { ask } from "../support/pve-client";
import { accessTo, newStateDirectory, prefixOf } from "../support/pve-site";
import { startWholeSite } from "../support/whole-site";

describe("a site that burnt down, in the lab", () => {
  const prefix = prefixOf(75);
  let state: string;
  let site: Site;
  let elsewhere: string;
  let former: { readonly certificate: string; readonly password: string };

  before(async function () {
    this.timeout(30_000);
    state = newStateDirectory();
    site = await startWholeSite(state, prefix);
    elsewhere = site.secret("cloudflare api token", () => "of an account that did not burn");
    former = identity();
    await site.stop();
    replaceMachines(state, ["tappaas1", "backup"]);
    site = await startWholeSite(state, prefix);
  });
  after(async () => {
    await site.stop();
    rmSync(state, { recursive: true });
  });

  function identity() {
    const { pbs, nodes } = site.sheet.content;
    return { certificate: pbs["backup"]!.fingerprint, password: nodes["tappaas1"]!.logins["root@pam"].password };
  }
  const on = async (
    node: string,
    operation: string,
  ): Promise<{ readonly name?: string; readonly storage?: string }[]> =>
    (await ask(accessTo(site, node), operation)).data as never;

  it("has new machines under the old names, on whose disks nothing is", async () => {
    assert.deepEqual(await on("tappaas1", "GET /nodes/tappaas1/qemu"), []);
    assert.deepEqual(await on("tappaas1", "GET /nodes/tappaas1/disks/zfs"), []);
    assert.deepEqual(
      (await on("tappaas1", "GET /storage")).map(({ storage }) => storage),
      ["local"],
    );
    assert.equal(existsSync(join(state, "machines/tappaas1/volumes")), false);
  });

  it("has no certificate and no password again that burnt with them", () => {
    const now = identity();
    assert.notEqual(now.certificate, former.certificate);
    assert.notEqual(now.password, former.password);
  });

  it("has what was not at the site, and the machines that were not named", async () => {
    assert.equal(
      site.secret("cloudflare api token", () => "another one"),
      elsewhere,
    );
    assert.equal((await ask(accessTo(site, "spare"), "GET /nodes/spare/status")).status, 200);
  });

  it("names a machine that the site has not, and touches nothing", () => {
    assert.throws(() => {
      replaceMachines(state, ["nowhere"]);
    }, /has no nowhere/);
  });
});
