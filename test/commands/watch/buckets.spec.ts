import { strict as assert } from "node:assert";

import { bucketAlarms, type SeenBucket } from "../../../commands/watch/buckets";

const NOW = new Date("2026-11-28T12:00:00Z");
const ago = (days: number) => new Date(NOW.getTime() - days * 86_400_000);
const said = (seen: SeenBucket | string) =>
  bucketAlarms([{ name: "bucket" }], { bucket: seen }, NOW).map(({ what, text }) => `${what}: ${text}`);

describe("a bucket that only somebody elsewhere can clean", () => {
  it("is said when nobody has for a month, with what to do and where", () => {
    assert.match(
      said({ cleaned: ago(31), known: ago(300) }).join(),
      /^bucket bucket: it was last cleaned 31 days ago, and grows until it is: make s3-clean, on a machine that is not at home/,
    );
    assert.match(said({ cleaned: undefined, known: ago(40) }).join(), /was never cleaned in its 40 days/);
  });

  it("is said when it does not answer", () => {
    assert.deepEqual(said("connection refused"), ["bucket bucket: it does not answer: connection refused"]);
  });

  it("is not talked about while it is cleaned, while it is new, and where nobody wrote anything down", () => {
    assert.deepEqual(said({ cleaned: ago(30), known: ago(300) }), []);
    assert.deepEqual(said({ cleaned: undefined, known: ago(30) }), []);
    assert.deepEqual(said({ cleaned: undefined, known: undefined }), []);
    assert.deepEqual(bucketAlarms([{ name: "bucket" }], {}, NOW), []);
  });
});
