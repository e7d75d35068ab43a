import { strict as assert } from "node:assert";

import { BackupBucket, backupBucketProblems } from "../../../components/offsite/backup-bucket";
import { mockPulumi, type Registrations, valueOf } from "../../support/mocks";

const USER = "aws:iam/user:User";
const POLICY = "aws:iam/userPolicy:UserPolicy";

describe("a bucket for copies of backups, declared", () => {
  let registrations: Registrations;

  beforeEach(async () => {
    registrations = await mockPulumi(({ type }) => (type.endsWith("AccessKey") ? { secret: "SECRET" } : {}));
  });

  const declare = async (more: object = {}) => {
    const declared = new BackupBucket("copies", { bucket: "my-backups", ...more });
    await Promise.all([
      valueOf(declared.bucket),
      valueOf(declared.home.secretKey),
      valueOf(declared.cleaner.secretKey),
    ]);
    return declared;
  };
  const actionsOf = (user: string) => {
    const { policy } = registrations.ofType(POLICY)[user] as { policy: string };
    const { Statement } = JSON.parse(policy) as { Statement: { Effect: string; Action: string[]; Resource: string }[] };
    assert.deepEqual([...new Set(Statement.map(({ Effect }) => Effect))], ["Allow"]);
    assert.ok(Statement.every(({ Resource }) => Resource.startsWith("arn:aws:s3:::my-backups")));
    return Statement.flatMap(({ Action }) => Action);
  };

  it("keeps old versions, is not public, and has neither Object Lock nor a cold tier", async () => {
    await declare({ undeleteDays: 60, mode: "ordinary" });
    const inputs = (type: string) => Object.values(registrations.ofType(type))[0]!;
    assert.deepEqual(inputs("aws:s3/bucket:Bucket"), { bucket: "my-backups", forceDestroy: false });
    const versions = inputs("aws:s3/bucketVersioning:BucketVersioning");
    assert.deepEqual(versions["versioningConfiguration"], { status: "Enabled" });
    const blocks = inputs("aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock");
    assert.deepEqual(Object.values(blocks).toSorted(), ["my-backups", true, true, true, true]);
    const rules = JSON.stringify(inputs("aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration"));
    assert.match(rules, /"noncurrentDays":60/);
    assert.doesNotMatch(rules, /transition|"days"|"date"/i);
  });

  it("ends no old version of an append-only bucket by age: what was overwritten with home's key stays until somebody looks", async () => {
    await declare();
    const type = "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration";
    assert.doesNotMatch(JSON.stringify(registrations.ofType(type)), /noncurrent/i);
  });

  it("gives home no right to delete, none to see or remove old versions, and none over the bucket itself", async () => {
    await declare();
    const actions = actionsOf("copies-home");
    assert.deepEqual(
      actions.filter((one) => /Delete|Version$|Versions|s3:Put(?!Object$)|\*/.test(one)),
      [],
    );
    assert.ok(
      actions.includes("s3:PutObject") && actions.includes("s3:GetObject") && actions.includes("s3:ListBucket"),
    );
  });

  it("lets home delete when it is told so, and versions never", async () => {
    await declare({ mode: "ordinary" });
    const deletes = actionsOf("copies-home").filter((one) => one.includes("Delete"));
    assert.deepEqual(deletes, ["s3:DeleteObject"]);
  });

  it("lets who cleans it take it back, and change nothing of the bucket itself", async () => {
    await declare();
    const actions = actionsOf("copies-cleaner");
    assert.ok(actions.includes("s3:DeleteObjectVersion") && actions.includes("s3:ListBucketVersions"));
    assert.deepEqual(
      actions.filter((one) => /PutBucket|PutLifecycle|DeleteBucket|\*/.test(one)),
      [],
    );
    assert.deepEqual(Object.keys(registrations.ofType(USER)).toSorted(), ["copies-cleaner", "copies-home"]);
  });

  it("stays with everything in it when it leaves the program", async () => {
    await declare();
    for (const type of ["aws:s3/bucket:Bucket", "aws:s3/bucketVersioning:BucketVersioning"]) {
      const { protect, retainOnDelete } = registrations.optionsOf("copies", type);
      assert.deepEqual([protect, retainOnDelete], [true, true], type);
    }
  });

  it("keeps the keys of who fills and who cleans it when they leave the program", async () => {
    await declare();
    for (const type of [USER, POLICY, "aws:iam/accessKey:AccessKey"]) {
      const { protect, retainOnDelete } = registrations.optionsOf("copies-home", type);
      assert.deepEqual([protect, retainOnDelete], [true, true], type);
    }
  });

  it("names all that is wrong at once", () => {
    const paths = backupBucketProblems({ bucket: "Not.A.Bucket", undeleteDays: 0 }).map(({ path }) => path);
    assert.deepEqual(paths, ["bucket", "undeleteDays"]);
    assert.deepEqual(backupBucketProblems({ bucket: "my-backups" }), []);
  });
});
