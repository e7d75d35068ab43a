import { strict as assert } from "node:assert";

import { Datastore } from "../../../components/backup/datastore";
import { CopyReader, copyReaderProblems } from "../../../components/offsite/copy-reader";
import { PulledCopy, pulledCopyProblems } from "../../../components/offsite/pulled-copy";
import { mockPulumi, type Registrations, valueOf } from "../../support/mocks";

const FINGERPRINT = `0E:${"ab:".repeat(30)}d4`;
const SOURCE = { address: "10.8.0.1", fingerprint: FINGERPRINT, datastore: "main", namespace: "site" };
const SITE = ({ type }: { type: string }) =>
  type === "resilience:pbs:Token" ? { tokenId: "vault@pbs!pull", secret: "SECRET", superseded: [] } : {};

describe("a copy at another place, declared", () => {
  let registrations: Registrations;

  beforeEach(async () => {
    registrations = await mockPulumi(SITE);
  });

  it("is read with a login that can do nothing else, in one namespace and below it", async () => {
    const datastore = new Datastore("store", { datastore: "main", path: "/tankc1/main" });
    const reader = new CopyReader("vault", { datastore, namespace: "site", userId: "vault@pbs" });
    await Promise.all([valueOf(reader.tokenId), valueOf(reader.secret)]);
    const right = { path: "/datastore/main/site", role: "DatastoreReader", propagate: true };
    assert.deepEqual(registrations.ofType("resilience:pbs:Acl"), {
      "vault-user": { ...right, authId: "vault@pbs" },
      "vault-token": { ...right, authId: "vault@pbs!pull" },
    });
  });

  it("is read in the root namespace alone where none is named: what lies below it stays unseen", async () => {
    const datastore = new Datastore("store", { datastore: "main", path: "/tankc1/main" });
    const reader = new CopyReader("vault", { datastore, userId: "vault@pbs" });
    await Promise.all([valueOf(reader.tokenId), valueOf(reader.secret)]);
    const rights = Object.values(registrations.ofType("resilience:pbs:Acl"));
    assert.deepEqual(
      rights.map(({ path, propagate }) => [path, propagate]),
      [
        ["/datastore/main", false],
        ["/datastore/main", false],
      ],
    );
    const root = { address: SOURCE.address, fingerprint: SOURCE.fingerprint, datastore: SOURCE.datastore };
    const login = { authId: "vault@pbs!pull", secret: "SECRET" };
    const copy = new PulledCopy("home", { datastore, from: "home", source: root, ...login });
    await valueOf(copy.syncJob);
    assert.equal(registrations.ofType("resilience:pbs:SyncJob")["home"]?.["maxDepth"], 0);
  });

  it("is fetched by who keeps it: encrypted backups alone, mended when they rot, kept when the source deletes", async () => {
    const datastore = new Datastore("store", { datastore: "home-copies", path: "/tankc1/home" });
    const login = { authId: "vault@pbs!pull", secret: "SECRET" };
    const copy = new PulledCopy("home", {
      datastore,
      from: "home",
      source: SOURCE,
      ...login,
      groupFilters: ["type:vm"],
    });
    await valueOf(copy.syncJob);
    const job = { jobId: "home", store: "home-copies", remote: "home", remoteStore: "main", remoteNamespace: "site" };
    const promises = { encryptedOnly: true, removeVanished: false, resyncCorrupt: true };
    assert.deepEqual(registrations.ofType("resilience:pbs:SyncJob"), {
      home: { ...job, schedule: "05:00", ...promises, groupFilters: ["type:vm"] },
    });
    assert.equal(
      registrations.requestOf("home", "resilience:pbs:Remote").getAdditionalsecretoutputsList()[0],
      "password",
    );
  });

  it("names all that is wrong at once", () => {
    const source = { address: "no address", fingerprint: "none", datastore: "a", namespace: "/a" };
    const paths = pulledCopyProblems({ from: "x", source, workerThreads: 0 }).map(({ path }) => path);
    const within = ["address", "fingerprint", "datastore", "namespace"].map((path) => `source.${path}`);
    assert.deepEqual(paths, ["from", ...within, "workerThreads"]);
    assert.deepEqual(pulledCopyProblems({ from: "home", source: SOURCE }), []);
    assert.equal(copyReaderProblems({ userId: "vault", namespace: "/", tokenName: "a" }).length, 3);
    assert.deepEqual(copyReaderProblems({ userId: "vault@pbs" }), []);
  });
});
