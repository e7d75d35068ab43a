import { strict as assert } from "node:assert";

import { labBuckets } from "../../../tools/lab-site/buckets";
import { placesOf } from "../../../tools/lab-site/places";

const sheet = { ca: "", prefix: "127.0.0", nodes: {}, pbs: {} };

describe("the copies elsewhere of a site that stands on the lab", () => {
  it("are those of its settings, and none is made up", () => {
    assert.deepEqual(labBuckets(placesOf(), sheet, undefined), { offsite: {}, logins: {} });
    const vault = { kind: "vault", place: "my sister's house", reader: "vault@pbs" };
    assert.deepEqual(labBuckets(placesOf(), sheet, { vault }), { offsite: { vault }, logins: {} });
  });
});
