import { strict as assert } from "node:assert";

import { bucketFindings, bucketProblems } from "../../estate/bucket-findings";
import { backupServerOf } from "../../estate/backup-server";
import { bucketCopiesOf, offsiteCopiesOf, offsiteProblems } from "../../estate/offsite-settings";
import { parseSettings } from "../../estate/settings";
import { inventoryOf, lines, settingsWith, writtenSettings } from "./site";

const BUCKET = {
  ...{ kind: "s3", place: "AWS, Frankfurt", into: { datastore: "s3-copies", path: "/tankc1/s3-cache" } },
  bucket: { endpoint: "{{bucket}}.s3.{{region}}.amazonaws.com", region: "eu-central-1", name: "one", accessKey: "AK1" },
};
const withBucket = (more: object = {}, name = "bucket") =>
  settingsWith({ offsite: { [name]: { ...BUCKET, ...more } } });
const problems = (settings: ReturnType<typeof settingsWith>) =>
  bucketProblems(settings, backupServerOf(settings, inventoryOf([]))).map(({ path }) => path);

describe("a copy in a bucket", () => {
  it("is append-only and filled each morning without a word more, and needs no login for somebody who fetches", () => {
    const settings = withBucket();
    const [copy] = bucketCopiesOf(settings);
    assert.deepEqual([copy?.mode, copy?.jobs.schedule, copy?.undeleteDays], ["append-only", "06:00", 30]);
    assert.deepEqual([offsiteProblems(settings), problems(settings)], [[], []]);
    const [counted] = offsiteCopiesOf(settings);
    assert.deepEqual([counted?.verified, counted?.deletedAfterDays], [false, undefined]);
  });

  it("counts as deletable by home after its window when home's key deletes, and its owner is told", () => {
    const settings = withBucket({ mode: "ordinary", undeleteDays: 10 });
    assert.equal(offsiteCopiesOf(settings)[0]?.deletedAfterDays, 10);
    assert.match(
      bucketFindings(settings)[0]?.advice ?? "",
      /deletes this copy too; the bucket gives it back for 10 days/,
    );
  });

  it("has a datastore and a cache of its own, beside the one that it copies and beside each other", () => {
    assert.deepEqual(problems(withBucket({ into: { datastore: "tappaas_backup", path: "/a" } })), [
      "offsite.bucket.into.datastore",
    ]);
    const inside = { datastore: "s3-copies", path: "/tankc1/tappaas_backup/cache" };
    assert.deepEqual(problems(withBucket({ into: inside })), ["offsite.bucket.into.path"]);
    const two = settingsWith({ offsite: { first: BUCKET, second: BUCKET } });
    assert.deepEqual(problems(two), ["offsite.second.into.datastore", "offsite.second.into.path"]);
  });

  it("shares neither name nor place with what is kept of a peer, whose secrets and endpoint go by its name", () => {
    const into = { datastore: "s3-copies", path: "/tankc1/s3-cache/bob", bucket: BUCKET.bucket };
    const bob = { address: "10.8.0.1", datastore: "main", authId: "alice@pbs!pull", into };
    const found = problems(settingsWith({ offsite: { bob: BUCKET }, peers: { bob } }));
    assert.deepEqual(found, ["offsite.bob", "offsite.bob.into.datastore", "offsite.bob.into.path"]);
  });

  it("needs a backup server that fills it, and a name that the server takes", () => {
    assert.deepEqual(problems(settingsWith({ backupServer: {}, offsite: { bucket: BUCKET } })), ["offsite.bucket"]);
    assert.deepEqual(problems(withBucket({}, "s3")), ["offsite.s3"]);
  });

  it("is told of when nothing rereads it, or when its window is short", () => {
    const paths = (more: object) => bucketFindings(withBucket(more)).map(({ path }) => path);
    assert.deepEqual(paths({}), ["offsite.bucket.jobs.verifySchedule"]);
    assert.deepEqual(paths({ undeleteDays: 3, jobs: { verifySchedule: "sun 14:00" } }), [
      "offsite.bucket.undeleteDays",
    ]);
  });

  it("is refused with each thing that is wrong by its path", () => {
    const bucket = { endpoint: "https://s3.example.org", region: "EU", name: "A", accessKey: "" };
    const written = { ...writtenSettings, offsite: { bucket: { ...BUCKET, bucket, undeleteDays: 0, mode: "locked" } } };
    const said = lines(parseSettings(written)).join("\n");
    for (const path of [
      "bucket.endpoint",
      "bucket.region",
      "bucket.name",
      "bucket.accessKey",
      "undeleteDays",
      "mode",
    ]) {
      assert.ok(said.includes(`offsite.bucket.${path}`), path);
    }
  });
});
