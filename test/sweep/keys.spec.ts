import { strict as assert } from "node:assert";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { mintBackupKey } from "../../provider/keys/backup-key";
import { NotPermitted } from "../../provider/clients/api-error";
import { snapshotsOn } from "../../commands/restore/snapshot";
import { compareGuest, restoreOnLab } from "../../tools/lab-site/restore";
import { type LabSite } from "../../tools/lab-site/prepare";
import { changeSettings } from "../engine/support/commands";
import { inOrder } from "../engine/support/in-order";
import { forgetLabSite, freshLabSite, pbsOf, pveOf, runBackups, up } from "../engine/support/lab-site";

/** Where a cluster keeps what it shows nobody. */
const PRIVATE = "clusters/TAPPaaS/priv/storage";
const NAME = "test-keys";
const TOKEN = "tappaas@pbs!pve";

/** The owner thinks that somebody has read the nodes' backup login, and ends it. */
describe("the nodes' backup login and key", function () {
  inOrder(this);
  let site: LabSite;
  let oldSecret: string;
  let keyBefore: Buffer;

  before(async () => {
    site = await freshLabSite(NAME, "127.0.67");
    await up(site);
    oldSecret = fileOfStorage("pw").toString();
    keyBefore = fileOfStorage("enc");
  });

  after(() => {
    forgetLabSite(NAME);
  });

  /** What the node keeps for the storage, and shows nobody: its password, its key. */
  const fileOfStorage = (extension: "pw" | "enc") =>
    readFileSync(join(site.places.lab, PRIVATE, `tappaas_backup.${extension}`));

  const command = (...words: string[]) =>
    site.stack.command([...words, "--settings", site.places.stackFile], { quiet: true });

  const rotate = (...options: string[]) => command("rotate", ...options);

  const snapshots = () => snapshotsOn(pveOf(site.sheet, "tappaas1").ask, "tappaas1", "tappaas_backup");

  const letsIn = async (secret: string): Promise<boolean> => {
    const pbs = pbsOf(site.sheet).as({ tokenId: TOKEN, secret });
    try {
      await pbs.privileges("/");
      return true;
    } catch (error) {
      if (error instanceof NotPermitted) return false;
      throw error;
    } finally {
      await pbs.close();
    }
  };

  it("get a new secret that is only told of in a dry run, and to whoever does not say yes", async () => {
    const settings = readFileSync(site.places.stackFile, "utf8");
    const shown = await rotate("--dry-run");
    assert.equal(shown.code, 0, shown.stderr);
    assert.match(shown.stderr, /tappaas@pbs!pve gets a new secret\. Storage tappaas_backup is given the new one/);
    assert.match(shown.stderr, /This was a dry run: nothing was changed/);

    const silent = await rotate();
    assert.equal(silent.code, 1);
    assert.match(silent.stderr, /Nobody is here to be asked[\s\S]*--yes/);
    assert.equal(readFileSync(site.places.stackFile, "utf8"), settings);
    assert.equal(fileOfStorage("pw").toString(), oldSecret);
    assert.equal(await letsIn(oldSecret), true);
  });

  it("get a new secret that ends the old one, and leaves the encryption key as it is to the byte", async () => {
    const { code, stderr } = await rotate("--yes");
    assert.equal(code, 0, stderr);
    const secret = fileOfStorage("pw").toString();

    assert.equal(await letsIn(oldSecret), false);
    assert.equal(await letsIn(secret), true);
    assert.deepEqual(fileOfStorage("enc"), keyBefore);
    for (const hidden of [oldSecret, secret]) {
      assert.ok(!stderr.includes(hidden));
      assert.ok(!readFileSync(site.places.stackFile, "utf8").includes(hidden));
    }
  });

  it("write the next night's backup with the new secret, and it restores to the same bytes", async () => {
    runBackups(site);
    assert.equal((await snapshots()).length, 5);
    const order = { guest: "identity", to: "9140", node: "spare" };
    const { code, vmid } = await restoreOnLab(site, order);
    assert.equal(code, 0);
    assert.equal(compareGuest(site, vmid ?? assert.fail(), order), 0);
  });

  it("need nothing after that, and no second token", async () => {
    const { code, stderr } = await command("up", "--yes");
    assert.equal(code, 0);
    assert.match(stderr, /Nothing to change/);
    assert.deepEqual(
      (await pbsOf(site.sheet).tokens("tappaas@pbs")).map(({ tokenid }) => tokenid),
      [TOKEN],
    );
  });

  it("get no new secret while somebody else's change is on the site, so that it changes nothing in passing", async () => {
    await pbsOf(site.sheet).removeVerifyJob("verify-tappaas_backup");
    const before = fileOfStorage("pw").toString();
    const { code, stderr } = await rotate("--yes");
    assert.equal(code, 1);
    assert.match(stderr, /STOP\. Nothing was changed\. The site was changed since the last run\. Cure: make up first/);
    assert.equal(fileOfStorage("pw").toString(), before);
  });

  it("are what a key that is taken in is compared with: theirs is, another is not", async () => {
    const { address } = site.sheet.pbs["backup"] ?? assert.fail("The lab has no backup server.");
    const env = { TAPPAAS_REHEARSAL: "1" };
    const take = (from: string, name: string) => {
      const at = (file: string) => join(site.places.root, "taken", name, file);
      const files = ["--key-file", at("key.age"), "--identity-file", at("id.txt"), "--escrow-file", at("escrow.txt")];
      const words = ["key", "import", "--from", from, ...files, "--site", "home", "--pbs", address];
      return site.stack.command([...words, "--settings", site.places.stackFile], { quiet: true, env });
    };
    const own = await take(join(site.places.lab, PRIVATE, "tappaas_backup.enc"), "own");
    assert.equal(own.code, 0, own.stderr);

    const other = join(site.places.root, "other.enc");
    writeFileSync(other, mintBackupKey().json);
    const { code, stderr } = await take(other, "other");
    assert.equal(code, 1);
    assert.match(stderr, /The nodes encrypt with another key: tappaas_backup with .*Nothing was taken in/);
    assert.equal(existsSync(join(site.places.root, "taken/other")), false);
  });

  it("write nothing in the clear when somebody took the key file off the nodes; the next up says so and puts it back", async () => {
    rmSync(join(site.places.lab, PRIVATE, "tappaas_backup.enc"));
    runBackups(site);
    assert.equal((await snapshots()).length, 5);

    const { code, stderr } = await command("up", "--yes");
    assert.equal(code, 0, stderr);
    assert.match(stderr, /encryptionKeyFingerprint: "[0-9a-f:]+" was left, nothing is there/);
    assert.match(stderr, /PVE refuses to back up, or writes in the clear/);
    assert.deepEqual(fileOfStorage("enc"), keyBefore);

    runBackups(site);
    const all = await snapshots();
    assert.equal(all.length, 10);
    assert.ok(all.every(({ encryptedWith }) => encryptedWith !== undefined));
  });

  it("can be another key from one night on: each night is read with the sheet of its key, and not with the other's", async () => {
    const { address, fingerprint: pinned } = site.sheet.pbs["backup"] ?? assert.fail("The lab has no backup server.");
    const at = (file: string) => join(site.places.root, "second", file);
    const files = ["--key-file", at("key.age"), "--identity-file", at("id.txt"), "--escrow-file", at("escrow.txt")];
    const where = [
      "--site",
      "single-node",
      "--pbs",
      address,
      "--pbs-fingerprint",
      pinned,
      "--datastore",
      "tappaas_backup",
    ];
    const minted = await site.stack.command(["key", "mint", ...files, ...where, "--json"], {
      ...{ quiet: true, env: { TAPPAAS_REHEARSAL: "1" } },
    });
    assert.equal(minted.code, 0, minted.stderr);
    const { fingerprint } = JSON.parse(minted.stdout) as { fingerprint: string };
    const former = new Date(Math.max(...(await snapshots()).map(({ time }) => time.getTime())));
    changeSettings(site, (settings) => ({
      ...settings,
      key: { fingerprint, file: at("key.age"), identityFile: at("id.txt") },
    }));

    const refused = await command("up", "--yes");
    assert.equal(refused.code, 1);
    assert.match(refused.stderr, /gives way to .*what the old one encrypted needs the old one[^]*weaken-encryption/);
    assert.deepEqual(fileOfStorage("enc"), keyBefore);

    const accepted = { object: "pve:PbsStorage/tappaas_backup", change: "weaken-encryption", who: "me", why: "stolen" };
    writeFileSync(join(site.places.site, "acceptances.json"), JSON.stringify([accepted]));
    const { code, stderr } = await command("up", "--yes");
    assert.equal(code, 0, stderr);
    assert.notDeepEqual(fileOfStorage("enc"), keyBefore);
    runBackups(site);

    const second = { ...site, places: { ...site.places, escrowFile: at("escrow.txt") } };
    const readBack = (by: LabSite, to: string, before?: Date) =>
      restoreOnLab(by, { guest: "identity", to, node: "spare", ...(before !== undefined && { before }) });
    assert.equal((await readBack(second, "9141")).code, 0);
    assert.equal((await readBack(site, "9142", former)).code, 0);
    assert.notEqual((await readBack(second, "9143", former)).code, 0);
    assert.notEqual((await readBack(site, "9144")).code, 0);
  });
});
