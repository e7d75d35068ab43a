import { strict as assert } from "node:assert";

import { encryptionKey, parseKeyFile } from "../../../../lab/pbs/store/encryption-key";
import { keyFile } from "../support/pbs-under-test";

describe("a PBS key", () => {
  it("has the fingerprint by which PBS itself knows it", () => {
    // Test vector of PBS 4.2: pbs-key-config, key of bytes 0 to 31.
    const { fingerprint } = encryptionKey(Buffer.from(Array.from({ length: 32 }, (_, index) => index)));
    assert.match(fingerprint, /^0e:ab:d4:46:0b:6e:b9:ca:/);
  });

  it("opens with its fingerprint, with plain hex, and with none", () => {
    const { fingerprint } = encryptionKey(Buffer.alloc(32, 1));
    for (const claimed of [fingerprint, fingerprint.replaceAll(":", ""), undefined]) {
      assert.equal(parseKeyFile(keyFile(1, { fingerprint: claimed })).fingerprint, fingerprint);
    }
  });

  it("is refused under another key's fingerprint, so that no backup is made with a mixed-up file", () => {
    // Text observed on PBS 4.2.3.
    const other = encryptionKey(Buffer.alloc(32, 2)).fingerprint;
    assert.throws(() => parseKeyFile(keyFile(1, { fingerprint: other })), {
      message:
        /^KeyConfig contains wrong fingerprint (?:[0-9a-f]{2}:){7}[0-9a-f]{2}, contained key has fingerprint (?:[0-9a-f]{2}:){7}[0-9a-f]{2}$/,
    });
  });

  const broken: readonly { name: string; text: string }[] = [
    { name: "with a passphrase, which nobody is there to type", text: keyFile(1, { kdf: { Scrypt: {} } }) },
    { name: "with a fraction in its time", text: keyFile(1, { created: "2026-01-02T03:04:05.123Z" }) },
    { name: "with a number as its time", text: keyFile(1, { modified: 1_767_322_800 }) },
    { name: "of 16 bytes", text: keyFile(1, { data: Buffer.alloc(16).toString("base64") }) },
    { name: "that is no JSON", text: "-----BEGIN" },
  ];
  for (const { name, text } of broken) {
    it(`is refused ${name}`, () => {
      assert.throws(() => parseKeyFile(text), /^Error: unable to load encryption key: /);
    });
  }
});
