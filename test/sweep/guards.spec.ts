import { strict as assert } from "node:assert";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { parse, stringify } from "yaml";

import { askLab } from "../../tools/lab-site/lab";
import { type LabSite } from "../../tools/lab-site/prepare";
import { inOrder } from "../engine/support/in-order";
import { forgetLabSite, freshLabSite, onSite, pbsOf, pveOf, up } from "../engine/support/lab-site";

const PRUNE_JOB = "pbs:PruneJob/prune-tappaas_backup";

/** What goes wrong on real sites, in the order in which it does least harm to the next promise. */
describe("a site that is not as the program thinks", function () {
  inOrder(this);
  let site: LabSite;

  before(async () => {
    site = await freshLabSite("test-guards", "127.0.44");
  });

  after(() => {
    forgetLabSite("test-guards");
  });

  /** Runs the engine, which has to fail, and returns what it said. */
  async function refused(...args: string[]): Promise<string> {
    const { code, stdout, stderr } = await onSite(site, ...args);
    assert.notEqual(code, 0, `expected pulumi ${args.join(" ")} to fail:\n${stdout}`);
    return stdout + stderr;
  }

  const decide = (file: "adoptions.json" | "acceptances.json", entries: unknown[]) => {
    writeFileSync(join(site.places.site, file), JSON.stringify(entries));
  };

  const resourcesInState = async (): Promise<number> => {
    const { stdout } = await site.stack.pulumi(["stack", "export", "--stack", "single-node"], { quiet: true });
    return (JSON.parse(stdout) as { deployment: { resources: unknown[] } }).deployment.resources.length;
  };

  it("is not reached without its certificate authority, and the cure is named", async () => {
    const { code, stdout } = await site.stack.onStack(["preview"], {
      quiet: true,
      env: { SSL_CERT_FILE: "/nonexistent" },
    });
    assert.notEqual(code, 0);
    assert.match(stdout, /The certificate authority of this site is not trusted here: .*\n\s*Cure: run `make up`/);
  });

  it("stops the preview when a storage that was observed has gone since", async () => {
    const file = join(site.places.site, "observed.json");
    const seen = readFileSync(file, "utf8");
    const observation = JSON.parse(seen) as { storages: { items: { storage: string; pool?: string }[] } };
    const tanka = observation.storages.items.find(({ storage }) => storage === "tanka1");
    observation.storages.items.push({ ...tanka, storage: "tankb1", pool: "tankb1" });
    writeFileSync(file, JSON.stringify(observation));

    const said = await refused("preview");
    writeFileSync(file, seen);

    assert.match(said, /the storage "tankb1" was there when the site was last observed, and it is gone\. Cure: /);
    assert.equal(said.includes("remove the `protect` flag"), false);
  });

  it("refuses a retention that differs, in the preview, with the difference and the line to write", async () => {
    const pbs = pbsOf(site.sheet);
    await pbs.taskEnd(
      await pbs.createDatastore({
        name: "tappaas_backup",
        path: "/tankc1/tappaas_backup",
        "gc-schedule": "03:00",
        "verify-new": true,
      }),
    );
    const keep = { "keep-last": 4, "keep-daily": 14, "keep-weekly": 8, "keep-monthly": 12, "keep-yearly": 6 };
    await pbs.createPruneJob({
      id: "prune-tappaas_backup",
      store: "tappaas_backup",
      schedule: "02:00",
      "max-depth": 0,
      ...keep,
    });

    const said = await refused("preview");

    assert.ok(said.includes(`${PRUNE_JOB} exists and differs from the program`), said);
    assert.match(said, /keepDaily: the site has 14, the program says 7/);
    assert.ok(said.includes(`add "${PRUNE_JOB}" to adoptions`), said);
  });

  it("does not keep less for being on the adoption list", async () => {
    decide("adoptions.json", [PRUNE_JOB]);
    assert.match(await refused("preview"), /"change":"shorten-retention"/);
  });

  it("adopts the datastore, and changes the retention once somebody accepted it by name", async () => {
    decide("acceptances.json", [{ object: PRUNE_JOB, change: "shorten-retention", who: "the owner", why: "a test" }]);
    await up(site);

    const [job] = await pbsOf(site.sheet).pruneJobs();
    assert.deepEqual([job?.["keep-last"], job?.["keep-daily"], job?.["keep-yearly"]], [undefined, 7, 100]);
  });

  it("keeps everything in the state while the backup server is down", async () => {
    const before = await resourcesInState();
    askLab(site.places, "fault", "backup", "down", "--times", "1000");
    const { code } = await onSite(site, "refresh", "--yes", "--skip-preview");
    askLab(site.places, "clear-faults");

    assert.notEqual(code, 0);
    assert.equal(await resourcesInState(), before);
  });

  it("keeps everything in the state when its own login lost a right, and names the right", async () => {
    const before = await resourcesInState();
    const pbs = pbsOf(site.sheet);
    const { id } = site.sheet.pbs["backup"]?.logins.token ?? assert.fail("The lab has no backup server.");
    const own = (await pbs.acl()).filter(({ ugid }) => ugid === id);
    for (const { path, roleid } of own) await pbs.revoke(path, roleid, id);
    await new Promise((resolve) => setTimeout(resolve, ACL_DELAY_MS));

    const said = await refused("refresh", "--yes", "--skip-preview");
    for (const { path, roleid, propagate } of own) await pbs.grant(path, roleid, id, propagate);
    await new Promise((resolve) => setTimeout(resolve, ACL_DELAY_MS));

    assert.match(said, /permission|expected the right/);
    assert.equal(await resourcesInState(), before);
  });

  it("loses no pool and no storage that leaves the settings", async () => {
    const settings = readFileSync(site.places.stackFile, "utf8");
    const file = parse(settings) as { config: Record<string, { pools: { name: string }[] }> };
    const own = file.config["tappaas-resilience:settings"] ?? assert.fail("The stack has no settings.");
    own.pools = own.pools.filter(({ name }) => name !== "tankb1");
    writeFileSync(site.places.stackFile, stringify(file));

    const said = await refused("up", "--yes", "--skip-preview");
    writeFileSync(site.places.stackFile, settings);

    assert.match(said, /protect/);
    const storages = (await pveOf(site.sheet, "tappaas1").storages()).map(({ storage }) => storage);
    assert.ok(storages.includes("tankb1"));
    assert.deepEqual(dangers(site), []);
  });

  it("shows that somebody took the key off the storage, and puts the site's key back", async () => {
    const pve = pveOf(site.sheet, "tappaas1");
    const keyOf = async () =>
      (await pve.storages()).find(({ storage }) => storage === "tappaas_backup")?.["encryption-key"];
    const before = await keyOf();
    await pve.updateStorage("tappaas_backup", {}, ["encryption-key"]);

    const { stdout } = await onSite(site, "preview", "--refresh", "--diff");
    await up(site, "--refresh");

    assert.match(stdout, /encryptionKeyFingerprint/);
    assert.equal(await keyOf(), before);
  });

  it("is changed in nothing that was not shown, when the settings change while the question stands", async () => {
    const plan = join(site.places.root, "plan.json");
    assert.equal((await onSite(site, "preview", "--json", "--save-plan", plan)).code, 0);
    const settings = readFileSync(site.places.stackFile, "utf8");
    const file = parse(settings) as { config: Record<string, { backup: object }> };
    const own = file.config["tappaas-resilience:settings"] ?? assert.fail("The stack has no settings.");
    own.backup = { ...own.backup, schedule: "22:45" };
    writeFileSync(site.places.stackFile, stringify(file));

    const said = await refused("up", "--yes", "--skip-preview", "--plan", plan);
    writeFileSync(site.places.stackFile, settings);

    assert.match(said, /nightly violates plan: .*schedule/);
    const [job] = await pveOf(site.sheet, "tappaas1").backupJobs();
    assert.equal(job?.schedule, "21:00");
  });
});

/** ACL changes take up to 5 seconds to act. */
const ACL_DELAY_MS = 5_500;

/** Commands on the lab's nodes that destroy, force or wipe. */
function dangers({ places }: LabSite): string[] {
  return readFileSync(join(places.root, "lab.log"), "utf8")
    .split("\n")
    .filter((line) => line.includes(" danger "));
}
