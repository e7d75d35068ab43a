import { strict as assert } from "node:assert";

import { withPlace } from "../../../commands/restore/elsewhere";
import { mintBackupKey } from "../../../provider/keys/backup-key";

const HOME = Array.from({ length: 32 }, () => "0e").join(":");
const VAULT = Array.from({ length: 32 }, () => "a1").join(":");

describe("A guest that is read back from another place than the sheet names", () => {
  const place = { address: "10.0.0.12", port: 8007, tlsFingerprint: HOME, datastore: "main", namespace: "site" };
  const escrow = { site: "home", date: "2026-11-26", ...place, key: mintBackupKey() };

  it("is read with the sheet's key, and nothing of home's place is trusted there", () => {
    const there = withPlace(escrow, { pbs: "vault.example:8443", datastore: "copies", pbsFingerprint: VAULT });
    assert.deepEqual(there, {
      ...escrow,
      address: "vault.example",
      port: 8443,
      tlsFingerprint: VAULT,
      datastore: "copies",
      namespace: "",
    });
    assert.equal(withPlace(escrow, { pbs: "10.8.0.9", datastore: "copies" }).tlsFingerprint, undefined);
    assert.equal(withPlace(escrow, { pbs: "10.8.0.9", datastore: "copies", namespace: "a/b" }).namespace, "a/b");
  });

  it("is read from home where nothing else is said", () => {
    assert.equal(withPlace(escrow, {}), escrow);
  });

  it("is not looked for in half a place", () => {
    assert.throws(() => withPlace(escrow, { datastore: "copies" }), /Cure: say --pbs too/);
    assert.throws(() => withPlace(escrow, { pbs: "10.8.0.9" }), /Cure: say --datastore/);
    assert.throws(
      () => withPlace(escrow, { pbs: "https://10.8.0.9", datastore: "a" }),
      /Cure: say its name or address/,
    );
    const broken = { pbs: "10.8.0.9", datastore: "copies", pbsFingerprint: "none" };
    assert.throws(() => withPlace(escrow, broken), /Expected 32 bytes in hex/);
  });
});
