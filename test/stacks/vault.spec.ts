import { strict as assert } from "node:assert";

import * as pulumi from "@pulumi/pulumi";

import { valueOf } from "../../estate/problem";
import { vaultOf } from "../../estate/vault";
import { parseVaultSettings } from "../../estate/vault-settings";
import { declareVault } from "../../stacks/vault";
import { writtenVault } from "../estate/vault";
import { mockPulumi, settled, type Registrations } from "../support/mocks";

async function declared(changes: object = {}, server: object = {}): Promise<Registrations> {
  const registrations = await mockPulumi(() => ({}));
  const home = { ...writtenVault.sources.home, ...changes };
  const settings = valueOf(
    parseVaultSettings({
      ...writtenVault,
      backupServer: { ...writtenVault.backupServer, ...server },
      sources: { home },
    }),
    "settings",
  );
  declareVault({
    role: "vault",
    vault: valueOf(vaultOf(settings), "vault"),
    decisions: { adoptions: [], acceptances: [] },
    pbsToken: pulumi.secret("OWN"),
    readers: { home: pulumi.secret("READER") },
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
