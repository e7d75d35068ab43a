import { strict as assert } from "node:assert";

import { diff, read, update } from "../../../provider/objects/life-cycle";
import { pbsStorage } from "../../../provider/objects/pbs-storage";
import { Refused } from "../support/fake-server";
import { eachOnItsOwnSite, known, KEY_FINGERPRINT } from "../support/test-site";

const TOKEN = "tappaas@pbs!pve";
const OTHER_KEY = KEY_FINGERPRINT.replaceAll("0e", "0f");
const PLACE = { storage: "vault", server: "10.0.0.9", datastore: "main", username: TOKEN };
const WANTED = { ...PLACE, password: "the-token-secret", encryptionKeyFingerprint: KEY_FINGERPRINT };
const SEEN = { ...WANTED, adopted: false };

describe("The key of a storage entry", () => {
  const own = eachOnItsOwnSite();
  const backup = (vmid: number, encrypted: string | undefined) => {
    own.at.pve.backups.push({ volid: `vault:backup/vm/${vmid}/2026-11-21T21:00:00Z`, vmid, ctime: 7, encrypted });
  };
  const keySeen = async () => (await read(pbsStorage, own.at.site, "vault", SEEN))?.outputs["encryptionKeyFingerprint"];

  beforeEach(() => {
    own.at.pbs.secrets.set(TOKEN, WANTED.password);
    own.at.pve.storages.push({ ...PLACE, type: "pbs", "encryption-key": KEY_FINGERPRINT });
    own.at.pve.opensBackups = false;
  });

  it("is there while a node reads with it what it encrypted", async () => {
    backup(110, KEY_FINGERPRINT);
    own.at.pve.opensBackups = true;
    assert.equal(await keySeen(), KEY_FINGERPRINT);
    assert.deepEqual([own.at.told, own.at.writes], [[], []]);
  });

  it("counts as none when a node cannot, whatever the entry says, and is given again", async () => {
    backup(110, KEY_FINGERPRINT);
    const found = await read(pbsStorage, own.at.site, "vault", SEEN);
    assert.equal(found?.outputs["encryptionKeyFingerprint"], undefined);
    assert.match(own.at.told.join(), /vault names the key .*a node cannot read what that key encrypted/);
    assert.deepEqual(diff(pbsStorage, found!.outputs, known(WANTED)), ["encryptionKeyFingerprint"]);

    const { outputs } = await update(pbsStorage, own.at.site, found!.outputs, known(WANTED), false);
    const sent = own.at.pve.server.seen.filter(({ method }) => method === "PUT");
    assert.deepEqual(
      sent.map(({ parameters }) => parameters["encryption-key"]),
      [own.at.key.json],
    );
    assert.equal(outputs["encryptionKeyFingerprint"], KEY_FINGERPRINT);
  });

  it("is not doubted where there is no backup yet, and not for what another key or none encrypted", async () => {
    assert.equal(await keySeen(), KEY_FINGERPRINT);
    backup(110, OTHER_KEY);
    backup(130, undefined);
    assert.equal(await keySeen(), KEY_FINGERPRINT);
  });

  it("is not doubted because nobody could look: no right, a server that is down, a PVE without that call", async () => {
    backup(110, KEY_FINGERPRINT);
    const { refusals } = own.at.pve.server;
    for (const [request, status] of [
      ["GET /nodes/tappaas1/storage/vault/file-restore/list", 403],
      ["GET /nodes/tappaas1/storage/vault/file-restore/list", 501],
      ["GET /nodes/tappaas1/storage/vault/content", 500],
    ] as const) {
      refusals.set(request, new Refused(status, JSON.stringify({ message: "no" })));
      assert.equal(await keySeen(), KEY_FINGERPRINT, request);
      refusals.clear();
    }
    assert.equal(await keySeen(), undefined);
  });
});
