import { strict as assert } from "node:assert";

import { mayDestroy, openPve, type PveSite, prefixOf } from "../support/pve-site";
import { send } from "../support/pve-client";

// Sources: observed on PVE 9.2; pve-manager, PVE/API2/Backup.pm, PVE/VZDump.pm.
describe("PVE backup job @destructive", () => {
  let pve: PveSite;

  before(async function () {
    if (!mayDestroy()) this.skip();
    pve = await openPve(prefixOf(63));
  });
  after(async () => {
    if (mayDestroy()) await pve.stop();
  });

  const job = {
    id: "nightly",
    schedule: "21:00",
    storage: "not-there-yet",
    vmid: "110,140",
    mode: "snapshot",
    enabled: 1,
    comment: "every night",
    "prune-backups": "keep-last=3,keep-daily=7",
    fleecing: "enabled=1,storage=tanka1",
    "notes-template": "{{guestname}}",
    "notification-mode": "notification-system",
  };

  it("takes a storage that does not exist, with or without a slash at the end of the path", async () => {
    assert.deepEqual((await pve.ask("POST /cluster/backup/", job)).data, null);
    assert.equal((await pve.ask("POST /cluster/backup", { ...job, id: "second" })).status, 200);
  });

  it("comes back with property strings as objects of text, flags bare, and its next run", async () => {
    pve.site?.clock.set(new Date(2026, 0, 5, 12, 0).getTime(), true);
    const { data } = await pve.ask("GET /cluster/backup/nightly");
    const { "next-run": nextRun, ...told } = data as Record<string, unknown>;
    assert.deepEqual(told, {
      ...job,
      type: "vzdump",
      "prune-backups": { "keep-daily": "7", "keep-last": "3" },
      fleecing: { enabled: "1", storage: "tanka1" },
    });
    if (pve.site !== undefined) assert.equal(nextRun, new Date(2026, 0, 5, 21, 0).getTime() / 1000);
  });

  it("needs exactly one selection of guests", async () => {
    const both = await pve.ask("POST /cluster/backup", { ...job, id: "third", all: 1 });
    assert.deepEqual([both.status, both.errors], [400, { all: "option conflicts with option 'vmid'" }]);
    const none = { ...job, vmid: undefined };
    const neither = await pve.ask("POST /cluster/backup", { ...none, id: "third" });
    assert.deepEqual([neither.status, neither.errors], [400, { vmid: "property is missing" }]);
    const pool = await pve.ask("POST /cluster/backup", { ...none, id: "third", pool: "nowhere" });
    assert.equal(pool.status, 403);
  });

  it("accepts guests beside `all=0`", async () => {
    assert.equal((await pve.ask("POST /cluster/backup", { ...job, id: "fourth", all: 0 })).status, 200);
  });

  it("is named by a UUID when nobody names it", async () => {
    const ids = async () =>
      (((await pve.ask("GET /cluster/backup")).data ?? []) as { id: string }[]).map(({ id }) => id);
    const before = await ids();
    const nameless = { ...job, id: undefined };
    assert.equal((await pve.ask("POST /cluster/backup", nameless)).status, 200);
    const [made = "", ...others] = (await ids()).filter((id) => !before.includes(id));
    assert.match(made, /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    assert.deepEqual(others, []);
    assert.equal((await pve.ask(`DELETE /cluster/backup/${made}`)).status, 200);
  });

  it("needs a schedule, and one that can be read", async () => {
    const never = { ...job, schedule: undefined };
    const none = await pve.ask("POST /cluster/backup", { ...never, id: "fifth" });
    assert.deepEqual(none.errors, { schedule: "neither 'starttime' nor 'schedule' were set" });
    const odd = await pve.ask("POST /cluster/backup", { ...job, id: "fifth", schedule: "at noon" });
    assert.equal(odd.status, 400);
    assert.match(odd.errors?.["schedule"] ?? "", /^invalid format - invalid calendar event 'at noon'/);
  });

  it("reads a form value only up to an equals sign that is not encoded", async () => {
    const body = "id=sixth&schedule=21:00&storage=tanka1&vmid=110&fleecing=storage=tanka1";
    const { access } = pve;
    const answer = await send(access, "POST", "/cluster/backup", body, "application/x-www-form-urlencoded");
    assert.equal(answer.status, 200);
    const { data } = await pve.ask("GET /cluster/backup/sixth");
    assert.deepEqual((data as Record<string, unknown>)["fleecing"], { enabled: "storage" });
  });

  it("does not keep `prune-backups` that keep everything and something", async () => {
    const { status, errors } = await pve.ask("PUT /cluster/backup/nightly", {
      "prune-backups": "keep-all=1,keep-last=2",
    });
    assert.equal(status, 400);
    assert.match(errors?.["prune-backups"] ?? "", /keep-all cannot be set together/);
  });

  it("is changed field by field; what is not sent stays, what is listed under `delete` goes", async () => {
    await pve.ask("PUT /cluster/backup/nightly", { vmid: "110,130,140", delete: "comment,fleecing" });
    const { data } = await pve.ask("GET /cluster/backup/nightly");
    const { vmid, schedule, comment, fleecing } = data as Record<string, unknown>;
    assert.deepEqual([vmid, schedule, comment, fleecing], ["110,130,140", "21:00", undefined, undefined]);
  });

  it("that does not exist is a 400 that names it, for every verb", async () => {
    for (const verb of ["GET", "PUT", "DELETE"]) {
      const { status, errors } = await pve.ask(`${verb} /cluster/backup/ghost`);
      assert.deepEqual([verb, status, errors], [verb, 400, { id: "No such job 'ghost'" }]);
    }
  });

  it("takes a script or a directory from root itself alone, never from a token", async () => {
    const { status, errors } = await pve.ask("POST /cluster/backup", { ...job, id: "seventh", script: "/bin/true" });
    assert.deepEqual([status, errors], [400, { script: "Only root may set this option." }]);
  });

  it("is not made twice", async () => {
    const { status, reason } = await pve.ask("POST /cluster/backup", job);
    assert.deepEqual([status, reason], [500, "Job 'nightly' already exists"]);
  });

  it("covers its guests in the list of those that are not backed up, even to a storage that does not exist", async function () {
    if (pve.site === undefined) this.skip();
    const { data } = await pve.ask("GET /cluster/backup-info/not-backed-up");
    assert.deepEqual(data, [
      { vmid: 312, name: "vllm-amd", type: "lxc" },
      { vmid: 610, name: "vaultwarden", type: "qemu" },
    ]);
  });
});
