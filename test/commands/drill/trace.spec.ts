import { strict as assert } from "node:assert";

import { drillTraceOf } from "../../../commands/drill/trace";
import { type DrilledGuest } from "../../../estate/drill-plan";
import { type GuestTask } from "../../../provider/clients/restore-client";

const LOGIN = "pulumi@pve!up";
const note: DrilledGuest & { readonly mark: string } = {
  ...{
    guest: "vm:9900",
    of: "vm:140",
    name: "identity",
    node: "tappaas1",
    archive: "a",
    takenAt: "2026-11-26T21:00:00Z",
  },
  ...{ bytes: 1, needs: [], cards: {}, marked: true, mark: "drill of vm:140" },
};
const there = { vmid: 9900, type: "qemu" as const, node: "tappaas1", status: "stopped", name: "identity" };

let second = 0;
const task = (type: string, authId = LOGIN, changes: Partial<GuestTask> = {}): GuestTask => {
  second += 1;
  const upid = `UPID:tappaas1:0:0:${second}:${type}:9900:${authId}:`;
  return {
    upid,
    node: "tappaas1",
    starttime: second,
    type,
    id: "9900",
    authId,
    end: "OK",
    endtime: second,
    ...changes,
  };
};
const seen = (
  tasks: GuestTask[],
  { notes = note.mark, guest = there }: { notes?: string; guest?: typeof there } = {},
) => drillTraceOf({ login: LOGIN }, note, { guest, notes, tasks });

describe("what a drill may take away", () => {
  it("is what its own restore made, and its own tasks alone touched", () => {
    assert.equal(seen([task("qmrestore"), task("qmstart"), task("qmstop")]).is, "done");
    assert.equal(seen([task("qmrestore", LOGIN, { end: "it broke" })]).is, "remains");
  });

  it("is nothing where nothing is, and nothing yet while its restore runs", () => {
    assert.equal(
      drillTraceOf({ login: LOGIN }, note, { guest: undefined, notes: undefined, tasks: [task("qmrestore")] }).is,
      "free",
    );
    assert.equal(seen([task("qmrestore", LOGIN, { end: undefined, endtime: undefined })]).is, "running");
  });

  it("is never a guest that somebody else made, cloned or moved there", () => {
    for (const type of ["qmcreate", "qmrestore", "qmigrate", "qmclone"])
      assert.equal(seen([task("qmrestore"), task("qmdestroy"), task(type, "root@pam")]).is, "foreign", type);
    assert.equal(seen([]).is, "foreign");
  });

  it("is never one that somebody else has used since", () => {
    for (const type of ["qmstart", "vncproxy", "qmsnapshot", "qmconfig"])
      assert.equal(seen([task("qmrestore"), task(type, "ana@pam")]).is, "foreign", type);
  });

  it("is never one without the mark that the drill wrote, whatever the tasks say", () => {
    assert.equal(seen([task("qmrestore")], { notes: "my own notes" }).is, "foreign");
    assert.equal(
      drillTraceOf({ login: LOGIN }, note, { guest: there, notes: undefined, tasks: [task("qmrestore")] }).is,
      "foreign",
    );
  });

  it("is never the guest of another drill of the same login", () => {
    const made = task("qmrestore");
    const begun = { ...note, marked: false };
    const look = (upid: string | undefined, notes: string) =>
      drillTraceOf(
        { login: LOGIN },
        { ...begun, ...(upid !== undefined && { upid }) },
        { guest: there, notes, tasks: [made] },
      ).is;
    assert.equal(look(undefined, "drill of vm:610 as vm:9900, begun today"), "foreign");
    assert.equal(look("UPID:tappaas1:another", ""), "foreign");
    assert.equal(look(made.upid, ""), "done");
    assert.equal(look(undefined, "notes of the living guest, as they were backed up"), "done");
  });

  it("is never on another node than the one that restored it", () => {
    assert.equal(seen([task("qmrestore")], { guest: { ...there, node: "tappaas2" } }).is, "foreign");
  });
});
