import { strict as assert } from "node:assert";

import fc from "fast-check";

import { clashesOf, scheduleFindings, type ScheduledWork } from "../../estate/schedules";
import { platformWork } from "../../estate/platform-work";
import { backupPlanOf } from "../../estate/backup-plan";
import { inventoryOf, settingsWith } from "./site";

const work = (name: string, schedule: string, lasts: ScheduledWork["lasts"] = "1 hour"): ScheduledWork => ({
  path: name,
  what: name,
  schedule,
  lasts,
});

function findings(backup: Record<string, unknown>): string[] {
  const plan = backupPlanOf(settingsWith({ backup }), inventoryOf([]), undefined);
  return scheduleFindings(plan).map(({ path, advice }) => `${path}: ${advice}`);
}

const minuteOfDay = fc.integer({ min: 0, max: 24 * 60 - 1 });
const clock = (minute: number) =>
  `${String(Math.floor(minute / 60)).padStart(2, "0")}:${String(minute % 60).padStart(2, "0")}`;

describe("what a night holds", () => {
  it("fits as it comes: backup, pruning, garbage collection and verifying do not meet", () => {
    assert.deepEqual(findings({}), []);
  });

  it("names the nodes' configuration when the backup of the guests starts while it may still run", () => {
    const [finding, ...others] = findings({ configurationTime: "20:45" });
    assert.deepEqual(others, []);
    assert.match(finding ?? "", /^backup\.schedule: the backup starts at 21:00 /);
    assert.match(
      finding ?? "",
      /the backup of the nodes' configuration of 20:45 \(backup\.configurationTime: "20:45"\)/,
    );
    assert.match(findings({ configurationTime: "02:45" })[0] ?? "", /^backup\.garbageCollection: .*starts at 03:00/);
  });

  it("names both when one starts while the other may still run", () => {
    const [finding, ...others] = findings({ pruneSchedule: "23:00" });
    assert.deepEqual(others, []);
    assert.match(finding ?? "", /backup\.pruneSchedule: pruning starts at 23:00 .*"23:00"/);
    assert.match(finding ?? "", /the backup of 21:00 \(backup\.schedule: "21:00"\) may still run/);
  });

  it("finds what meets only once a week or a month", () => {
    assert.equal(findings({ garbageCollection: "sat 05:00" }).length, 1);
    assert.equal(findings({ verifySchedule: "*-1 02:30" }).length, 1);
  });

  it("says when guests would be backed up more than once a day, and nothing of once a day or less", () => {
    const often = (schedule: string) => findings({ schedule }).filter((line) => line.includes("more than once a day"));
    assert.match(often("0/6:00")[0] ?? "", /^backup\.schedule: "0\/6:00" backs guests up more than once a day; /);
    for (const schedule of ["21:00", "sun 21:00", "*-1 21:00", "mon..fri 22:30"]) assert.deepEqual(often(schedule), []);
  });

  it("names a backup that meets the dumps or the updates inside TAPPaaS' guests, and no pruning beside them", () => {
    const inside = platformWork(["monthly", "Thursday", 2]);
    const said = (backup: Record<string, unknown>) => {
      const plan = backupPlanOf(settingsWith({ backup }), inventoryOf([]), undefined);
      return scheduleFindings(plan, inside).map(({ advice }) => advice);
    };
    assert.deepEqual(said({}), []);
    const late = { schedule: "23:30", pruneSchedule: "06:00", garbageCollection: "07:00", verifySchedule: "08:00" };
    const [dumps = "", updates = "", ...others] = said(late);
    assert.match(dumps, /the dump of TAPPaaS' applications starts at 02:00 .*while the backup of 23:30/);
    assert.match(
      updates,
      /TAPPaaS' update starts at 02:00 .*tappaas\.updateSchedule: "thu \*-\*-1\.\.7 02:00".*half of it/,
    );
    assert.deepEqual(others, []);
  });

  it("reads TAPPaaS' word for when it updates, and guesses nothing of one that it does not know", () => {
    const read = (...word: unknown[]) => platformWork(word)[1]?.schedule;
    assert.equal(read("weekly", "Sunday", 23), "sun 23:00");
    assert.equal(read("daily", "Monday", 4), "04:00");
    for (const word of [
      ["yearly", "Monday", 4],
      ["weekly", "someday", 4],
      ["monthly", "Monday", 24],
      [],
      ["daily", 1, "2"],
    ])
      assert.equal(read(...word), undefined);
  });

  it("finds what meets over midnight", () => {
    assert.equal(findings({ schedule: "23:30", pruneSchedule: "00:30", garbageCollection: "12:00" }).length, 1);
  });

  it("lets works meet exactly when one starts before the other ends, whichever is named first", () => {
    fc.assert(
      fc.property(minuteOfDay, minuteOfDay, fc.integer({ min: 1, max: 300 }), (a, b, minutes) => {
        const works = [work("a", clock(a), `${minutes} minutes`), work("b", clock(b), `${minutes} minutes`)];
        const apart = Math.abs(a - b);
        const meets = Math.min(apart, 24 * 60 - apart) < minutes;
        assert.equal(clashesOf(works).length > 0, meets);
        assert.equal(clashesOf([...works].reverse()).length > 0, meets);
      }),
    );
  });

  it("says each pair once", () => {
    const works = [work("a", "*/15"), work("b", "*/15"), work("c", "*/15")];
    assert.equal(clashesOf(works).length, 3);
  });
});
