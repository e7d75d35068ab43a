import { strict as assert } from "node:assert";

import { formerRight } from "../../../provider/objects/former-right";
import { create, diff, read, remove, update } from "../../../provider/objects/life-cycle";
import { eachOnItsOwnSite, known } from "../support/test-site";

const PATH = "/datastore/main";
const USER = "tappaas@pbs";
const TOKEN = "tappaas@pbs!pve";
const NAME = `pbs:FormerRight/${PATH}?${USER}?Admin`;
const NAMED = { path: PATH, role: "Admin", authId: USER, datastore: "main", login: TOKEN, end: false };
const ENDING = { ...NAMED, end: true };

/** 2026-11-21T12:00:00Z, the test site's today. */
const NOON = 1_795_262_400;

describe("A right from before the program", () => {
  const own = eachOnItsOwnSite();
  const right = (roleid: string, ugid: string) => ({ path: PATH, roleid, ugid, propagate: true, ugid_type: "user" });
  const backup = (user: string, hoursAgo: number, status = "OK") => ({
    upid: `UPID:backup:0:0:0:0:backup:${user}:`,
    worker_type: "backup",
    worker_id: "main:vm/140",
    user,
    starttime: NOON - hoursAgo * 3600,
    status,
  });
  const rights = () => own.at.pbs.acl.map(({ roleid, ugid }) => `${String(roleid)} ${String(ugid)}`);

  beforeEach(() => {
    own.at.pbs.acl.push(right("Admin", USER), right("DatastoreBackup", USER), right("DatastoreBackup", TOKEN));
    own.at.pve.storages.push({ storage: "s", type: "pbs", datastore: "main", username: TOKEN });
  });

  it("is named with the line that would end it, and left alone", async () => {
    own.at.pbs.tasks.push(backup(TOKEN, 1));
    const { outputs } = await create(formerRight, own.at.site, known(NAMED), false);
    assert.equal(outputs["present"], true);
    assert.ok(own.at.told.join().includes(`add "${NAME}" to adoptions`));
    assert.deepEqual(own.at.writes, []);
    assert.deepEqual(diff(formerRight, outputs, known(NAMED)), []);
  });

  it("is never taken away without its name on the adoption list", async () => {
    own.at.pbs.tasks.push(backup(TOKEN, 1));
    await assert.rejects(
      create(formerRight, own.at.site, known(ENDING), false),
      /would be taken away\. .* to adoptions/,
    );
    assert.deepEqual(own.at.writes, []);
  });

  it("stays until a backup has succeeded without it, is asked about again, and then ends", async () => {
    own.at.adoptions.push(NAME);
    own.at.pbs.tasks.push(backup(USER, 15), backup(TOKEN, 2, "connection error: timed out"));
    const first = await create(formerRight, own.at.site, known(ENDING), false);
    assert.match(own.at.told.join(), /stays for now: no backup to main has succeeded with tappaas@pbs!pve yet/);
    assert.deepEqual(own.at.writes, []);
    assert.deepEqual(diff(formerRight, first.outputs, known(ENDING)), ["end"]);

    own.at.pbs.tasks.push(backup(TOKEN, 1));
    const second = await update(formerRight, own.at.site, first.outputs, known(ENDING), false);
    assert.deepEqual(rights(), [`DatastoreBackup ${USER}`, `DatastoreBackup ${TOKEN}`]);
    assert.equal(second.outputs["present"], false);
    assert.deepEqual(diff(formerRight, second.outputs, known(ENDING)), []);
  });

  for (const [why, spoil, reason] of [
    [
      "a storage still logs in with it",
      () => own.at.pve.storages.push({ storage: "other", type: "pbs", username: USER }),
      /PVE storage other logs in as tappaas@pbs/,
    ],
    [
      "somebody else still writes with it",
      () => own.at.pbs.tasks.push(backup(USER, 0)),
      /somebody still writes backups as tappaas@pbs: main:vm\/140/,
    ],
    [
      "the user, and so its token, could write no more",
      () => own.at.pbs.acl.splice(1, 1),
      /tappaas@pbs would have no right to write backups/,
    ],
    [
      "the backup went to another datastore",
      () => own.at.pbs.tasks.splice(0, 1, { ...backup(TOKEN, 1), worker_id: "main2:vm/140" }),
      /no backup to main has succeeded/,
    ],
  ] as const) {
    it(`stays while ${why}`, async () => {
      own.at.adoptions.push(NAME);
      own.at.pbs.tasks.push(backup(TOKEN, 1));
      spoil();
      await create(formerRight, own.at.site, known(ENDING), false);
      assert.match(own.at.told.join(), reason);
      assert.ok(rights().includes(`Admin ${USER}`));
    });
  }

  it("that is not there needs no word, and one that somebody gave again is seen", async () => {
    own.at.adoptions.push(NAME);
    own.at.pbs.acl.splice(0, 1);
    const { id, outputs } = await create(formerRight, own.at.site, known(ENDING), false);
    assert.deepEqual([outputs["present"], own.at.told, own.at.writes], [false, [], []]);
    assert.deepEqual(diff(formerRight, outputs, known(ENDING)), []);

    own.at.pbs.acl.push(right("Admin", USER));
    const seen = await read(formerRight, own.at.site, id, outputs);
    assert.equal(seen?.outputs["present"], true);
    assert.deepEqual(diff(formerRight, seen.outputs, known(ENDING)), ["end"]);
  });

  it("counts as gone only for a login that may see rights", async () => {
    own.at.pbs.acl.splice(0);
    own.at.pbs.privileges = () => ({});
    await assert.rejects(create(formerRight, own.at.site, known(NAMED), true), /expected the right Sys\.Audit/);
  });

  it("stays as it is when it leaves the program", async () => {
    const { outputs } = await create(formerRight, own.at.site, known(NAMED), false);
    await remove(formerRight, own.at.site, outputs);
    assert.deepEqual(own.at.writes, []);
  });
});
