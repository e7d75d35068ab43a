import { strict as assert } from "node:assert";

import fc from "fast-check";

import {
  expectKey,
  fingerprintOfKey,
  KeyError,
  mintBackupKey,
  parseBackupKey,
} from "../../../provider/keys/backup-key";

/** The key 00 01 … 1f, whose fingerprint PBS' own unit tests fix. */
const KNOWN = Uint8Array.from({ length: 32 }, (_, index) => index);
const KNOWN_FINGERPRINT =
  "0e:ab:d4:46:0b:6e:b9:ca:34:50:23:de:e2:b7:78:c7:90:e5:4a:16:83:b9:65:9c:0a:57:ae:19:90:90:15:9b";
const KNOWN_FIELDS = {
  kdf: null,
  created: "2026-11-21T21:00:00+00:00",
  modified: "2026-11-21T21:00:00+00:00",
  data: Buffer.from(KNOWN).toString("base64"),
  fingerprint: KNOWN_FINGERPRINT,
};

function refusal(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    assert.ok(error instanceof KeyError);
    return error.message;
  }
  throw new assert.AssertionError({ message: "nothing was refused" });
}

function refusalOf(changes: Record<string, unknown>): string {
  return refusal(() => parseBackupKey(JSON.stringify({ ...KNOWN_FIELDS, ...changes })));
}

describe("a backup key", () => {
  it("has the fingerprint that Proxmox Backup Server computes", () => {
    assert.equal(fingerprintOfKey(KNOWN), KNOWN_FINGERPRINT);
    assert.equal(parseBackupKey(JSON.stringify(KNOWN_FIELDS)).fingerprint, KNOWN_FINGERPRINT);
  });

  it("is minted in the form that PBS takes: no passphrase, whole seconds, its own fingerprint", () => {
    const { json, fingerprint } = mintBackupKey(new Date("2026-11-21T21:00:00.789Z"));
    const { data, ...fields } = JSON.parse(json) as Record<string, unknown>;

    assert.deepEqual(fields, {
      kdf: null,
      created: KNOWN_FIELDS.created,
      modified: KNOWN_FIELDS.modified,
      fingerprint,
    });
    assert.equal(Buffer.from(String(data), "base64").length, 32);
    assert.deepEqual(parseBackupKey(json), { json, fingerprint });
  });

  it("is another one each time", () => {
    const fingerprints = Array.from({ length: 50 }, () => mintBackupKey().fingerprint);

    assert.equal(new Set(fingerprints).size, 50);
  });

  it("is small enough to be sealed with a master key: at most 501 bytes", () => {
    assert.ok(mintBackupKey().json.length <= 501);
  });

  it("needs no fingerprint beside it, and takes one in any form", () => {
    for (const written of [undefined, null, KNOWN_FINGERPRINT.replaceAll(":", "").toUpperCase()]) {
      const json = JSON.stringify({ ...KNOWN_FIELDS, fingerprint: written });
      assert.equal(parseBackupKey(json).fingerprint, KNOWN_FINGERPRINT);
    }
  });

  it("with a fingerprint that is not its own is refused before anything is encrypted with it", () => {
    assert.match(
      refusalOf({ fingerprint: "00".repeat(32) }),
      /not its own: its data has 0e:ab:d4:46.*take another copy/,
    );
    assert.match(refusalOf({ fingerprint: "?" }), /not its own/);
  });

  it("with a passphrase is refused, with the command that removes it", () => {
    assert.match(refusalOf({ kdf: { Scrypt: {} } }), /kdf null.*key change-passphrase --kdf none/);
  });

  it("whose times PBS would refuse is refused", () => {
    assert.match(refusalOf({ created: 1_795_000_000 }), /with created such as "2026-11-21T21:00:00\+00:00"/);
    assert.match(refusalOf({ modified: "2026-11-21T21:00:00.789Z" }), /with modified/);
  });

  it("that is not the expected one is refused with both fingerprints and the cure", () => {
    const key = parseBackupKey(JSON.stringify(KNOWN_FIELDS));
    expectKey(key, KNOWN_FINGERPRINT.toUpperCase());

    const message = refusal(() => {
      expectKey(key, "ff".repeat(32));
    });
    assert.match(message, /Expected the backup key ff:ff:ff.*got 0e:ab:d4.*use the key file that belongs to this site/);
  });

  it("never shows in an error, however it is broken", () => {
    const { data } = KNOWN_FIELDS;
    const whole = JSON.stringify(KNOWN_FIELDS);
    const cut = fc.integer({ min: 0, max: whole.length - 1 });
    fc.assert(
      fc.property(cut, fc.string({ maxLength: 3 }), (at, inserted) => {
        const broken = whole.slice(0, at) + inserted + whole.slice(at + 1);
        let message = "";
        try {
          parseBackupKey(broken);
        } catch (error) {
          assert.ok(error instanceof KeyError);
          message = `${error.message}${String(error.cause)}`;
        }
        for (let start = 0; start + 8 <= data.length; start++)
          assert.ok(!message.includes(data.slice(start, start + 8)));
      }),
    );
  });
});
