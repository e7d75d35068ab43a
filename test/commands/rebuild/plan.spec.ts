import { strict as assert } from "node:assert";

import { measuredBy } from "../../../commands/rebuild/measured";
import { chosenFor, planFor } from "../../../commands/rebuild/plan";
import { type RebuildSurvey } from "../../../commands/rebuild/survey";
import { measuredLines, planLines } from "../../../commands/rebuild/text";
import { siteOf } from "../../../commands/report/knowledge";
import { readStackFile } from "../../../commands/stack-file";
import { parseRebuildPlan } from "../../../estate/rebuild-plan";
import { type GuestTask } from "../../../provider/clients/restore-client";

const { estate, model } = siteOf({
  settings: readStackFile("Pulumi.single-node.yaml"),
  siteFolder: "sites/single-node",
});
const AT = new Date("2026-11-26T10:15:00Z");
const NIGHTS = ["2026-11-25T21:00:00Z", "2026-11-24T21:00:00Z"];

function snapshotOf(vmid: number, kind: "vm" | "ct", time: string) {
  const volume = `main:backup/${kind}/${vmid}/${time}`;
  return { volume, kind, vmid, time: new Date(time), size: 2 ** 33, name: "", encryptedWith: undefined };
}

const LOST: RebuildSurvey = {
  at: AT,
  nodes: ["tappaas1"],
  living: new Map(),
  disks: new Map(),
  snapshots: NIGHTS.flatMap((night) => estate.guests.map(({ vmid, kind }) => snapshotOf(vmid, kind, night))),
};
const ABOUT = { freeSince: AT.toISOString(), login: "up@pve!up", source: { storage: "main", made: true } };
const whyOf = (survey: RebuildSurvey, vmid: number, choices = {}) =>
  chosenFor(estate.guests, survey, choices).left.find(({ guest }) => guest.endsWith(`(${vmid})`));

function plan() {
  const { chosen } = chosenFor(estate.guests, LOST, {});
  const starting = new Map(
    chosen.map(({ snapshot }) => [snapshot.volume, { withNode: true, template: false, agent: true }]),
  );
  return planFor(chosen, model, starting, ABOUT, {});
}

describe("The plan of a rebuild", () => {
  it("takes the newest backup of every guest, or the newest up to a moment", () => {
    const times = (choices: object) => [
      ...new Set(chosenFor(estate.guests, LOST, choices).chosen.map(({ snapshot }) => snapshot.time.toISOString())),
    ];
    assert.deepEqual(times({}), ["2026-11-25T21:00:00.000Z"]);
    assert.deepEqual(times({ before: new Date("2026-11-25T12:00:00Z") }), ["2026-11-24T21:00:00.000Z"]);
  });

  it("leaves a guest alone that lives", () => {
    assert.deepEqual(whyOf({ ...LOST, living: new Map([[140, "tappaas1"]]) }, 140), {
      ...{ guest: "identity (140)", why: "lives on tappaas1", lives: true },
    });
  });

  it("restores no guest whose disks are still there, which are newer than any backup, unless its owner says so", () => {
    const survey = { ...LOST, disks: new Map([[140, ["tanka1:vm-140-disk-0"]]]) };
    assert.match(whyOf(survey, 140)?.why ?? "", /newer than any backup: tanka1:vm-140-disk-0.*--beside-disks/);
    assert.equal(whyOf(survey, 140, { besideDisks: true }), undefined);
  });

  it("says of what is not covered why: no backup, or no node", () => {
    assert.equal(whyOf({ ...LOST, snapshots: [] }, 140)?.why, "there is no backup of it");
    const elsewhere = { ...LOST, nodes: ["new1"] };
    assert.equal(whyOf(elsewhere, 140)?.why, "its node tappaas1 is not there; say another with --node");
    assert.equal(whyOf(elsewhere, 140, { node: "new1" }), undefined);
  });

  it("is kept in a form that is read back strictly", () => {
    const written = JSON.parse(JSON.stringify(plan())) as unknown;
    assert.deepEqual(parseRebuildPlan(written), { ok: true, value: plan() });
    assert.equal(parseRebuildPlan({ ...(written as object), more: 1 }).ok, false);
  });

  it("starts nothing before what it needs, and waits for nobody who is not restored", () => {
    const { guests } = plan();
    assert.equal(guests.length, estate.guests.length);
    const ids = new Set<string>(guests.map(({ guest }) => guest));
    for (const { restoreAfter, startAfter } of guests)
      for (const id of [...restoreAfter, ...startAfter]) assert.ok(ids.has(id));
    const needs = model.services.find(({ dependsOn }) => dependsOn.length > 0)!;
    const { startAfter } = guests.find(({ guest }) => guest.endsWith(`:${needs.vmid}`))!;
    assert.deepEqual(startAfter.map((id) => Number(id.slice("vm:".length))).sort(), [...needs.dependsOn].sort());
  });

  it("shows each guest with its snapshot, its size and its time before anybody says yes", () => {
    const text = planLines(plan(), [{ guest: "old (150)", why: "there is no backup of it", lives: false }]).join("\n");
    assert.match(text, /vm:140 identity on tappaas1: backup of 2026-11-25T21:00:00\.000Z, 8\.00 GiB, .*; serves after/);
    assert.match(text, /NOT covered:\n {2}old \(150\): there is no backup of it/);
  });

  it("is measured by the nodes' own tasks, of our login alone", () => {
    const one = { ...plan(), guests: plan().guests.filter(({ guest }) => guest === "vm:140") };
    const task = (type: string, starttime: number, endtime: number, authId = ABOUT.login): GuestTask => ({
      ...{ upid: "UPID:", node: "tappaas1", id: "140", type, starttime, endtime, end: "OK", authId },
    });
    const tasks = [task("qmrestore", 100, 160), task("qmstart", 170, 175), task("qmstart", 900, 999, "root@pam")];
    const measured = measuredBy(one, tasks);
    assert.deepEqual(measured, { guests: { "vm:140": { restored: 60, started: 75, runs: 75 } }, total: 75 });
    assert.match(
      measuredLines(one, measured).join("\n"),
      /vm:140 identity +restored +\S+ \S+ +60 s[\s\S]*runs +\S+ \S+ +75 s/,
    );
  });
});
