import { strict as assert } from "node:assert";
import { readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";

import * as z from "zod";

import { planOf } from "../../commands/engine/plan";
import { COPY_SOURCE_EFFECTS } from "../../estate/copy-source-effects";
import { S3Bucket } from "../../provider/clients/s3-bucket";
import { readEscrow, writeEscrow } from "../../provider/keys/escrow";
import { bucketKey } from "../../tools/lab-site/buckets";
import { askLab } from "../../tools/lab-site/lab";
import { placesOf } from "../../tools/lab-site/places";
import { type LabSite } from "../../tools/lab-site/prepare";
import { copyReaderOf, prepareLabVault, VAULT_STACK } from "../../tools/lab-site/vault";
import { changeSettings, run, setSecret, type Settings } from "../engine/support/commands";
import { inOrder } from "../engine/support/in-order";
import {
  diskSums,
  exportOf,
  forgetLabSite,
  freshLabSite,
  onSite,
  pbsOf,
  runBackups,
  up,
} from "../engine/support/lab-site";

const HOME = "sweep-vault-bucket-home";
const VAULT = "sweep-vault-bucket";
const [HOME_PREFIX, VAULT_PREFIX] = ["127.0.153", "127.0.154"];
const NODE = "tappaas1";
const GUESTS = ["110", "130", "140", "312", "610"];
const STORE = "home-copies";
const BUCKET = "vault-copies";

interface Key {
  readonly accessKey: string;
  readonly secretKey: string;
}

/** A vault without a disk to speak of: what it fetches lies in a bucket of its own account. */
describe("a vault whose copies lie in a bucket", function () {
  inOrder(this);
  let home: LabSite;
  let vault: LabSite;
  let owner: S3Bucket;
  let key: Key;

  before(async () => {
    forgetVault();
    home = await freshLabSite(HOME, HOME_PREFIX);
    changeSettings(home, (settings) => ({
      ...settings,
      backup: { ...(settings.backup as object), readers: ["vault@pbs"] },
    }));
    await up(home);
    runBackups(home);
    vault = await prepareLabVault(VAULT, VAULT_PREFIX, { home: (await copyReaderOf(home, "vault@pbs"))! });
    const { address: endpoint, port, region, fingerprint, owner: account } = home.sheet.s3!;
    owner = new S3Bucket({ endpoint, port, region, fingerprint, bucket: BUCKET, ...account });
    askLab(home.places, "s3-bucket", BUCKET);
    key = bucketKey(home.places, { user: "vault", bucket: BUCKET, deletes: true });
    writeInto({ bucket: { endpoint, port, region, fingerprint, name: BUCKET, accessKey: key.accessKey } });
    await setSecret(vault, "homeSecretKey", key.secretKey);
  });
  after(() => {
    owner.close();
    forgetLabSite(HOME);
    forgetVault();
  });

  const writeInto = (more: object) =>
    changeSettings(vault, (settings) => {
      const written = settings as Settings & { sources: { home: { into: object } } };
      const into = { ...written.sources.home.into, path: "/tankc1/home-cache", ...more };
      return { ...written, sources: { home: { ...written.sources.home, into } } };
    });
  const bucketOf = () => {
    let found: object = {};
    changeSettings(vault, (settings) => {
      found = (settings as Settings & { sources: { home: { into: { bucket: object } } } }).sources.home.into.bucket;
      return settings;
    });
    return found;
  };
  const objects = async () => {
    const names: string[] = [];
    for await (const { key: name } of owner.objects(`${STORE}/`)) names.push(name);
    return names;
  };
  const work = async (path: string) => {
    const pbs = pbsOf(vault.sheet, "vault");
    await pbs.taskEnd(await pbs.ask(z.string(), { method: "POST", path, parameters: {} }));
    await pbs.close();
  };

  it("is set up in one run, and no secret of the bucket's key stands anywhere in clear", async () => {
    const { code, stdout, stderr } = await run(vault, "up", "--yes");
    assert.equal(code, 0, stdout + stderr);
    const [store] = await pbsOf(vault.sheet, "vault").datastores();
    assert.deepEqual([store?.name, store?.backend], [STORE, `type=s3,client=home,bucket=${BUCKET}`]);
    const exported = await exportOf(vault);
    for (const text of [stdout, stderr, exported, readFileSync(vault.places.stackFile, "utf8")])
      assert.equal(text.includes(key.secretKey), false);
  });

  it("fetches every guest of home into the bucket, and is left as it is by a second run and a look", async () => {
    await work("/admin/sync/home/run");
    const snapshots = await pbsOf(vault.sheet, "vault").snapshots(STORE);
    const guests = snapshots.filter((one) => one["backup-type"] !== "host").map((one) => one["backup-id"]);
    assert.deepEqual(guests.toSorted(), GUESTS);
    const there = await objects();
    for (const guest of GUESTS)
      assert.ok(
        there.some((name) => name.includes(`/${guest}/`)),
        guest,
      );
    const again = await onSite(vault, "up", "--yes", "--skip-preview", "--expect-no-changes");
    assert.equal(again.code, 0, again.stdout + again.stderr);
    const drift = await run(vault, "drift");
    assert.equal(drift.code, 0, drift.stdout + drift.stderr);
  });

  it("prunes, frees and rereads there by its own jobs, as on a disk", async () => {
    for (const path of ["prune", "verify"]) await work(`/admin/${path}/${path}-${STORE}/run`);
    await work(`/admin/datastore/${STORE}/gc`);
    const snapshots = await pbsOf(vault.sheet, "vault").snapshots(STORE);
    assert.deepEqual([...new Set(snapshots.map(({ verification }) => verification?.state))], ["ok"]);
    const watched = await run(vault, "watch", "--json");
    assert.doesNotMatch(watched.stdout, /home-copies|copies of home|did not say/, watched.stderr);
  });

  it("does for its bucket's settings what its owner is told, and takes nothing away", async () => {
    const bucket = bucketOf();
    const changes: Readonly<Record<string, object>> = {
      "into.bucket.quirks": { bucket: { ...bucket, quirks: ["skip-if-none-match-header"] } },
      "into.bucket.name": { bucket: { ...bucket, name: "another-bucket" } },
      "into.undeleteDays": { bucket, undeleteDays: 60 },
      "into.reattach": { bucket, reattach: "nobody" },
      "into.quota": { bucket, quota: "2 TiB" },
    };
    for (const [path, more] of Object.entries(changes)) {
      const putBack = writeInto(more);
      const { errors, steps } = planOf(await onSite(vault, "preview", "--json"));
      putBack();
      const changed = steps.filter(({ op, type }) => !["same", "read"].includes(op) && !type.startsWith("tappaas:"));
      if (path === "into.bucket.name" || path === "into.quota") {
        assert.match(errors.join("\n"), /bucket/, path);
        assert.deepEqual(
          changed.filter(({ op }) => op !== "update"),
          [],
          path,
        );
        continue;
      }
      assert.deepEqual([errors, changed.map(({ op }) => op)], [[], changed.map(() => "update")], path);
      assert.deepEqual(
        changed.map(({ type }) => type),
        COPY_SOURCE_EFFECTS[path]?.of,
        path,
      );
    }
  });

  it("gives a guest back byte for byte out of the bucket, with home's sheet", async () => {
    const living = contentOf("140");
    emptyChunkCache();
    assert.deepEqual(await restoredTo("9140"), living);
    assert.notDeepEqual(living, []);
  });

  it("is taken back to before somebody deleted and overwrote all of it with the vault's own key, and read anew", async () => {
    const living = contentOf("140");
    const before = new Date((JSON.parse(askLab(home.places, "clock")) as { now: number }).now).toISOString();
    const { address: endpoint, port, region, fingerprint } = home.sheet.s3!;
    const thief = new S3Bucket({ endpoint, port, region, fingerprint, bucket: BUCKET, ...key });
    for (const [index, name] of (await objects()).entries())
      if (!name.endsWith(".in-use")) await (index % 2 === 0 ? thief.remove(name) : thief.write(name, "poison"));
    thief.close();
    const env = ownersKey();
    const rewind = ["bucket", "rewind", "--settings", vault.places.stackFile, "--at", before, "--confirm", BUCKET];
    const rewound = await vault.stack.command(rewind, { env, quiet: true });
    assert.equal(rewound.code, 0, rewound.stderr);
    emptyChunkCache();
    const refreshed = await run(vault, "bucket", "refresh", "--emptied");
    assert.equal(refreshed.code, 0, refreshed.stderr);
    assert.match(refreshed.stderr, /home-copies has what its bucket has: \d+ backups/);
    await rereadAll();
    assert.deepEqual(await restoredTo("9141"), living);
  });

  it("is cleaned from outside once its key may no longer delete", async () => {
    bucketKey(home.places, { user: "vault", bucket: BUCKET, deletes: false });
    writeInto({ mode: "append-only" });
    const { code, stdout, stderr } = await run(vault, "up", "--yes");
    assert.equal(code, 0, stdout + stderr);
    const jobs = await pbsOf(vault.sheet, "vault").pruneJobs();
    assert.deepEqual(
      jobs.filter(({ store }) => store === STORE),
      [],
    );
    const env = ownersKey();
    const clean = ["bucket", "clean", "--settings", vault.places.stackFile, "--dry-run", "--json"];
    const planned = await vault.stack.command(clean, { env, quiet: true });
    assert.equal(planned.code, 0, planned.stderr);
    const { kept, missing } = JSON.parse(planned.stdout) as { kept: unknown[]; missing: unknown[] };
    assert.ok(kept.length >= GUESTS.length);
    assert.deepEqual(missing, []);
  });

  /** Home's guest 140 out of the vault's copies onto a node of home, with home's sheet. */
  async function restoredTo(vmid: string): Promise<string[]> {
    const sheet = join(vault.places.root, `escrow-${vmid}.txt`);
    await writeEscrow(sheet, readEscrow(readFileSync(home.places.escrowFile, "utf8")));
    const node = home.sheet.nodes[NODE]!;
    const server = vault.sheet.pbs["vault"]!;
    const there = ["--pbs", server.address, "--datastore", STORE, "--pbs-fingerprint", server.fingerprint];
    const onto = ["--pve", node.api, "--pve-ca", home.sheet.ca, "--node", NODE, "--guest", "140", "--to", vmid];
    const env = {
      PVE_PASSWORD: node.logins["root@pam"].password,
      PBS_PASSWORD: server.logins["root@pam"].password,
    };
    const words = ["restore", ...onto, ...there, "--escrow-file", sheet, "--json"];
    const { code, stderr } = await vault.stack.command(words, { env, quiet: true });
    assert.equal(code, 0, stderr);
    return contentOf(vmid);
  }

  /** Rereads everything in the bucket. @throws {Error} When something is not whole. */
  async function rereadAll(): Promise<void> {
    const pbs = pbsOf(vault.sheet, "vault");
    const path = `/admin/datastore/${STORE}/verify`;
    await pbs.taskEnd(await pbs.ask(z.string(), { method: "POST", path, parameters: { "ignore-verified": false } }));
    await pbs.close();
  }

  /** Of the account of the bucket, which is neither home's nor the vault's. */
  function ownersKey() {
    const { accessKey, secretKey } = home.sheet.s3!.owner;
    return { BUCKET_ACCESS_KEY: accessKey, BUCKET_SECRET_KEY: secretKey };
  }

  /** The files of the server's cache are gone; what is read comes out of the bucket. */
  function emptyChunkCache(): void {
    const chunks = join(vault.places.lab, "machines/vault/disk/tankc1/home-cache/.chunks");
    const files = readdirSync(chunks, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    assert.ok(files.length > 0);
    for (const { parentPath, name } of files) rmSync(join(parentPath, name));
  }

  function contentOf(vmid: string): string[] {
    return Object.values(diskSums(home.places, NODE, vmid));
  }
});

function forgetVault(): void {
  forgetLabSite(VAULT, placesOf(VAULT, VAULT_STACK));
}
