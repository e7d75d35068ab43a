import { strict as assert } from "node:assert";
import { randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";

import * as z from "zod";

import { type Survey } from "../../commands/adopt/survey";
import { snapshotsOn } from "../../commands/restore/snapshot";
import { readKeyFile } from "../../provider/keys/key-file";
import { askLab } from "../../tools/lab-site/lab";
import { observeLabSite, type LabSite } from "../../tools/lab-site/prepare";
import { TappaasScripts } from "../support/tappaas-scripts";
import { inOrder } from "../engine/support/in-order";
import { dayWithServerOnNode } from "../engine/support/server-on-node";
import {
  forgetLabSite,
  freshLabSite,
  loseState,
  onSite,
  pbsOf,
  pveOf,
  runBackups,
  up,
} from "../engine/support/lab-site";
import { backupFilesOf, changedPlaces, imageOf, type SiteImage } from "../engine/support/site-image";

const NAME = "test-tappaas-site";
const GUESTS = [110, 130, 140, 312, 610];
const STORAGE = "pve:PbsStorage/tappaas_backup";
const PRUNE = "pbs:PruneJob/prune-tappaas_backup";
const USER = "pbs:User/tappaas@pbs";
const ADMIN = "pbs:FormerRight//datastore/tappaas_backup?tappaas@pbs?Admin";

/** What is not as on the first day: each was named by the owner, or is the lesser login that the nodes use now. */
const CHANGED = [
  "clusters/TAPPaaS/jobs: jobs/JOB/notes-template",
  "clusters/TAPPaaS/jobs: jobs/JOB/notification-mode",
  "clusters/TAPPaaS/jobs: jobs/JOB/repeat-missed",
  // TAPPaaS' script added a guest meanwhile.
  "clusters/TAPPaaS/jobs: jobs/JOB/vmid",
  "clusters/TAPPaaS/storage: storages/tappaas_backup/encryption-key",
  "clusters/TAPPaaS/storage: storages/tappaas_backup/username",
  ...[
    ["tappaas@pbs!pve", "DatastoreBackup"],
    ["tappaas@pbs", "Admin"],
    ["tappaas@pbs", "DatastoreBackup"],
  ].map(([ugid, roleid]) => {
    const entry = { path: "/datastore/tappaas_backup", ugid, ugid_type: "user", roleid, propagate: true };
    return `machines/backup/acl: entries/${JSON.stringify(entry)}`;
  }),
  "machines/backup/prune-jobs: sections/prune-tappaas_backup/keep-yearly",
  "machines/backup/prune-jobs: sections/prune-tappaas_backup/max-depth",
  "machines/backup/tokens: sections/tappaas@pbs!pve",
  "machines/backup/users: sections/tappaas@pbs/comment",
];

/** A site that TAPPaaS' own scripts made, taken over and lived with: each promise stands on the one before. */
describe("a site that TAPPaaS' own scripts made", function () {
  inOrder(this);
  let site: LabSite;
  let scripts: TappaasScripts;
  let dayOne: SiteImage;
  let dayOneBackups: Readonly<Record<string, string>>;
  let said = "";
  let adoptions: string[] = [];

  before(async () => {
    site = await freshLabSite(NAME, "127.0.51", { day: dayWithServerOnNode() });
    scripts = new TappaasScripts(site.sheet, randomBytes(12).toString("hex"));
    await scripts.makePool("tankb1", "ata-LAB_HDD_4T_S1A0005");
    await scripts.installBackup();
    for (const vmid of [140, 312, 610]) await scripts.addToBackup(vmid);
    await scripts.updateBackup([110, 130]);
    runBackups(site);
    [dayOne, dayOneBackups] = [imageOf(site), backupFilesOf(site)];
    assert.equal(await observeLabSite(site, true), 0);
  });

  after(() => {
    forgetLabSite(NAME);
  });

  const adopt = (...names: string[]) => {
    writeFileSync(join(site.places.site, "adoptions.json"), JSON.stringify(names));
  };

  const snapshots = () => snapshotsOn(pveOf(site.sheet, "tappaas1").ask, "tappaas1", "tappaas_backup");

  const storage = async () =>
    (await pveOf(site.sheet, "tappaas1").storages()).find((entry) => entry.storage === "tappaas_backup");

  const disksOf = (vmid: number) =>
    (JSON.parse(askLab(site.places, "content", "tappaas1", String(vmid))) as { disks: unknown }).disks;

  const jobsOf = async () =>
    (await pveOf(site.sheet, "tappaas1").backupJobs()).map((job) => ({ ...job, "next-run": undefined }));

  const unchanged = async () => {
    const { code, stdout, stderr } = await onSite(site, "up", "--yes", "--skip-preview", "--expect-no-changes");
    assert.equal(code, 0, stdout + stderr);
  };

  const admins = async () =>
    (await pbsOf(site.sheet).acl()).filter(({ ugid, roleid }) => ugid === "tappaas@pbs" && roleid === "Admin").length;

  it("has a backup of every guest that lies open on the server, written by a login that may delete them all", async () => {
    const found = await snapshots();
    assert.deepEqual(found.map(({ vmid }) => vmid).sort(), GUESTS);
    assert.ok(found.every(({ encryptedWith }) => encryptedWith === undefined));
    assert.deepEqual([(await storage())?.username, await admins()], ["tappaas@pbs", 1]);
  });

  it("is shown whole by make adopt, the right to delete everything among what is to be decided", async () => {
    const { stdout, stderr } = await site.stack.command(["adopt", "--json", "--settings", site.places.stackFile], {
      quiet: true,
    });
    assert.notEqual(stdout, "", stderr);
    const { reports, unencrypted } = JSON.parse(stdout) as Survey;
    const different = reports.filter(({ found }) => found === "different").map(({ object }) => object);
    const [job] = await jobsOf();
    assert.deepEqual(different.sort(), [ADMIN, PRUNE, USER, `pve:BackupJob/${job?.id ?? ""}`, STORAGE].sort());
    assert.deepEqual(
      reports.flatMap(({ weakenings }) => weakenings),
      [],
    );
    assert.equal(Object.keys(unencrypted).length, GUESTS.length);
  });

  it("is not changed before its owner has said so by name", async () => {
    const { code, stdout, stderr } = await onSite(site, "preview");
    assert.notEqual(code, 0);
    assert.ok((stdout + stderr).includes(`add "${USER}" to adoptions`), stdout + stderr);
  });

  it("is taken over with nothing lost, doubled or replaced", async () => {
    const jobs = await jobsOf();
    adoptions = [STORAGE, PRUNE, USER, ADMIN, `pve:BackupJob/${jobs[0]?.id ?? ""}`];
    adopt(...adoptions);

    said = await up(site);

    assert.equal(/[-~]\s+\d+ (?:deleted|replaced)/.test(said), false, said);
    const kept = ({ id, comment, schedule, mode }: Awaited<ReturnType<typeof jobsOf>>[number]) => ({
      id,
      comment,
      schedule,
      mode,
    });
    assert.deepEqual((await jobsOf()).map(kept), jobs.map(kept));
    assert.equal(jobs.length, 1);
    assert.equal((await snapshots()).length, GUESTS.length);
    const pbs = pbsOf(site.sheet);
    const counts = [await pbs.datastores(), await pbs.pruneJobs(), await pbs.verifyJobs()].map(({ length }) => length);
    assert.deepEqual(counts, [1, 1, 1]);
  });

  it("has its day-old backups counted as open, and the key on the storage", async () => {
    assert.match(said, /5 of 5 backup snapshots from before lie unencrypted in tappaas_backup/);
    const key = await readKeyFile(site.places.keyFile, site.places.identityFile);
    assert.equal((await storage())?.["encryption-key"], key.fingerprint);
  });

  it("keeps more than the program would, where it did, and each year for ever besides", async () => {
    const [job] = await pbsOf(site.sheet).pruneJobs();
    const counts = ["keep-last", "keep-daily", "keep-weekly", "keep-monthly", "keep-yearly"].map((name) => job?.[name]);
    assert.deepEqual(counts, [4, 14, 8, 12, 100]);
  });

  it("writes with a lesser login at once, and keeps the old right until a backup has succeeded without it", async () => {
    assert.deepEqual([(await storage())?.username, await admins()], ["tappaas@pbs!pve", 1]);
    assert.match(said, /Admin stays for now: no backup to tappaas_backup has succeeded with tappaas@pbs!pve yet/);
    await up(site);
    assert.equal(await admins(), 1);
  });

  it("has its next night encrypted, in the same groups", async () => {
    runBackups(site);
    const found = await snapshots();
    assert.equal(found.length, 2 * GUESTS.length);
    assert.equal(found.filter(({ encryptedWith }) => encryptedWith !== undefined).length, GUESTS.length);
  });

  it("still restores a backup from before the key", async () => {
    const old = (await snapshots()).find(({ vmid, encryptedWith }) => vmid === 140 && encryptedWith === undefined);
    const restored = await pveOf(site.sheet, "tappaas1").ask(z.string(), {
      method: "POST",
      path: "/nodes/tappaas1/qemu",
      parameters: { vmid: 9140, archive: old?.volume ?? "", storage: "tanka1", unique: true },
    });
    await pveOf(site.sheet, "tappaas1").taskEnd("tappaas1", restored);
    assert.deepEqual(disksOf(9140), disksOf(140));
    const removed = await pveOf(site.sheet, "tappaas1").ask(z.string(), {
      method: "DELETE",
      path: "/nodes/tappaas1/qemu/9140",
    });
    await pveOf(site.sheet, "tappaas1").taskEnd("tappaas1", removed);
  });

  it("loses the right to delete everything with the next run, and backs up the night after", async () => {
    const output = await up(site);
    assert.match(output, /Admin has ended/);
    assert.equal(await admins(), 0);
    runBackups(site);
    assert.equal((await snapshots()).length, 3 * GUESTS.length);
    await unchanged();
  });

  it("stays as it is when TAPPaaS' scripts run again, but for what the next run names", async () => {
    await scripts.installBackup();
    await scripts.updateBackup([110, 130]);
    await scripts.addToBackup(777);
    await scripts.removeFromBackup(610);
    const drift = await site.stack.command(["drift", "--settings", site.places.stackFile], { quiet: true });
    assert.equal(drift.code, 2, drift.stderr);
    assert.match(drift.stderr, /vmids: .*\n {2}So does a script of TAPPaaS: the backup:vm service/);
    assert.match(drift.stderr, /So does a script of TAPPaaS: backup\/install\.sh: .* makes tappaas@pbs an Admin/);
    assert.equal(await observeLabSite(site, true), 0);
    const seen = await onSite(site, "preview", "--refresh", "--diff");
    assert.match(
      seen.stdout + seen.stderr,
      /guest 777: is in the backup job .* and in no inventory, as after TAPPaaS' own backup:vm script/,
    );

    const output = await up(site, "--refresh");

    assert.match(output, /TAPPaaS' backup\/install\.sh gives it again when it runs/);
    assert.equal(await admins(), 0);
    // The inventory still has 610, so it is backed up again; nobody declared 777, and nobody throws it out.
    assert.deepEqual((await scripts.managedJob())?.vmid.split(",").map(Number), [...GUESTS, 777]);
    assert.equal((await storage())?.username, "tappaas@pbs!pve");
    await unchanged();
  });

  it("has nothing doubled, replaced or changed after the state was lost", async () => {
    const before = imageOf(site);
    await loseState(site, NAME);
    adopt(...adoptions);
    assert.equal(await observeLabSite(site, true), 0);
    await up(site);
    assert.deepEqual(imageOf(site), before);
  });

  it("is as on its first day once the program has gone, but for what its owner named", async () => {
    const { code, stdout, stderr } = await onSite(site, "destroy", "--yes", "--skip-preview", "--exclude-protected");
    assert.equal(code, 0, stdout + stderr);
    const [job] = await jobsOf();
    const changed = changedPlaces(dayOne, imageOf(site)).map((place) => place.replace(job?.id ?? "", "JOB"));
    assert.deepEqual(changed, CHANGED);
    const files = backupFilesOf(site);
    for (const [file, digest] of Object.entries(dayOneBackups)) assert.equal(files[file], digest, file);
  });
});
