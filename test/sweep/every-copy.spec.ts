import { strict as assert } from "node:assert";
import { readFileSync } from "node:fs";

import * as z from "zod";

import { restore } from "../../commands/restore";
import { withPlace, type CopyPlace } from "../../commands/restore/elsewhere";
import { mintBackupKey } from "../../provider/keys/backup-key";
import { readEscrow, type Escrow } from "../../provider/keys/escrow";
import { RestoreClient } from "../../provider/clients/restore-client";
import { type PveClient } from "../../provider/clients/pve-client";
import { startLab, type LabBackupServer, type LabSheet } from "../../tools/lab-site/lab";
import { placesOf } from "../../tools/lab-site/places";
import { referenceStanding } from "../../tools/lab-site/prepare";
import { run } from "../engine/support/commands";
import { inOrder } from "../engine/support/in-order";
import { allDiskSums, forgetLabSite, onSite, pbsOf, pveOf } from "../engine/support/lab-site";
import { BUCKETS, everyCopy, forgetEveryCopy, type Cast, type EveryCopy } from "./support/every-copy";
import { takeUp } from "./support/take-up";

const CLEAN = "sweep-every-copy-clean";
const NODES = ["tappaas1", "tappaas2"] as const;
const CAST: Cast = {
  name: "sweep-every-copy",
  prefixes: { home: "127.0.155", vault: "127.0.156", peer: "127.0.157", provider: "127.0.158" },
  standing: referenceStanding("three-node"),
};

/** Datastore of each copy elsewhere, and what fills it. */
const COPIES = {
  vault: { by: "vault", server: "vault", job: "home", store: "home-copies" },
  peer: { by: "peer", server: "backup", job: "home", store: "home-copies" },
  provider: { by: "home", server: "backup", job: "provider", store: "customers" },
  bucket: { by: "home", server: "backup", job: "to-s3-copies", store: "s3-copies" },
  ordinary: { by: "home", server: "backup", job: "to-s3-ordinary", store: "s3-ordinary" },
} as const;
type CopyName = keyof typeof COPIES;

describe("three nodes with a copy of every kind elsewhere", function () {
  inOrder(this);
  let all: EveryCopy;
  let paper: Escrow;
  let clean: LabSheet;
  let spare: PveClient;
  /** SHA-256 of each guest's disks, while it lived. */
  let living: Readonly<Record<string, readonly string[]>>;

  before(async () => {
    forgetLabSite(CLEAN);
    all = await everyCopy(CAST);
  });
  after(async () => {
    await spare.close();
    forgetLabSite(CLEAN);
    forgetEveryCopy(CAST);
  });

  it("have each filled by its own job, with every guest of both nodes, encrypted with home's key", async () => {
    const guests = NODES.flatMap((node) => Object.entries(allDiskSums(all.home.places, node)));
    living = Object.fromEntries(guests.map(([vmid, disks]) => [vmid, Object.values(disks)]));
    assert.ok(guests.length > 10);
    paper = readEscrow(readFileSync(all.home.places.escrowFile, "utf8"));
    for (const { by, server, job } of Object.values(COPIES)) {
      const pbs = pbsOf(all[by].sheet, server);
      await pbs.taskEnd(await pbs.ask(z.string(), { method: "POST", path: `/admin/sync/${job}/run`, parameters: {} }));
      await pbs.close();
    }
    for (const name of Object.keys(COPIES) as CopyName[]) {
      const pbs = pbsOf(sheetOf(name), name === "provider" ? "vault" : COPIES[name].server);
      const there = (await pbs.snapshots(COPIES[name].store)).filter((one) => one["backup-type"] !== "host");
      await pbs.close();
      assert.deepEqual([...new Set(there.map((one) => one["backup-id"]))].toSorted(), Object.keys(living), name);
      for (const { files } of there)
        assert.ok(
          files.some((file) => file["crypt-mode"] === "encrypt"),
          name,
        );
    }
  });

  it("are left as they are by a second run of each stack, and by a look at what lives", async () => {
    for (const site of [all.home, all.vault, all.peer]) {
      const again = await onSite(site, "up", "--yes", "--skip-preview", "--expect-no-changes");
      assert.equal(again.code, 0, again.stdout + again.stderr);
    }
    const drift = await run(all.home, "drift");
    assert.equal(drift.code, 0, drift.stdout + drift.stderr);
  });

  it("lose every guest and the whole datastore at home, and a clean machine knows nothing of them", async () => {
    const pbs = pbsOf(all.home.sheet);
    const destroy = { method: "DELETE" as const, path: "/config/datastore/tappaas_backup" };
    await pbs.taskEnd(await pbs.ask(z.string(), { ...destroy, parameters: { "destroy-data": true } }));
    await pbs.close();
    const pve = pveOf(all.home.sheet, NODES[0]);
    const client = new RestoreClient(pve);
    const lost = (await client.guests()).map(async ({ node, type, vmid, status }) => {
      const path = `/nodes/${node}/${type}/${vmid}/status/stop`;
      if (status === "running") await client.end(node, await pve.ask(z.string(), { method: "POST", path }));
      await client.destroy({ node, type, vmid });
    });
    await Promise.all(lost);
    assert.deepEqual(await client.guests(), []);
    await pve.close();
    clean = await startLab(placesOf(CLEAN), undefined, "127.0.159");
    spare = pveOf(clean, "spare");
    const account = all.home.sheet.s3!;
    for (const name of ["bucket", "ordinary"] as const)
      await takeUp({ store: COPIES[name].store, bucket: BUCKETS[name] }, account, clean.pbs["backup"]!);
  });

  for (const [index, name] of (Object.keys(COPIES) as CopyName[]).entries())
    it(`come back, every guest byte for byte, out of the copy called ${name}, and not without home's key`, async () => {
      const [first] = Object.keys(living);
      await assert.rejects(
        readBack(name, { ...paper, key: mintBackupKey() }, first!, 90_000),
        /No other key can read this backup|holds/,
      );
      const numbers = Object.keys(living).map((vmid) => [vmid, 10_000 * (index + 1) + Number(vmid)] as const);
      for (const [vmid, to] of numbers) await readBack(name, paper, vmid, to);
      const restored = allDiskSums(placesOf(CLEAN), "spare");
      for (const [vmid, to] of numbers) assert.deepEqual(Object.values(restored[to] ?? {}), living[vmid], vmid);
    });

  function sheetOf(name: CopyName): LabSheet {
    if (name === "vault" || name === "peer" || name === "provider") return all[name].sheet;
    return all.home.sheet;
  }

  /** Where a copy is read once home is gone. */
  function serverOf(name: CopyName): LabBackupServer {
    if (name === "bucket" || name === "ordinary") return clean.pbs["backup"]!;
    return all[name].sheet.pbs[name === "peer" ? "backup" : "vault"]!;
  }

  async function readBack(name: CopyName, sheet: Escrow, guest: string, to: number): Promise<void> {
    const { address, fingerprint, logins } = serverOf(name);
    const place: CopyPlace = { pbs: address, datastore: COPIES[name].store, pbsFingerprint: fingerprint };
    const login = { username: "root@pam", password: logins["root@pam"].password };
    const escrow = withPlace(sheet, place);
    await restore({ pve: spare, node: "spare", escrow, login, guest, to, dryRun: false, say: () => undefined });
  }
});
