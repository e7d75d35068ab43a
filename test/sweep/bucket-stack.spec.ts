import { strict as assert } from "node:assert";
import { readFileSync } from "node:fs";
import { Agent } from "node:https";

import { PutBucketVersioningCommand, S3Client } from "@aws-sdk/client-s3";
import { NodeHttpHandler } from "@smithy/node-http-handler";

import { S3Bucket } from "../../provider/clients/s3-bucket";
import { BUCKET_STACK, prepareLabBucket } from "../../tools/lab-site/bucket";
import { placesOf } from "../../tools/lab-site/places";
import { type LabSite } from "../../tools/lab-site/prepare";
import { type HandedKey } from "../../stacks/bucket";
import { changeSettings, run } from "../engine/support/commands";
import { inOrder } from "../engine/support/in-order";
import { exportOf, forgetLabSite, onSite } from "../engine/support/lab-site";

const NAME = "test-bucket-stack";

describe("a bucket in a stack of its own", function () {
  inOrder(this);
  let site: LabSite;
  let home: HandedKey;
  let cleaner: HandedKey;

  before(async () => {
    forget();
    site = await prepareLabBucket(NAME, "127.0.133");
  });
  after(forget);

  const opened = ({ bucket, region, accessKey, secretKey }: HandedKey) => {
    const { address: endpoint, port, fingerprint } = site.sheet.s3!;
    return new S3Bucket({ endpoint, port, region, fingerprint, bucket, accessKey, secretKey });
  };

  it("is made in one run that the rules let pass", async () => {
    const { code, stdout, stderr } = await run(site, "up", "--yes");
    assert.equal(code, 0, stdout + stderr);
    const output = ["stack", "output", "bucketKeys", "--show-secrets", "--json", "--stack", BUCKET_STACK];
    const shown = await site.stack.pulumi(output, { quiet: true });
    ({ home, cleaner } = JSON.parse(shown.stdout) as { home: HandedKey; cleaner: HandedKey });
    assert.equal(home.bucket, "example-home-copies");
  });

  it("is left as it is by a second run, and by a look at what is there", async () => {
    const again = await onSite(site, "up", "--yes", "--skip-preview", "--expect-no-changes");
    assert.equal(again.code, 0, again.stdout + again.stderr);
    const drift = await run(site, "drift");
    assert.equal(drift.code, 0, drift.stdout + drift.stderr);
  });

  it("keeps old versions until its cleaner lets them go, by no rule of age, has no Object Lock and no cold tier", async () => {
    const bucket = opened(home);
    assert.equal(await bucket.versioning(), "Enabled");
    assert.deepEqual([await bucket.hasObjectLock(), await bucket.coldClasses()], [false, []]);
    assert.equal(await bucket.undeleteDays(), undefined);
    bucket.close();
  });

  it("gives home a key that adds and reads, and deletes nothing", async () => {
    const bucket = opened(home);
    const first = await bucket.write("copies/one", "v1");
    await bucket.write("copies/one", "v2");
    assert.equal((await bucket.read("copies/one"))?.toString(), "v2");
    await assert.rejects(bucket.remove("copies/one"), /AccessDenied/);
    await assert.rejects(bucket.remove("copies/one", first), /AccessDenied/);
    await assert.rejects(bucket.versions("").next(), /AccessDenied/);
    bucket.close();
    const outside = opened(cleaner);
    await outside.bringBack("copies/one", first!);
    assert.equal((await outside.read("copies/one"))?.toString(), "v1");
    await outside.remove("copies/one", first);
    outside.close();
  });

  it("shows neither secret in clear, in the state or in its settings", async () => {
    const exported = await exportOf(site);
    for (const text of [exported, readFileSync(site.places.stackFile, "utf8")]) {
      for (const { secretKey } of [home, cleaner, site.sheet.s3!.owner]) assert.equal(text.includes(secretKey), false);
    }
  });

  it("is refused another name, which would be another, empty bucket", async () => {
    const back = changeSettings(site, (settings) => ({ ...settings, bucket: "another" }));
    const { code, stdout, stderr } = await run(site, "preview");
    back();
    assert.notEqual(code, 0);
    assert.match(stdout + stderr, /example-home-copies|bucket/);
  });

  it("shows what somebody changed from outside, and puts it back", async () => {
    const owner = opened({ ...home, ...site.sheet.s3!.owner });
    await suspendVersions(site, home.bucket);
    const drift = await run(site, "drift");
    assert.equal(drift.code, 2, drift.stdout + drift.stderr);
    assert.match(drift.stdout + drift.stderr, /BucketVersioning|versioning/i);
    const { code, stdout, stderr } = await run(site, "up", "--yes");
    assert.equal(code, 0, stdout + stderr);
    assert.equal(await owner.versioning(), "Enabled");
    owner.close();
  });

  it("stays with everything in it, and with the key of who fills it, when the program is taken off", async () => {
    const { code, stdout, stderr } = await run(site, "down", "--confirm", BUCKET_STACK);
    assert.equal(code, 0, stdout + stderr);
    const owner = opened({ ...home, ...site.sheet.s3!.owner });
    assert.equal((await owner.read("copies/one"))?.toString(), "v1");
    assert.equal(await owner.versioning(), "Enabled");
    owner.close();
    const still = opened(home);
    await still.write("copies/two", "later");
    still.close();
  });
});

/** As somebody does in the provider's console. */
async function suspendVersions({ sheet }: LabSite, Bucket: string): Promise<void> {
  const { address, port, region, owner } = sheet.s3!;
  const client = new S3Client({
    ...{ endpoint: `https://${address}:${port}`, region, forcePathStyle: true },
    credentials: { accessKeyId: owner.accessKey, secretAccessKey: owner.secretKey },
    requestHandler: new NodeHttpHandler({ httpsAgent: new Agent({ ca: readFileSync(sheet.ca) }) }),
  });
  await client.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: "Suspended" } }));
  client.destroy();
}

function forget(): void {
  forgetLabSite(NAME, placesOf(NAME, BUCKET_STACK));
}
