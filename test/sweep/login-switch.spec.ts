import { strict as assert } from "node:assert";

import { snapshotsOn } from "../../commands/restore/snapshot";
import { askLab } from "../../tools/lab-site/lab";
import { observeLabSite, type LabSite } from "../../tools/lab-site/prepare";
import { inOrder } from "../engine/support/in-order";
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

const NAME = "test-login-switch";

/** The state is lost, and with it the secret; and the nodes' own copy of it does not work any more either. */
describe("a login whose secret nobody holds", function () {
  inOrder(this);
  let site: LabSite;
  let nights = 0;

  before(async () => {
    site = await freshLabSite(NAME, "127.0.45");
    await up(site);
    await night();
  });

  after(() => {
    forgetLabSite(NAME);
  });

  /** Lets a night come, after which every guest has one snapshot more. */
  async function night(): Promise<void> {
    runBackups(site);
    nights += 1;
    const snapshots = await snapshotsOn(pveOf(site.sheet, "tappaas1").ask, "tappaas1", "tappaas_backup");
    assert.equal(snapshots.length, nights * 5, `after night ${nights}`);
  }

  const loginOfStorage = async () => {
    const entries = await pveOf(site.sheet, "tappaas1").storages();
    return entries.find(({ storage }) => storage === "tappaas_backup")?.username;
  };

  const tokens = async () => (await pbsOf(site.sheet).tokens("tappaas@pbs")).map(({ tokenid }) => tokenid).sort();

  it("gives way to a second one that is tried, and stopped half way the night's backup works", async () => {
    await pveOf(site.sheet, "tappaas1").updateStorage("tappaas_backup", { password: "not the secret any more" });
    await loseState(site, NAME);
    assert.equal(await observeLabSite(site, true), 0);
    askLab(site.places, "fault", "backup", "cut-before-work", "POST /admin/datastore/{store}/change-owner");

    const { code } = await onSite(site, "up", "--yes", "--skip-preview");

    assert.notEqual(code, 0);
    assert.equal(await loginOfStorage(), "tappaas@pbs");
    await night();
  });

  it("is followed to the end by the next run, and the night after that works, too", async () => {
    const output = await up(site);

    assert.equal(await loginOfStorage(), "tappaas@pbs!pve-2");
    assert.match(output, /tappaas@pbs!pve\b/);
    await night();
  });

  it("is left for a person to remove", async () => {
    assert.deepEqual(await tokens(), ["tappaas@pbs!pve", "tappaas@pbs!pve-2"]);
  });

  it("needs no third one", async () => {
    const { code, stdout } = await onSite(site, "up", "--yes", "--skip-preview", "--expect-no-changes");
    assert.equal(code, 0, stdout);
    assert.deepEqual(await tokens(), ["tappaas@pbs!pve", "tappaas@pbs!pve-2"]);
  });
});
