import { strict as assert } from "node:assert";

import { isNewEnough, officialEngine } from "../../../tools/engine/official";

describe("an engine that is installed", () => {
  it("is used from 3.252 on, because before an import could delete what it had taken over", () => {
    const verdicts = ["v3.252.0", "v3.260.1", "v4.0.0", "v3.251.9", "v2.999.0", "", "dev"].map(isNewEnough);
    assert.deepEqual(verdicts, [true, true, true, false, false, false, false]);
  });

  it("is not assumed where PATH has none", () => {
    assert.equal(officialEngine({ PATH: "/nowhere" }), undefined);
  });
});
