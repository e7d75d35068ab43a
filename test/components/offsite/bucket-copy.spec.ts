import { strict as assert } from "node:assert";

import { Datastore } from "../../../components/backup/datastore";
import { BucketCopy, bucketCopyProblems } from "../../../components/offsite/bucket-copy";
import { mockPulumi, type Registrations, valueOf } from "../../support/mocks";

const PLACE = { endpoint: "{{bucket}}.s3.{{region}}.amazonaws.com", region: "eu-central-1", bucket: "my-backups" };
const WHERE = { place: PLACE, accessKey: "AK1", datastore: "s3-copies", cache: "/tankc1/s3-cache" };

describe("a copy in a bucket, declared", () => {
  let registrations: Registrations;

  beforeEach(async () => {
    registrations = await mockPulumi(() => ({}));
  });

  const declare = async (more: Partial<ConstructorParameters<typeof BucketCopy>[1]> = {}) => {
    const source = new Datastore("store", { datastore: "main", path: "/tankc1/main" });
    const copy = new BucketCopy("bucket", { source, ...WHERE, secretKey: "SECRET", ...more });
    await Promise.all([valueOf(copy.syncJob), valueOf(copy.datastore)]);
  };

  it("is filled with what is encrypted, keeps what the source deletes, and is never pruned from home", async () => {
    await declare();
    const promises = { encryptedOnly: true, removeVanished: false, resyncCorrupt: true };
    assert.deepEqual(registrations.ofType("resilience:pbs:SyncJob"), {
      bucket: { jobId: "to-s3-copies", store: "s3-copies", remoteStore: "main", schedule: "06:00", ...promises },
    });
    assert.deepEqual(registrations.ofType("resilience:pbs:PruneJob"), {});
    const store = registrations.ofType("resilience:pbs:S3Datastore")["bucket"] ?? {};
    assert.deepEqual([store["mode"], "gcSchedule" in store], ["append-only", false]);
  });

  it("is pruned and freed from home when home's key may delete", async () => {
    await declare({ mode: "ordinary", keep: { keepDaily: 3 } });
    const job = { jobId: "prune-s3-copies", store: "s3-copies", schedule: "09:30", keepDaily: 3, maxDepth: 7 };
    assert.deepEqual(registrations.ofType("resilience:pbs:PruneJob"), { bucket: job });
    assert.equal(registrations.ofType("resilience:pbs:S3Datastore")["bucket"]?.["gcSchedule"], "10:30");
  });

  it("stays in the bucket when it leaves the program, and its secret is marked as one", async () => {
    await declare();
    for (const type of ["resilience:pbs:S3Datastore", "resilience:pbs:S3Endpoint"]) {
      const { protect, retainOnDelete } = registrations.optionsOf("bucket", type);
      assert.deepEqual([protect, retainOnDelete], [true, true]);
      const secrets = registrations.requestOf("bucket", type).getAdditionalsecretoutputsList();
      assert.deepEqual(secrets, type.endsWith("Endpoint") ? ["secretKey"] : ["secretKey", "formerSecretKey"]);
    }
  });

  it("keeps its parts where the state of a site that has one knows them", async () => {
    await declare({ mode: "ordinary" });
    for (const type of ["S3Datastore", "S3Endpoint", "PruneJob", "SyncJob"]) {
      const parent = registrations.requestOf("bucket", `resilience:pbs:${type}`).getParent();
      assert.match(parent, /::tappaas:offsite:BucketCopy::bucket$/, type);
    }
  });

  it("is taken over with the key of the server that is gone, which is never its own", async () => {
    await declare({ reattach: "backup", formerKey: { accessKey: "AK0", secretKey: "OLD" } });
    const { reattach, formerKey, formerSecretKey } = registrations.ofType("resilience:pbs:S3Datastore")["bucket"] ?? {};
    assert.deepEqual([reattach, formerKey], ["backup", "AK0"]);
    assert.equal((formerSecretKey as { value?: unknown }).value, "OLD");
    const own = { ...WHERE, formerKey: { accessKey: "AK1", secretKey: "OLD" } };
    assert.match(bucketCopyProblems(own)[0]!.reason, /expected a key of this PBS's own, and AK1 is that of the host/);
  });

  it("names all that is wrong at once", () => {
    const place = { endpoint: "https://s3", region: "EU", bucket: "A", fingerprint: "none" };
    const wrong = { place, accessKey: "", datastore: "a", cache: "relative", workerThreads: 33 };
    assert.deepEqual(
      bucketCopyProblems(wrong).map(({ path }) => path),
      [
        ...["datastore", "cache", "place.fingerprint", "place.endpoint", "place.region", "place.bucket", "accessKey"],
        "workerThreads",
      ],
    );
    assert.deepEqual(bucketCopyProblems(WHERE), []);
  });
});
