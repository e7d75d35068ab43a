import { strict as assert } from "node:assert";

import fc from "fast-check";

import { nightlyOf } from "../../estate/backup-plan";
import { estateOf, type Estate } from "../../estate/estate";
import { inventoryOf, lines, module, settingsWith } from "./site";

const backupOf = (wishes: Readonly<Record<number, string | undefined>>): Estate => {
  const modules = Object.entries(wishes).map(([vmid, schedule]) =>
    module(`guest-${vmid}`, { vmid: Number(vmid), ...(schedule !== undefined && { backup: { schedule } }) }),
  );
  const estate = estateOf({ inventory: inventoryOf(modules), settings: settingsWith() });
  assert.ok(estate.ok, lines(estate).join());
  return estate.value;
};

describe("how often a guest is backed up", () => {
  it("is every night for what the site cannot be rebuilt without, whatever its module says, and that is told", () => {
    const { backup, findings } = backupOf({ 140: "monthly", 620: "monthly" });
    assert.deepEqual(nightlyOf(backup), [140]);
    assert.deepEqual(
      backup.buckets.map(({ bucket, guests }) => [bucket, guests.map(({ vmid }) => vmid)]),
      [["monthly", [620]]],
    );
    assert.match(
      findings.map(({ path, advice }) => `${path}: ${advice}`).join("\n"),
      /guest-140: .*asks for a backup monthly; it is in the nightly job/,
    );
  });

  it("is what the settings say, before the module, and never less than nightly for what cannot be missed", () => {
    const modules = [140, 620, 630].map((vmid) => module(`guest-${vmid}`, { vmid, backup: { schedule: "weekly" } }));
    const buckets = { 140: "monthly", 620: "monthly", 630: "daily" };
    const estate = estateOf({ inventory: inventoryOf(modules), settings: settingsWith({ backup: { buckets } }) });
    assert.ok(estate.ok, lines(estate).join());
    const { backup } = estate.value;
    assert.deepEqual(nightlyOf(backup), [140, 630]);
    assert.deepEqual(
      backup.buckets.map(({ bucket, guests }) => [bucket, guests.map(({ vmid }) => vmid)]),
      [["monthly", [620]]],
    );
  });

  it("leaves each job its hour: none of them meets another", () => {
    const { findings } = backupOf({ 140: undefined, 620: "weekly", 630: "monthly" });
    assert.deepEqual(
      findings.filter(({ path }) => path.startsWith("backup.")),
      [],
    );
  });

  it("puts each guest into exactly one job, whatever is wished", () => {
    const wish = fc.constantFrom(undefined, "daily", "weekly", "monthly", "22:30");
    const sites = fc.dictionary(fc.integer({ min: 100, max: 899 }).map(String), wish, { minKeys: 1, maxKeys: 12 });
    fc.assert(
      fc.property(sites, (wishes) => {
        const { backup } = backupOf(wishes);
        const jobs = [nightlyOf(backup), ...backup.buckets.map(({ guests }) => guests.map(({ vmid }) => vmid))];
        const all = jobs.flat().sort((a, b) => a - b);
        assert.deepEqual(
          all,
          Object.keys(wishes)
            .map(Number)
            .sort((a, b) => a - b),
        );
      }),
    );
  });
});
