import { strict as assert } from "node:assert";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { parse, stringify } from "yaml";

import { type Survey } from "../../commands/adopt/survey";
import { type LabSite } from "../../tools/lab-site/prepare";
import { inOrder } from "./support/in-order";
import { forgetLabSite, freshLabSite, pbsOf, pveOf } from "./support/lab-site";

/** Identifier as PVE gives one to a job that was made without. */
const JOB_ID = "backup-3f0c1f7a-5d7e";
const KEEPS = { "keep-last": 4, "keep-daily": 14, "keep-weekly": 8, "keep-monthly": 12, "keep-yearly": 6 };

function run({ stack, places }: LabSite, ...args: string[]) {
  return stack.command([...args, "--settings", places.stackFile], { quiet: true });
}

async function surveyed(site: LabSite): Promise<Survey> {
  const { stdout, stderr } = await run(site, "adopt", "--json");
  assert.notEqual(stdout, "", stderr);
  return JSON.parse(stdout) as Survey;
}

/** A site that somebody else has backed up for years, in their own way. */
async function inherited({ sheet }: LabSite): Promise<void> {
  const pbs = pbsOf(sheet);
  await pbs.taskEnd(
    await pbs.createDatastore({
      name: "tappaas_backup",
      path: "/tankc1/tappaas_backup",
      "gc-schedule": "03:00",
      "verify-new": true,
    }),
  );
  await pbs.taskEnd(await pbs.createDatastore({ name: "photos", path: "/tankc1/photos" }));
  await pbs.createPruneJob({ id: "prune-tappaas_backup", store: "tappaas_backup", schedule: "02:00", ...KEEPS });
  await pbs.createVerifyJob({
    id: "verify-tappaas_backup",
    store: "tappaas_backup",
    schedule: "04:00",
    "ignore-verified": true,
    "outdated-after": 30,
  });
  const job = {
    id: JOB_ID,
    storage: "local",
    vmid: "110,140",
    schedule: "21:00",
    mode: "snapshot",
    comment: "TAPPaaS-backup-vm-managed",
  };
  await pveOf(sheet, "tappaas1").createBackupJob(job);
}

function settle({ places }: LabSite, backup: object): void {
  const file = parse(readFileSync(places.stackFile, "utf8")) as { config: Record<string, { backup: object }> };
  const key = "tappaas-resilience:settings";
  const settings = file.config[key]!;
  const changed = { ...settings, backup: { ...settings.backup, ...backup } };
  writeFileSync(places.stackFile, stringify({ ...file, config: { ...file.config, [key]: changed } }));
}

describe("a site that others have backed up for years", function () {
  inOrder(this);
  let site: LabSite;
  let found: Survey;

  before(async () => {
    site = await freshLabSite("test-adopt", "127.0.50");
    await inherited(site);
    // Without a setting the program keeps what the site keeps; this owner wrote one.
    settle(site, { retention: { keepDaily: 7, keepWeekly: 4, keepMonthly: 12, keepYearly: 100 } });
    found = await surveyed(site);
  });

  after(() => {
    forgetLabSite("test-adopt");
  });

  const objects = (kind: Survey["reports"][number]["found"]) =>
    found.reports.filter((report) => report.found === kind).map(({ object }) => object);

  it("is shown thing by thing before anything is decided: taken over, made, different, left alone", () => {
    assert.deepEqual(objects("equal"), ["pbs:Datastore/tappaas_backup", "pbs:VerifyJob/verify-tappaas_backup"]);
    assert.deepEqual(objects("different"), [`pve:BackupJob/${JOB_ID}`, "pbs:PruneJob/prune-tappaas_backup"].sort());
    assert.ok(objects("nothing").includes("pbs:User/tappaas@pbs"));
    assert.deepEqual(found.imported, ["tanka1 (proxmoxve:storage/zfspool:Zfspool)"]);
    assert.deepEqual(
      found.leftAlone.map(({ what }) => what),
      ["storage local (dir)", "datastore photos at /tankc1/photos"],
    );
  });

  it("shows of what differs each field, and what a change would protect less", () => {
    const prune = found.reports.find(({ object }) => object.startsWith("pbs:PruneJob/"));
    assert.deepEqual(
      prune?.differences.map(({ field, site: there, program }) => [field, there, program]),
      [
        ["keepLast", 4, null],
        ["keepDaily", 14, 7],
        ["keepWeekly", 8, 4],
        ["keepYearly", 6, 100],
        ["maxDepth", null, 0],
      ],
    );
    assert.deepEqual(
      prune.weakenings.map(({ change }) => change),
      ["shorten-retention"],
    );
  });

  it("was not changed by being shown", async () => {
    assert.equal(
      (await pbsOf(site.sheet).users()).some(({ userid }) => userid === "tappaas@pbs"),
      false,
    );
    const [job] = await pbsOf(site.sheet).pruneJobs();
    assert.equal(job?.["keep-daily"], 14);
    assert.equal((await pveOf(site.sheet, "tappaas1").backupJobs()).length, 1);
  });

  it("stops an up at what it showed as different, and at nothing else", async () => {
    const { code, stdout } = await run(site, "preview", "--json");
    assert.equal(code, 2);
    const { errors } = JSON.parse(stdout) as { errors: string[] };
    const named = errors.filter((error) => error.includes("exists and differs"));
    assert.ok(named.length > 0, errors.join("\n"));
    for (const error of named)
      assert.ok(
        objects("different").some((object) => error.includes(object)),
        error,
      );
  });

  it("tells the setting by which the program keeps what the site has, and then keeps it", async () => {
    const { stderr } = await run(site, "adopt");
    assert.match(stderr, /to keep what the site has: backup\.retention\.keepDaily: 14/);
    const retention = { keepLast: 4, keepDaily: 14, keepWeekly: 8, keepMonthly: 12, keepYearly: 100 };
    settle(site, { retention });
    found = await surveyed(site);
    const prune = found.reports.find(({ object }) => object.startsWith("pbs:PruneJob/"));
    assert.deepEqual(prune?.weakenings, []);
  });

  it("is changed only in what its owner put on the list, and nothing is doubled", async () => {
    assert.equal((await run(site, "adopt", "--yes")).code, 0);
    const list = join(site.places.site, "adoptions.json");
    assert.ok(existsSync(list));
    assert.deepEqual((JSON.parse(readFileSync(list, "utf8")) as string[]).sort(), objects("different").sort());
    const { code, stderr } = await run(site, "up", "--yes");
    assert.equal(code, 0, stderr);
    const [job, ...otherJobs] = await pveOf(site.sheet, "tappaas1").backupJobs();
    assert.deepEqual([job?.id, job?.vmid, otherJobs], [JOB_ID, "110,130,140,312,610", []]);
    const [prune, ...otherPrunes] = await pbsOf(site.sheet).pruneJobs();
    assert.deepEqual([prune?.["keep-daily"], prune?.["keep-yearly"], otherPrunes], [14, 100, []]);
    assert.deepEqual((await pbsOf(site.sheet).datastores()).map(({ name }) => name).sort(), [
      "photos",
      "tappaas_backup",
    ]);
  });

  it("keeps all that was there when the program leaves", async () => {
    assert.equal((await run(site, "down", "--confirm", "single-node")).code, 0);
    assert.equal((await pveOf(site.sheet, "tappaas1").backupJobs()).length, 1);
    assert.equal((await pbsOf(site.sheet).pruneJobs()).length, 1);
    assert.equal((await pbsOf(site.sheet).verifyJobs()).length, 1);
    assert.equal((await pbsOf(site.sheet).datastores()).length, 2);
  });
});
