import { strict as assert } from "node:assert";

import { type OpenBucket } from "../../../commands/bucket/bucket-login";
import { clean } from "../../../commands/bucket/clean";
import { bucketCopiesOf } from "../../../estate/offsite-settings";
import { settingsWith } from "../../estate/site";

const BUCKET = {
  ...{ kind: "s3", place: "AWS, Frankfurt", into: { datastore: "s3-copies", path: "/cache" } },
  bucket: { endpoint: "s3.example.org", region: "eu-central-1", name: "one", accessKey: "AK1" },
};

/** What a cleaning of an empty bucket says, where a rule of its own ends old versions. */
async function said(mode: string, undeleteDays: number | undefined): Promise<string> {
  const [copy] = bucketCopiesOf(settingsWith({ offsite: { bucket: { ...BUCKET, mode } } }));
  const bucket = {
    undeleteDays: () => Promise.resolve(undeleteDays),
    read: () => Promise.resolve(undefined),
    versions: () => [],
    place: { bucket: "one" },
  };
  const lines: string[] = [];
  const talk = { say: (line: string) => lines.push(line), confirm: () => Promise.resolve(false) };
  const order = { dryRun: true, timeZone: "UTC", now: new Date("2026-11-21T14:00:00Z") };
  await clean({ bucket, copy } as unknown as OpenBucket, order, talk as never);
  return lines.join("\n");
}

describe("cleaning a bucket", () => {
  it("says that a rule of the bucket ends what somebody overwrote, after so many days, and how to keep it", async () => {
    assert.match(
      await said("append-only", 30),
      /ends old versions after 30 days.*overwrites every backup[\s\S]*Cure: take the rule/,
    );
    assert.doesNotMatch(await said("append-only", undefined), /lifecycle rule/);
  });

  it("takes the same rule of an ordinary bucket for what it is there: its window", async () => {
    assert.doesNotMatch(await said("ordinary", 30), /lifecycle rule/);
  });
});
