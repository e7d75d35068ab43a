import { strict as assert } from "node:assert";
import { writeFileSync } from "node:fs";
import { join } from "node:path";

import { PLANNING_FILE } from "../../planning/record";
import { RestoreClient } from "../../provider/clients/restore-client";
import { type LabSite } from "../../tools/lab-site/prepare";
import { answer } from "../engine/support/commands";
import { inOrder } from "../engine/support/in-order";
import { forgetLabSite, freshLabSite, pveOf, runBackups } from "../engine/support/lab-site";
import { assertAllClose, assertEachClose, drilled, takeTime, type TimedRebuild } from "./support/rebuild-times";

const NAME = "sweep-rebuild-times";
const NODE = "tappaas1";

describe("the times of a rebuild", function () {
  inOrder(this);
  let site: LabSite;
  let rebuilt: TimedRebuild;
  let said: string;

  before(async () => {
    site = await freshLabSite(NAME, "127.0.121");
    assert.equal((await answer(site, "up", "--yes")).value.end, "applied");
    runBackups(site);
    writeFileSync(join(site.places.site, PLANNING_FILE), JSON.stringify(drilled()));
    const pve = pveOf(site.sheet, NODE);
    const client = new RestoreClient(pve);
    for (const { node, type, vmid, status } of await client.guests()) {
      const place = { node, type, vmid };
      if (status === "running") await client.stop(place);
      await client.destroy(place);
    }
    await pve.close();
    takeTime(site, true);
    const words = ["rebuild", "--settings", site.places.stackFile, "--escrow-file", site.places.escrowFile];
    const env = { PBS_PASSWORD: Object.values(site.sheet.pbs)[0]!.logins["root@pam"].password };
    const all = [...words, "--pbs-login", "root@pam", "--json", "--yes"];
    const { code, stdout, stderr } = await site.stack.command(all, { quiet: true, env });
    assert.equal(code, 0, stderr);
    [rebuilt, said] = [JSON.parse(stdout) as TimedRebuild, stderr];
  });
  after(() => {
    forgetLabSite(NAME);
  });

  it("are predicted within a fifth for each guest, and never undercut what no order can", () => {
    assert.equal(rebuilt.plan!.guests.length, 5);
    assertEachClose(rebuilt);
  });

  it("are predicted within a fifth for all together", () => {
    assertAllClose(rebuilt);
  });

  it("are shown as a table, the measured ones beside the predicted ones", () => {
    const [, table = ""] = said.split("Measured, from the first restore on:\n");
    process.stdout.write(`${table.split("\n").slice(0, 12).join("\n")}\n`);
    assert.match(table, /predicted +measured +off by\n/);
    assert.match(table, /vm:110 firewall +restored +\d+ (?:s|min) +\d+ (?:s|min) +-?\d+ %\n +runs /);
    assert.match(table, /\n +all +\d+ min +\d+ min +-?\d+ %/);
  });

  it("are shown while they pass: bytes, rate and what is left", () => {
    assert.match(said, /\d+ % of this disk, \d+ MiB, \d+ MiB\/s/);
  });
});
