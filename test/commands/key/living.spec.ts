import { strict as assert } from "node:assert";

import { expectLivingKey } from "../../../commands/key/living";
import { mintBackupKey } from "../../../provider/keys/backup-key";

const key = mintBackupKey();
const other = mintBackupKey();
const PLACE = { server: "10.0.0.12", datastore: "main" };
const entry = (storage: string, fingerprint: string | undefined, server = PLACE.server) => ({
  ...{ storage, type: "pbs", server, datastore: "main", port: undefined, namespace: undefined, username: undefined },
  ...{ fingerprint: undefined, "master-pubkey": undefined, nodes: undefined, disable: undefined },
  "encryption-key": fingerprint,
});

describe("a key that is taken in", () => {
  it("is the one with which the nodes encrypt into that place", () => {
    expectLivingKey(key, [entry("vault", key.fingerprint.toUpperCase())], PLACE);
    expectLivingKey(key, [entry("vault", key.fingerprint, "backup.home")], PLACE);
  });

  it("is refused when the nodes encrypt with another, and told which", () => {
    assert.throws(
      () => {
        expectLivingKey(key, [entry("vault", other.fingerprint)], PLACE);
      },
      (error: Error) => {
        assert.match(error.message, /The nodes encrypt with another key: vault with .*Nothing was taken in/);
        assert.ok(error.message.includes(other.fingerprint.slice(0, 23)));
        return !error.message.includes("data");
      },
    );
  });

  it("is not let in by the key of a storage that leads elsewhere", () => {
    const elsewhere = entry("old", key.fingerprint, "10.0.0.99");
    assert.throws(() => {
      expectLivingKey(key, [entry("vault", other.fingerprint), elsewhere], PLACE);
    }, /vault with/);
  });

  it("is refused where no storage has a key, or one that does not say which it is", () => {
    assert.throws(() => {
      expectLivingKey(key, [entry("vault", undefined)], PLACE);
    }, /No storage of the nodes has a key .*--expect/s);
    assert.throws(() => {
      expectLivingKey(key, [entry("vault", "1")], PLACE);
    }, /vault with a key without a fingerprint/);
  });
});
