import { strict as assert } from "node:assert";

import * as fc from "fast-check";

import { asWritten } from "../../../estate/units/written-moment";

describe("a day or a moment in the settings", () => {
  it("is the same with quotes and without", () => {
    const seen = { until: "2027-01-31 00:00:00 +0000 UTC", list: [{ at: "2026-11-26 10:15:00 +0000 UTC" }], count: 3 };
    assert.deepEqual(asWritten(seen), { until: "2027-01-31", list: [{ at: "2026-11-26T10:15:00Z" }], count: 3 });
  });

  it("is all that is changed: any other value stays as it is", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        assert.deepEqual(asWritten(value), value);
      }),
    );
    assert.equal(asWritten("21:00"), "21:00");
    assert.equal(asWritten("2027-01-31"), "2027-01-31");
  });
});
