import { strict as assert } from "node:assert";

import fc from "fast-check";

import { asUtc, fromUtc, isTimeZone, localTimeOf } from "../../../estate/units/local-time";

describe("local time", () => {
  it("is what the wall clock shows, on both sides of a change to summer time", () => {
    assert.equal(localTimeOf(new Date("2026-03-29T00:59:59Z"), "Europe/Amsterdam"), "2026-03-29T01:59:59");
    assert.equal(localTimeOf(new Date("2026-03-29T01:00:00Z"), "Europe/Amsterdam"), "2026-03-29T03:00:00");
    assert.equal(localTimeOf(new Date("2026-11-20T23:00:00Z"), "Europe/Amsterdam"), "2026-11-21T00:00:00");
  });

  it("is UTC's own in UTC", () => {
    const instants = fc.date({
      min: new Date("1971-01-01T00:00:00Z"),
      max: new Date("2199-01-01T00:00:00Z"),
      noInvalidDate: true,
    });
    fc.assert(
      fc.property(instants, (instant) => {
        assert.equal(localTimeOf(instant, "Etc/UTC"), fromUtc(instant));
        assert.equal(fromUtc(asUtc(fromUtc(instant))), fromUtc(instant));
      }),
    );
  });

  for (const text of ["2026-02-30T00:00:00", "2026-11-21", "2026-11-21T24:00:00", "2026-11-21T21:00:00Z", ""]) {
    it(`is not "${text}"`, () => {
      assert.throws(() => asUtc(text), /Expected a local time/);
    });
  }

  it("knows zones by their names", () => {
    assert.equal(isTimeZone("Europe/Amsterdam"), true);
    assert.equal(isTimeZone("Middle/Earth"), false);
  });
});
