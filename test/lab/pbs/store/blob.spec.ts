import { strict as assert } from "node:assert";
import { randomBytes } from "node:crypto";

import { chunkDigest, decodeBlob, encodeBlob, isEncrypted, rejectBrokenBlob } from "../../../../lab/pbs/store/blob";
import { encryptionKey } from "../../../../lab/pbs/store/encryption-key";

const key = encryptionKey(Buffer.alloc(32, 1));
const other = encryptionKey(Buffer.alloc(32, 2));
const contents = [Buffer.alloc(0), Buffer.alloc(100_000, "a"), randomBytes(5_000)];

describe("a blob", () => {
  it("gives back the bytes that went in, with and without a key", () => {
    for (const data of contents) {
      assert.deepEqual(decodeBlob(encodeBlob(data)), data);
      assert.deepEqual(decodeBlob(encodeBlob(data, key), key), data);
    }
  });

  it("opens with no other key, and shows nothing without one", () => {
    const blob = encodeBlob(Buffer.from("the letters of a person"), key);
    assert.throws(() => decodeBlob(blob, other), /authentication tag does not match/);
    assert.throws(() => decodeBlob(blob), /missing CryptConfig/);
    assert.equal(blob.includes("letters"), false);
    assert.ok(isEncrypted(blob));
  });

  it("is known as broken when one bit has turned", () => {
    const blob = encodeBlob(contents[2]!, key);
    blob.writeUInt8(blob.readUInt8(50) ^ 1, 50);
    assert.throws(() => rejectBrokenBlob(blob), /wrong CRC checksum/);
  });

  it("shares its name only within one key, so that two keys never share a chunk", () => {
    const digests = [chunkDigest(contents[1]!), chunkDigest(contents[1]!, key), chunkDigest(contents[1]!, other)];
    assert.equal(new Set(digests).size, 3);
    assert.equal(chunkDigest(contents[1]!, key), digests[1]);
  });
});
