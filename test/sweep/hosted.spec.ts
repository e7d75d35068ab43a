import { strict as assert } from "node:assert";
import { rmSync } from "node:fs";

import * as z from "zod";

import { PbsClient } from "../../provider/clients/pbs-client";
import { startLab, stopLab, type LabSheet } from "../../tools/lab-site/lab";
import { placesOf, REPOSITORY } from "../../tools/lab-site/places";
import { type LabSite } from "../../tools/lab-site/prepare";
import { changeSettings, run, setSecret } from "../engine/support/commands";
import { inOrder } from "../engine/support/in-order";
import { forgetLabSite, freshLabSite, onSite, pbsOf, runBackups } from "../engine/support/lab-site";

const HOME = "test-hosted-home";
const PROVIDER = "test-hosted-provider";
const GUESTS = ["110", "130", "140", "312", "610"];
const LOGIN = "customer@pbs";
const NOTHING = z.unknown();

/** A provider's server, to which home has a login and nothing else, and that cannot fetch. */
describe("backups that are sent to a provider", function () {
  inOrder(this);
  let home: LabSite;
  let provider: LabSheet;
  let secret: string;

  before(async () => {
    forgetProvider();
    home = await freshLabSite(HOME, "127.0.145");
    provider = await startLab(placesOf(PROVIDER), `${REPOSITORY}/lab/sites/offsite.json`, "127.0.146");
    const owner = pbsOf(provider, "vault");
    await owner.taskEnd(await owner.createDatastore({ name: "customers", path: "/tankc1/customers" }));
    await owner.createUser({ userid: LOGIN });
    secret = await owner.createToken(LOGIN, "push", {});
    // As a provider's form has it by default.
    await grant(owner, "DatastorePowerUser");
    await owner.close();
    const { address, fingerprint } = provider.pbs["vault"]!;
    const hosted = { place: "a provider", address, fingerprint, datastore: "customers", authId: `${LOGIN}!push` };
    changeSettings(home, (settings) => ({ ...settings, hosted: { provider: hosted } }));
    await setSecret(home, "providerWriter", secret);
  });
  after(() => {
    forgetLabSite(HOME);
    forgetProvider();
  });

  it("are not sent by a login that may delete there: the run stops, with the cure, and nothing of the provider's is touched", async () => {
    const { code, stdout, stderr } = await onSite(home, "up", "--yes", "--skip-preview");
    assert.notEqual(code, 0);
    assert.match(
      stdout + stderr,
      /customer@pbs!push may delete there: it has Datastore.Prune[\s\S]*role DatastoreBackup/,
    );
    assert.deepEqual(
      (await pbsOf(home.sheet).syncJobs()).filter(({ id }) => id === "provider"),
      [],
    );
    assert.equal(`${stdout}${stderr}`.includes(secret), false);
  });

  it("are sent once it may write and not delete: every guest, encrypted, and no more", async () => {
    const owner = pbsOf(provider, "vault");
    await grant(owner, "DatastoreBackup");
    for (const authId of [LOGIN, `${LOGIN}!push`])
      await owner.revoke("/datastore/customers", "DatastorePowerUser", authId);
    await owner.close();
    const { code, stdout, stderr } = await run(home, "up", "--yes");
    assert.equal(code, 0, stdout + stderr);
    runBackups(home);
    await send(home);
    const there = await pbsOf(provider, "vault").snapshots("customers");
    const guests = there.filter((one) => one["backup-type"] !== "host").map((one) => one["backup-id"]);
    assert.deepEqual([...new Set(guests)].toSorted(), GUESTS);
    assert.ok(there.every(({ files }) => files.some((file) => file["crypt-mode"] === "encrypt")));
  });

  it("are left as they are by a second run, and stay there when home deletes its own", async () => {
    const again = await onSite(home, "up", "--yes", "--skip-preview", "--expect-no-changes");
    assert.equal(again.code, 0, again.stdout + again.stderr);
    const parameters = { "backup-type": "vm", "backup-id": "140" };
    const path = "/admin/datastore/tappaas_backup/groups";
    await pbsOf(home.sheet).ask(NOTHING, { method: "DELETE", path, parameters });
    await send(home);
    const there = await pbsOf(provider, "vault").snapshots("customers");
    assert.ok(there.some((one) => one["backup-id"] === "140"));
  });

  it("cannot be deleted with what home holds, the login itself included", async () => {
    const { api, fingerprint } = provider.pbs["vault"]!;
    const login = { tokenId: `${LOGIN}!push`, secret };
    const thief = new PbsClient({ endpoint: api, trust: { fingerprint }, login }, [1, 1]);
    const parameters = { "backup-type": "vm", "backup-id": "140" };
    const path = "/admin/datastore/customers/groups";
    await assert.rejects(thief.ask(NOTHING, { method: "DELETE", path, parameters }), /permission/);
    await thief.close();
  });

  it("stop the next run when the provider gives the login the right to delete, and a watch says it too", async () => {
    const owner = pbsOf(provider, "vault");
    await grant(owner, "DatastoreAdmin");
    await owner.close();
    // PBS takes up to five seconds to act on a right that was given.
    await new Promise((acted) => setTimeout(acted, 5_500));
    const looked = await run(home, "up", "--yes");
    assert.notEqual(looked.code, 0);
    assert.match(looked.stdout + looked.stderr, /may delete there: it has Datastore.Prune, Datastore.Modify/);
    const { stdout } = await run(home, "watch", "--json");
    assert.match(stdout, /copies at provider[\s\S]*may delete there/);
  });
});

async function grant(owner: PbsClient, role: string): Promise<void> {
  for (const authId of [LOGIN, `${LOGIN}!push`]) await owner.grant("/datastore/customers", role, authId, true);
}

async function send(site: LabSite): Promise<void> {
  const pbs = pbsOf(site.sheet);
  const upid = await pbs.ask(z.string(), { method: "POST", path: "/admin/sync/provider/run", parameters: {} });
  await pbs.taskEnd(upid);
  await pbs.close();
}

function forgetProvider(): void {
  const places = placesOf(PROVIDER);
  stopLab(places);
  rmSync(places.root, { recursive: true, force: true });
}
