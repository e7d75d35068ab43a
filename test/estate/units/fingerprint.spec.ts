import { strict as assert } from "node:assert";

import fc from "fast-check";

import { fingerprint, fingerprintOfBytes, isFingerprint, shortFingerprint } from "../../../estate/units/fingerprint";

describe("a fingerprint", () => {
  it("is the same with colons and without, in either case", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), (bytes) => {
        const canonical = fingerprintOfBytes(bytes);
        const plain = canonical.replaceAll(":", "");
        for (const form of [canonical, plain, canonical.toUpperCase(), plain.toUpperCase()]) {
          assert.ok(isFingerprint(form));
          assert.equal(fingerprint(form), canonical);
        }
      }),
    );
  });

  it("is shortened to its first eight bytes", () => {
    assert.equal(shortFingerprint("0e:ab:d4:46:0b:6e:b9:ca".padEnd(95, ":00")), "0e:ab:d4:46:0b:6e:b9:ca");
  });

  for (const text of ["", "0e:ab", "g".repeat(64), "0".repeat(63), `${"0".repeat(64)}:`]) {
    it(`is not "${text}"`, () => {
      assert.equal(isFingerprint(text), false);
      assert.throws(() => fingerprint(text), RangeError);
    });
  }
});
