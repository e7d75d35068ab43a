import { strict as assert } from "node:assert";

import * as pulumi from "@pulumi/pulumi";

import { valueOf } from "../../estate/problem";
import { vaultOf } from "../../estate/vault";
import { parseVaultSettings } from "../../estate/vault-settings";
import { declareVault } from "../../stacks/vault";
import { writtenVault } from "../estate/vault";
import { mockPulumi, settled, type Registrations } from "../support/mocks";

async function declared(changes: object = {}, server: object = {}, more: object = {}): Promise<Registrations> {
  const registrations = await mockPulumi(() => ({}));
  const home = { ...writtenVault.sources.home, ...changes };
  const settings = valueOf(
    parseVaultSettings({
      ...writtenVault,
      backupServer: { ...writtenVault.backupServer, ...server },
      sources: { home },
      ...more,
    }),
    "settings",
  );
  declareVault({
    role: "vault",
    vault: valueOf(vaultOf(settings), "vault"),
    decisions: { adoptions: [], acceptances: [] },
    pbsToken: pulumi.secret("OWN"),
    readers: { home: pulumi.secret("READER") },
    buckets: { home: { secretKey: pulumi.secret("S3"), formerSecretKey: pulumi.secret("OLD") } },
    sshPrivateKey: undefined,
    reportOnly: false,
  });
  await settled();
  return registrations;
}

describe("A vault", () => {
  it("fetches what is encrypted, deletes nothing because home did, and fetches anew what rotted", async () => {
    const { home } = (await declared()).ofType("resilience:pbs:SyncJob");
    assert.deepEqual(
      { ...home },
      {
        ...{ jobId: "home", store: "home-copies", remote: "home", remoteStore: "tappaas_backup", schedule: "05:00" },
        ...{ encryptedOnly: true, removeVanished: false, resyncCorrupt: true, workerThreads: 1, maxDepth: 0 },
      },
    );
  });

  it("keeps its copies by a retention of its own, in every namespace, and rereads them", async () => {
    const registrations = await declared({ retention: { keepDaily: 30, keepWeekly: 8, keepMonthly: 24 } });
    const { home } = registrations.ofType("resilience:pbs:PruneJob");
    const kept = { keepDaily: 30, keepWeekly: 8, keepMonthly: 24 };
    assert.deepEqual(
      { ...home },
      { jobId: "prune-home-copies", store: "home-copies", schedule: "10:00", maxDepth: 7, ...kept },
    );
    assert.equal(registrations.ofType("resilience:pbs:VerifyJob")["home"]?.["schedule"], "13:00");
  });

  describe("whose copies lie in a bucket", () => {
    const bucket = { endpoint: "s3.example.org", region: "eu-central-1", name: "vault-copies", accessKey: "AKIA1" };
    const into = { datastore: "home-copies", path: "/cache/home", bucket };

    it("prunes, frees and rereads there as on a disk, and fetches into it", async () => {
      const registrations = await declared({ into });
      const { home } = registrations.ofType("resilience:pbs:S3Datastore");
      assert.deepEqual(
        [home?.["name"], home?.["path"], home?.["bucket"], home?.["mode"], home?.["gcSchedule"]],
        ["home-copies", "/cache/home", "vault-copies", "ordinary", "11:00"],
      );
      assert.deepEqual(registrations.ofType("resilience:pbs:Datastore"), {});
      for (const type of ["PruneJob", "VerifyJob", "SyncJob"])
        assert.equal(registrations.ofType(`resilience:pbs:${type}`)["home"]?.["store"], "home-copies", type);
      const { protect, retainOnDelete } = registrations.optionsOf("home", "resilience:pbs:S3Datastore");
      assert.deepEqual([protect, retainOnDelete], [true, true]);
    });

    it("is cleaned from outside where its key never deletes, and rereads all the same", async () => {
      const registrations = await declared({ into: { ...into, mode: "append-only" } });
      assert.deepEqual(registrations.ofType("resilience:pbs:PruneJob"), {});
      assert.equal(registrations.ofType("resilience:pbs:S3Datastore")["home"]?.["gcSchedule"], undefined);
      assert.equal(registrations.ofType("resilience:pbs:VerifyJob")["home"]?.["store"], "home-copies");
    });

    it("takes a bucket up with the key of the server that is gone", async () => {
      const registrations = await declared({ into: { ...into, reattach: "vault", formerKey: "AKIA0" } });
      const { reattach, formerKey } = registrations.ofType("resilience:pbs:S3Datastore")["home"] ?? {};
      assert.deepEqual([reattach, formerKey], ["vault", "AKIA0"]);
    });
  });

  it("takes up what a site that is gone left in a bucket: nothing feeds it, nothing thins it out, and it stays", async () => {
    const bucket = { endpoint: "s3.example.org", region: "eu-central-1", name: "copies", accessKey: "AKIA2" };
    const gone = { datastore: "s3-copies", path: "/vault/gone", bucket, reattach: "backup", formerKey: "AKIA1" };
    const registrations = await declared({}, {}, { sources: {}, holds: { home: gone } });
    const types = registrations.everything.map(({ type }) => type).filter((type) => type.startsWith("resilience:"));
    assert.deepEqual(types.toSorted(), ["resilience:pbs:S3Datastore", "resilience:pbs:S3Endpoint"]);
    const { home } = registrations.ofType("resilience:pbs:S3Datastore");
    assert.deepEqual(
      [home?.["name"], home?.["mode"], home?.["reattach"], home?.["formerKey"], home?.["gcSchedule"]],
      ["s3-copies", "append-only", "backup", "AKIA1", undefined],
    );
    const { protect, retainOnDelete } = registrations.optionsOf("home", "resilience:pbs:S3Datastore");
    assert.deepEqual([protect, retainOnDelete], [true, true]);
  });

  it("has nothing of home but the token that reads: no node, no login that writes, no key", async () => {
    const { everything } = await declared();
    const types = new Set(everything.map(({ type }) => type).filter((type) => type.startsWith("resilience:")));
    assert.deepEqual([...types].toSorted(), [
      "resilience:pbs:Datastore",
      "resilience:pbs:PruneJob",
      "resilience:pbs:Remote",
      "resilience:pbs:SyncJob",
      "resilience:pbs:VerifyJob",
    ]);
  });

  it("keeps the copies when they leave the program", async () => {
    const options = (await declared()).optionsOf("home", "resilience:pbs:Datastore");
    assert.equal(options.protect, true);
  });

  it("is reached at an IPv6 address as at any other", async () => {
    const { vault } = (await declared({}, { address: "fd00::20" })).ofType("pulumi:providers:resilience");
    assert.equal(vault?.["pbsEndpoint"], "https://[fd00::20]:8007");
  });
});
