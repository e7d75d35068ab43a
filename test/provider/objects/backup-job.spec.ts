import { strict as assert } from "node:assert";

import { backupJob } from "../../../provider/objects/backup-job";
import { type Fields } from "../../../provider/objects/fields";
import { create, diff, inputsOf, read, remove, update } from "../../../provider/objects/life-cycle";
import { eachOnItsOwnSite, known, KEY_FINGERPRINT } from "../support/test-site";

const WANTED: Fields = {
  jobId: "nightly",
  storage: "vault",
  schedule: "21:00",
  vmids: [130, 110],
  comment: "TAPPaaS-backup-vm-managed",
  encryptionKeyFingerprint: KEY_FINGERPRINT,
};
const LIVING = {
  id: "nightly",
  storage: "vault",
  schedule: "21:00",
  vmid: "110,130",
  mode: "snapshot",
  enabled: "1",
  comment: "TAPPaaS-backup-vm-managed",
};
const SEEN = { ...WANTED, adopted: false };
const STORAGE = { storage: "vault", type: "pbs", "encryption-key": KEY_FINGERPRINT };
const OTHER_KEY = KEY_FINGERPRINT.replaceAll("0e", "0f");

describe("A backup job", () => {
  const own = eachOnItsOwnSite();
  beforeEach(() => own.at.pve.storages.push(STORAGE));

  it("is made for exactly the guests that are named", async () => {
    const { outputs } = await create(backupJob, own.at.site, known(WANTED), false);
    assert.equal(own.at.pve.jobs[0]!["vmid"], "110,130");
    assert.equal(outputs["encryptionKeyFingerprint"], KEY_FINGERPRINT);
  });

  for (const [what, key] of [
    ["no key", undefined],
    ["another key", OTHER_KEY],
  ] as const) {
    it(`is neither made, adopted nor changed over a storage with ${what}`, async () => {
      own.at.pve.storages[0] = { storage: "vault", type: "pbs", ...(key !== undefined && { "encryption-key": key }) };
      const reason = /expected storage vault to carry the key 0e:/;
      await assert.rejects(create(backupJob, own.at.site, known(WANTED), false), reason);
      own.at.pve.jobs.push(LIVING);
      await assert.rejects(create(backupJob, own.at.site, known(WANTED), false), reason);
      await assert.rejects(
        update(backupJob, own.at.site, SEEN, known({ ...WANTED, schedule: "22:00" }), false),
        reason,
      );
      assert.deepEqual(own.at.writes, []);
    });
  }

  it("is not made over a storage that is not there", async () => {
    own.at.pve.storages.length = 0;
    await assert.rejects(create(backupJob, own.at.site, known(WANTED), false), /got none/);
    assert.deepEqual(own.at.writes, []);
  });

  it("can be planned before its storage is there", async () => {
    own.at.pve.storages.length = 0;
    await create(backupJob, own.at.site, known(WANTED), true);
    assert.deepEqual(own.at.writes, []);
  });

  it("shows the loss of the storage's key after a refresh", async () => {
    own.at.pve.jobs.push(LIVING);
    own.at.pve.storages[0] = { storage: "vault", type: "pbs" };
    const { outputs } = (await read(backupJob, own.at.site, "nightly", SEEN))!;
    assert.deepEqual(diff(backupJob, outputs, known(WANTED)), ["encryptionKeyFingerprint"]);
  });

  it("is adopted unchanged whatever the order of its guests", async () => {
    own.at.pve.jobs.push(LIVING);
    const { outputs } = await create(backupJob, own.at.site, known(WANTED), false);
    assert.equal(outputs["adopted"], true);
    assert.deepEqual(own.at.writes, []);
  });

  it("is adopted and changed under the UUID that PVE gave it, also where that starts with a digit", async () => {
    const id = "3f0c1f7a-5d7e-4c1b-9a50-2b7f3f1d9c11";
    own.at.pve.jobs.push({ ...LIVING, id });
    const { outputs } = await create(backupJob, own.at.site, known({ ...WANTED, jobId: id }), false);
    assert.equal(outputs["adopted"], true);
    const later = known({ ...WANTED, jobId: id, schedule: "22:00" });
    await update(backupJob, own.at.site, { ...SEEN, jobId: id }, later, false);
    assert.equal(own.at.pve.jobs[0]!["schedule"], "22:00");
  });

  it("is not made under an identifier that PVE would refuse, and the way out is named", async () => {
    const wanted = known({ ...WANTED, jobId: "3f0c1f7a-5d7e" });
    await assert.rejects(
      create(backupJob, own.at.site, wanted, false),
      /PVE makes none whose identifier starts with a digit\..*observe the site again/,
    );
    assert.deepEqual(own.at.writes, []);
  });

  it("loses no guest without an acceptance, and names who would", async () => {
    own.at.pve.jobs.push(LIVING);
    const fewer = known({ ...WANTED, vmids: [110] });
    await assert.rejects(
      update(backupJob, own.at.site, SEEN, fewer, true),
      /guest 130 would no longer be backed up[^]*"remove-guest"/,
    );
    own.at.acceptances.push({ object: "pve:BackupJob/nightly", change: "remove-guest", who: "the owner", why: "sold" });
    const { outputs } = await update(backupJob, own.at.site, SEEN, fewer, false);
    assert.deepEqual(outputs["vmids"], [110]);
  });

  for (const selector of [{ all: 1 }, { all: 1, exclude: "610" }, { pool: "prod" }]) {
    it(`is not narrowed from ${JSON.stringify(selector)} to a list without an acceptance, and then loses that selector`, async () => {
      own.at.pve.jobs.push({ ...LIVING, vmid: undefined, ...selector });
      own.at.adoptions.push("pve:BackupJob/nightly");
      await assert.rejects(create(backupJob, own.at.site, known(WANTED), true), /Nobody accepted/);
      own.at.acceptances.push({
        object: "pve:BackupJob/nightly",
        change: "remove-guest",
        who: "the owner",
        why: "by hand",
      });
      await create(backupJob, own.at.site, known(WANTED), false);
      const job = own.at.pve.jobs[0]!;
      assert.deepEqual(
        [job["all"], job["exclude"], job["pool"], job["vmid"]],
        [undefined, undefined, undefined, "110,130"],
      );
    });
  }

  it("is not switched off without an acceptance", async () => {
    own.at.pve.jobs.push(LIVING);
    const off = update(backupJob, own.at.site, SEEN, known({ ...WANTED, enabled: false }), true);
    await assert.rejects(off, /"disable-job"/);
  });

  it("gains a guest without one", async () => {
    own.at.pve.jobs.push(LIVING);
    const { outputs } = await update(backupJob, own.at.site, SEEN, known({ ...WANTED, vmids: [110, 130, 610] }), false);
    assert.deepEqual(outputs["vmids"], [110, 130, 610]);
  });

  it("is left alone when somebody else took a guest out", async () => {
    own.at.pve.jobs.push({ ...LIVING, vmid: "110" });
    const changed = update(backupJob, own.at.site, SEEN, known({ ...WANTED, schedule: "22:00" }), false);
    await assert.rejects(changed, /vmids: it is now \[110\], the last run saw \[130,110\]/);
  });

  it("keeps what the program does not speak of, such as fleecing", async () => {
    own.at.pve.jobs.push({ ...LIVING, fleecing: { enabled: "1" } });
    await update(backupJob, own.at.site, SEEN, known({ ...WANTED, schedule: "22:00" }), false);
    assert.deepEqual(own.at.pve.jobs[0]!["fleecing"], { enabled: "1" });
  });

  it("gives inputs at an import with which nothing is left to change", async () => {
    own.at.pve.jobs.push({
      ...LIVING,
      "repeat-missed": 1,
      "notification-mode": "auto",
      "notes-template": "{{guestname}}",
    });
    const { outputs } = (await read(backupJob, own.at.site, "nightly", undefined))!;
    const inputs = backupJob.inputs.parse(inputsOf(backupJob, outputs));
    assert.deepEqual(diff(backupJob, outputs, known(inputs)), []);
  });

  it("can be removed when it was ours, also after its storage lost the key", async () => {
    own.at.pve.jobs.push(LIVING);
    own.at.pve.storages[0] = { storage: "vault", type: "pbs" };
    await remove(backupJob, own.at.site, SEEN);
    assert.deepEqual(own.at.writes, ["DELETE /cluster/backup/nightly"]);
  });

  it("counts as gone only with the right to see it", async () => {
    own.at.pve.privileges = () => ({});
    await assert.rejects(read(backupJob, own.at.site, "nightly", undefined), /Sys\.Audit on \//);
  });
});
