import { strict as assert } from "node:assert";
import { readFileSync } from "node:fs";
import { join } from "node:path";

import * as z from "zod";

import { snapshotsOn } from "../../commands/restore/snapshot";
import { askLab } from "../../tools/lab-site/lab";
import { observeLabSite, type LabSite } from "../../tools/lab-site/prepare";
import { inOrder } from "../engine/support/in-order";
import { dayWithServerOnNode, makeServerOnNode } from "../engine/support/server-on-node";
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
const STATE = z.object({ deployment: z.object({ resources: z.array(z.looseObject({ urn: z.string() })) }) });
const SOURCE = "etc/apt/sources.list.d/tappaas-backup-server.sources";

/** The backup server is one that the program made on the node itself. The state is lost, and with it the secret; and the nodes' own copy of it does not work any more either. */
describe("a login whose secret nobody holds", function () {
  inOrder(this);
  let site: LabSite;
  let nights = 0;

  before(async () => {
    site = await freshLabSite(NAME, "127.0.45", { day: dayWithServerOnNode() });
    makeServerOnNode(site);
    assert.equal(await observeLabSite(site, true), 0);
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

  const tokens = async (user = "tappaas@pbs") =>
    (await pbsOf(site.sheet).tokens(user)).map(({ tokenid }) => tokenid).sort();

  const ofStack = (...words: string[]) =>
    site.stack.pulumi(["stack", ...words, "--stack", site.stack.program.stack], { quiet: true });

  it("is not that of the server, which the program makes with it: nothing of it stands open in the state", async () => {
    assert.deepEqual(await tokens("pulumi@pbs"), ["pulumi@pbs!server"]);
    const { deployment } = STATE.parse(JSON.parse((await ofStack("export")).stdout));
    const printed = deployment.resources.filter(({ urn }) => urn.endsWith("::backup-tappaas1-login"));
    assert.equal(printed.length, 1);
    const open = deployment.resources.filter((resource) => /secret\W{1,6}[0-9a-f]{8}-/.test(JSON.stringify(resource)));
    assert.deepEqual(
      open.map(({ urn }) => urn),
      [],
    );
    assert.match(readFileSync(join(site.places.lab, "machines/tappaas1/root", SOURCE), "utf8"), /pbs-no-subscription/);
  });

  it("gives way to a second one that is tried, and stopped half way the night's backup works", async () => {
    await pveOf(site.sheet, "tappaas1").updateStorage("tappaas_backup", { password: "not the secret any more" });
    await loseState(site, NAME);
    makeServerOnNode(site);
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

  it("is left for a person to remove, as is the one with which the server was managed", async () => {
    assert.deepEqual(await tokens(), ["tappaas@pbs!pve", "tappaas@pbs!pve-2"]);
    const { stdout } = await ofStack("output", "supersededTokens", "--json");
    assert.deepEqual((JSON.parse(stdout) as string[]).sort(), ["pulumi@pbs!server", "tappaas@pbs!pve"]);
    assert.deepEqual(await tokens("pulumi@pbs"), ["pulumi@pbs!server", "pulumi@pbs!server-2"]);
  });

  it("needs no third one", async () => {
    const { code, stdout } = await onSite(site, "up", "--yes", "--skip-preview", "--expect-no-changes");
    assert.equal(code, 0, stdout);
    assert.deepEqual(await tokens(), ["tappaas@pbs!pve", "tappaas@pbs!pve-2"]);
  });
});
