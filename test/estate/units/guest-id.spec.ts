import { strict as assert } from "node:assert";

import fc from "fast-check";

import { guestId, isGuestId, isVmid, parseGuestId } from "../../../estate/units/guest-id";

describe("a guest's name", () => {
  it("names one guest and is read back as it", () => {
    const vmids = fc.integer({ min: 100, max: 999_999_999 });
    fc.assert(
      fc.property(fc.constantFrom("vm" as const, "ct" as const), vmids, (kind, vmid) => {
        assert.ok(isGuestId(guestId(kind, vmid)));
        assert.deepEqual(parseGuestId(guestId(kind, vmid)), { kind, vmid });
      }),
    );
  });

  for (const text of ["vm:99", "vm:1000000000", "vm:0101", "qemu:101", "101", "vm:101 ", "vm:1e3"]) {
    it(`is not "${text}"`, () => {
      assert.equal(isGuestId(text), false);
      assert.throws(() => parseGuestId(text), /Expected a guest such as "vm:101"/);
    });
  }

  it("has a VMID that PVE would take", () => {
    assert.deepEqual([99, 100, 100.5, 999_999_999, 1_000_000_000].map(isVmid), [false, true, false, true, false]);
    assert.throws(() => guestId("vm", 99), RangeError);
  });
});
