import { strict as assert } from "node:assert";

import fc from "fast-check";

import { isSize, sizeFromTappaas, sizeOf, toBytes, type Size } from "../../../estate/units/size";

describe("a size", () => {
  it("says every number of bytes exactly, and back", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }), (bytes) => {
        assert.ok(isSize(sizeOf(bytes)));
        assert.equal(toBytes(sizeOf(bytes)), bytes);
      }),
    );
  });

  it("takes the largest unit that is exact", () => {
    assert.equal(sizeOf(32 * 1024 ** 3), "32 GiB");
    assert.equal(sizeOf(1_536 * 1024 ** 2), "1536 MiB");
    assert.equal(sizeOf(0), "0 B");
    assert.equal(sizeOf(1), "1 B");
  });

  it("is read from TAPPaaS' short form as PVE reads it", () => {
    assert.equal(sizeFromTappaas("32G"), "32 GiB");
    assert.equal(sizeFromTappaas("1024M"), "1 GiB");
    assert.equal(toBytes(sizeFromTappaas("4T")), 4 * 1024 ** 4);
  });

  for (const text of ["32", "32GB", "32 GB", "1.5 GiB", "-1 GiB", "9000 TiB", ""]) {
    it(`is not "${text}"`, () => {
      assert.equal(isSize(text), false);
      assert.throws(() => toBytes(text as Size), RangeError);
    });
  }

  for (const text of ["32", "32GB", "32 G", "1.5G", "G"]) {
    it(`in TAPPaaS' short form is not "${text}"`, () => {
      assert.throws(() => sizeFromTappaas(text), /Expected a size such as "32G"/);
    });
  }
});
