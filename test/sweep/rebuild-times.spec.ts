import { strict as assert } from "node:assert";
import { writeFileSync } from "node:fs";
import { join } from "node:path";

import { type RebuildPlan } from "../../estate/rebuild-plan";
import { PLANNING_FILE } from "../../planning/record";
import { PUBLISHED_RATES, type RateName } from "../../planning/rates";
import { RestoreClient } from "../../provider/clients/restore-client";
import { askLab } from "../../tools/lab-site/lab";
import { type LabSite } from "../../tools/lab-site/prepare";
import { answer } from "../engine/support/commands";
import { inOrder } from "../engine/support/in-order";
import { forgetLabSite, freshLabSite, pveOf, runBackups } from "../engine/support/lab-site";

const NAME = "sweep-rebuild-times";
const NODE = "tappaas1";

/** How fast the lab's ways are, in bytes and seconds of its own time: one and a half restores fill the backup server. */
const LAB = { stream: 20_000, store: 30_000, boot: 60 };
/** Times as fast as outside: what the program itself takes is twenty times as long in the site's time. */
const SPEED = 20;

interface Rebuilt {
  readonly end: string;
  readonly plan?: RebuildPlan;
  readonly measured?: {
    readonly guests: Readonly<Record<string, { readonly restored?: number; readonly runs?: number }>>;
    readonly total?: number;
  };
}

/** What a drill would have measured on this lab. */
function drilled(): object {
  const { fetches, chunkSize } = PUBLISHED_RATES;
  const values: Partial<Record<RateName, number>> = {
    chunkLatency: (fetches.expected * chunkSize.expected) / LAB.stream,
    storeRead: LAB.store,
    boot: LAB.boot,
    ...{ wireShare: 1, usedShare: 1, probe: 1, ingress: 1 },
  };
  const measured = Object.entries(values).map(([rate, value]) => ({
    rate,
    value,
    measuredOn: "2026-11-01",
    how: "a drill",
  }));
  return { version: 1, measured };
}

describe("the times of a rebuild", function () {
  inOrder(this);
  let site: LabSite;
  let rebuilt: Rebuilt;
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
    const rates = Object.entries(LAB).flatMap(([name, value]) => [`--${name}`, String(value)]);
    askLab(site.places, "transfer-rates", ...rates);
    askLab(site.places, "speed", String(SPEED));
    const words = ["rebuild", "--settings", site.places.stackFile, "--escrow-file", site.places.escrowFile];
    const env = { PBS_PASSWORD: Object.values(site.sheet.pbs)[0]!.logins["root@pam"].password };
    const all = [...words, "--pbs-login", "root@pam", "--json", "--yes"];
    const { code, stdout, stderr } = await site.stack.command(all, { quiet: true, env });
    assert.equal(code, 0, stderr);
    [rebuilt, said] = [JSON.parse(stdout) as Rebuilt, stderr];
  });
  after(() => {
    forgetLabSite(NAME);
  });

  function assertClose(what: string, predicted: number, measured: number | undefined, bound: number): void {
    assert.ok(measured !== undefined, what);
    const off = Math.abs(predicted - measured) / measured;
    assert.ok(off <= 0.2, `${what}: predicted ${predicted}, measured ${measured}, off by ${Math.round(off * 100)} %`);
    assert.ok(measured >= bound, `${what}: measured ${measured}, and nothing can be below ${bound}`);
  }

  it("are predicted within a fifth for each guest, and never undercut what no order can", () => {
    const { guests } = rebuilt.plan!;
    assert.equal(guests.length, 5);
    for (const { guest, predicted, starts } of guests) {
      const measured = rebuilt.measured!.guests[guest]!;
      assertClose(`${guest} restored`, predicted.restored, measured.restored, predicted.bound!.restored);
      if (starts) assertClose(`${guest} runs`, predicted.runs!, measured.runs, predicted.bound!.runs);
    }
  });

  it("are predicted within a fifth for all together", () => {
    const { guests } = rebuilt.plan!;
    const ends = guests.map(({ predicted }) => predicted.runs!);
    const bounds = guests.map(({ predicted }) => predicted.bound!.runs);
    assertClose("all", Math.max(...ends), rebuilt.measured!.total, Math.max(...bounds));
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
