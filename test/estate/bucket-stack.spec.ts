import { strict as assert } from "node:assert";

import { parseBucketStackSettings } from "../../estate/bucket-stack-settings";
import { valueOf } from "../../estate/problem";
import { lines } from "./site";

const WRITTEN = { role: "bucket", site: "sites/bucket", region: "eu-central-1", bucket: "my-backups" };

describe("the settings of a bucket's own stack", () => {
  it("make one that home cannot delete from, and that gives back for 30 days, without a word more", () => {
    const { mode, undeleteDays, accessKey, api } = valueOf(parseBucketStackSettings(WRITTEN), "settings");
    assert.deepEqual([mode, undeleteDays, accessKey, api], ["append-only", 30, undefined, undefined]);
  });

  it("are refused with each thing that is wrong by its path, and hold no secret", () => {
    const wrong = { ...WRITTEN, region: "Frankfurt", bucket: "A", undeleteDays: 0, mode: "locked", secretKey: "x" };
    const said = lines(parseBucketStackSettings(wrong)).join("\n");
    for (const path of ["region", "bucket", "undeleteDays", "mode", "secretKey"]) assert.ok(said.includes(path), path);
  });
});
