import { strict as assert } from "node:assert";
import { constants, publicEncrypt } from "node:crypto";

import { KeyError, mintBackupKey } from "../../../provider/keys/backup-key";
import { belongsTo, mintMasterKey, openWithMasterKey, type MasterKey } from "../../../provider/keys/master-key";

const PASSPHRASE = "correct horse battery";

describe("a master key", function () {
  this.timeout(30_000);
  const key = mintBackupKey(new Date("2026-11-21T21:00:00Z"));
  let master: MasterKey;
  let other: MasterKey;

  before(async () => {
    [master, other] = await Promise.all([mintMasterKey(PASSPHRASE), mintMasterKey(PASSPHRASE)]);
  });

  const inBackup = ({ publicKey }: MasterKey) =>
    publicEncrypt({ key: publicKey, padding: constants.RSA_PKCS1_PADDING }, Buffer.from(key.json));

  it("gives back the key of a backup, as PBS's client encrypts it, to whoever has the sheet and the passphrase", () => {
    const encrypted = inBackup(master);
    assert.equal(encrypted.length, 512);
    assert.deepEqual(openWithMasterKey(master.privateKey, PASSPHRASE, encrypted), key);
  });

  it("is of no use without the passphrase, and nothing of it stands in the error", () => {
    assert.ok(master.privateKey.startsWith("-----BEGIN ENCRYPTED PRIVATE KEY-----"));
    assert.throws(
      () => openWithMasterKey(master.privateKey, "another phrase", inBackup(master)),
      (error) => error instanceof KeyError && error.message.includes("passphrase is another"),
    );
  });

  it("of another date does not open it, and says so", () => {
    for (const encrypted of [inBackup(other), Buffer.alloc(512, 0xff), Buffer.alloc(3)]) {
      assert.throws(() => openWithMasterKey(master.privateKey, PASSPHRASE, encrypted), /sheet of another date/);
    }
  });

  it("is told from another by its public half", () => {
    assert.equal(belongsTo(master, PASSPHRASE), true);
    assert.equal(belongsTo({ ...master, publicKey: other.publicKey }, PASSPHRASE), false);
  });

  it("is not made with a passphrase that is soon guessed", async () => {
    await assert.rejects(mintMasterKey("short"), /12 characters or more, got 5/);
  });
});
