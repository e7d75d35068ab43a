import { strict as assert } from "node:assert";
import { readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";

import * as z from "zod";

import { S3Bucket } from "../../provider/clients/s3-bucket";
import { mintBackupKey } from "../../provider/keys/backup-key";
import { readEscrow, writeEscrow } from "../../provider/keys/escrow";
import { labBuckets } from "../../tools/lab-site/buckets";
import { askLab, startLab } from "../../tools/lab-site/lab";
import { placesOf } from "../../tools/lab-site/places";
import { type LabSite } from "../../tools/lab-site/prepare";
import { changeSettings, run, setSecret } from "../engine/support/commands";
import { inOrder } from "../engine/support/in-order";
import { diskSums, exportOf, forgetLabSite, freshLabSite, onSite, pbsOf, runBackups } from "../engine/support/lab-site";
import { takeUp } from "./support/take-up";

const HOME = "test-s3-home";
const CLEAN = "test-s3-clean";
const BUCKET = "home-copies";
const STORE = "s3-copies";
const GUESTS = ["110", "130", "140", "312", "610"];

interface Key {
  readonly accessKey: string;
  readonly secretKey: string;
}

/** A site whose backup server fills a bucket with a key that never deletes. */
describe("the copy of a site in a bucket", function () {
  inOrder(this);
  let home: LabSite;
  let key: Key;
  let owner: S3Bucket;

  before(async () => {
    home = await freshLabSite(HOME, "127.0.131");
    // Three days ago, so that nothing of it is too young for a cleaning today.
    askLab(home.places, "clock", new Date(Date.now() - 3 * DAY).toISOString().slice(0, 19));
    owner = bucketOf(home, s3Of(home).owner);
    const bucket = { endpoint: "s3.example.org", region: "eu-central-1", name: BUCKET, accessKey: "AKIA" };
    const into = { datastore: STORE, path: "/tankc1/s3-cache" };
    const copy = { kind: "s3", place: "the lab's provider", bucket, into };
    const { offsite, logins } = labBuckets(home.places, home.sheet, { bucket: copy });
    const { accessKey } = offsite["bucket"]!.bucket as Key;
    key = { accessKey, secretKey: logins["bucketSecretKey"]! };
    changeSettings(home, (settings) => ({ ...settings, offsite }));
    await setSecret(home, "bucketSecretKey", key.secretKey);
  });
  after(() => {
    owner.close();
    forgetLabSite(HOME);
    forgetLabSite(CLEAN);
  });

  it("is set up in one run that the rules let pass, and no secret of its key stands anywhere in clear", async () => {
    const { code, stdout, stderr } = await run(home, "up", "--yes");
    assert.equal(code, 0, stdout + stderr);
    const said = stdout + stderr;
    const found = (await pbsOf(home.sheet).datastores()).map(({ name, backend }) => `${name} ${backend ?? ""}`);
    assert.ok(found.includes(`${STORE} type=s3,client=bucket,bucket=${BUCKET}`), found.join("\n"));
    const exported = await exportOf(home);
    for (const text of [said, exported, readFileSync(home.places.stackFile, "utf8")]) {
      assert.equal(text.includes(key.secretKey), false);
    }
  });

  it("is left as it is by a second run, and by a look at the living server", async () => {
    const again = await onSite(home, "up", "--yes", "--skip-preview", "--expect-no-changes");
    assert.equal(again.code, 0, again.stdout + again.stderr);
    const drift = await run(home, "drift");
    assert.equal(drift.code, 0, drift.stdout + drift.stderr);
  });

  it("has every guest after the next run of its job, encrypted", async () => {
    runBackups(home);
    await work(home, "/admin/sync/to-s3-copies/run");
    const snapshots = await pbsOf(home.sheet).snapshots(STORE);
    const guests = snapshots.filter((one) => one["backup-type"] !== "host").map((one) => one["backup-id"]);
    assert.deepEqual(guests.toSorted(), GUESTS);
    const open = snapshots.flatMap(({ files }) => files).filter((file) => file["crypt-mode"] === "none");
    assert.deepEqual([...new Set(open.map(({ filename }) => filename))], ["index.json.blob"]);
  });

  it("can be deleted with none of home's logins: not with its key, and not by its own backup server's administrator", async () => {
    const before = await objectsOf(owner);
    const thief = bucketOf(home, key);
    const [some] = before.filter((name) => name.endsWith("/owner"));
    await assert.rejects(thief.remove(some!), /AccessDenied/);
    await assert.rejects(thief.removeAll(before.map((name) => ({ key: name }))), /AccessDenied/);
    await assert.rejects(versionsOf(thief), /AccessDenied/);
    thief.close();
    const parameters = { "backup-type": "vm", "backup-id": "140" };
    const path = `/admin/datastore/${STORE}/groups`;
    const admin = pbsOf(home.sheet);
    await assert.rejects(admin.ask(z.unknown(), { method: "DELETE", path, parameters }), /403 Forbidden/);
    const prune = { method: "POST" as const, path: `/admin/datastore/${STORE}/prune-datastore` };
    const upid = await admin.ask(z.string(), { ...prune, parameters: { "keep-last": 1 } });
    await admin.taskEnd(upid);
    await admin.close();
    assert.deepEqual(await objectsOf(owner), before);
    await work(home, `/admin/datastore/${STORE}/s3-refresh`, "PUT");
    assert.equal(
      (await pbsOf(home.sheet).snapshots(STORE)).some((one) => one["backup-id"] === "140"),
      true,
    );
  });

  it("is taken back to before somebody overwrote every backup with home's key, once the bucket's name is typed", async () => {
    const before = momentOf(home);
    const thief = bucketOf(home, key);
    for (const name of await objectsOf(owner)) if (!name.endsWith(".in-use")) await thief.write(name, "poison");
    thief.close();
    await assert.rejects(verified(home), /verification failed|unknown magic|fault|ended/);

    const warned = await bucket(home, "clean", "--dry-run");
    assert.match(warned.stderr + warned.stdout, /is no index of PBS, or was cut off[\s\S]*nothing is freed/);
    const wrong = await bucket(home, "rewind", "--at", before, "--confirm", "another");
    assert.equal(wrong.code, 3);
    assert.match(wrong.stderr, /That is not home-copies. Nothing was changed/);
    assert.equal((await owner.read(`${STORE}/.cnt/vm/140/owner`))?.toString(), "poison");
    const { code, stderr } = await bucket(home, "rewind", "--at", before, "--confirm", BUCKET);
    assert.equal(code, 0, stderr);
    const steps = stderr
      .split("\n")
      .filter((line) => line.startsWith("  find ") || line.startsWith("  proxmox-backup-manager"));
    assert.equal(steps.length, 2);
    const byHand = await run(home, "bucket", "refresh");
    assert.equal(byHand.code, 3, byHand.stderr);
    assert.match(byHand.stderr, /no API empties the cached chunks/);
    emptyChunkCache(home);
    const refreshed = await run(home, "bucket", "refresh", "--emptied");
    assert.equal(refreshed.code, 0, refreshed.stderr);
    assert.match(refreshed.stderr, /s3-copies has what its bucket has: \d+ backups/);
    await verified(home);
  });

  it("is cleaned from outside, never with home's key, and every backup that stays is whole after it", async () => {
    askLab(home.places, "clock", new Date(Date.now() - 2.5 * DAY).toISOString().slice(0, 19));
    runBackups(home);
    await work(home, "/admin/sync/to-s3-copies/run");
    const keepOne = { jobs: { retention: { keepLast: 1 } } };
    changeSettings(home, (settings) => ({ ...settings, offsite: { bucket: { ...bucketIn(settings), ...keepOne } } }));
    const own = { BUCKET_ACCESS_KEY: key.accessKey, BUCKET_SECRET_KEY: key.secretKey };
    const refused = await home.stack.command(["bucket", "clean", "--settings", home.places.stackFile], {
      env: own,
      quiet: true,
    });
    assert.notEqual(refused.code, 0);
    assert.match(refused.stderr, /is home's own key/);

    const mark = (await owner.read(`${STORE}/.in-use`))!;
    await owner.write(`${STORE}/.in-use`, '{"hostname":"intruder"}');
    const shared = await bucket(home, "clean", "--yes");
    assert.equal(shared.code, 1);
    assert.match(shared.stderr, /made by backup, and intruder has marked it as its own since. Nothing was cleaned/);
    await owner.write(`${STORE}/.in-use`, mark);

    const planned = JSON.parse((await bucket(home, "clean", "--dry-run", "--json")).stdout) as CleanAnswer;
    assert.equal(planned.end, "planned");
    const { code, stdout, stderr } = await bucket(home, "clean", "--yes", "--json");
    assert.equal(code, 0, stderr);
    const { removed, kept, deleted, missing } = JSON.parse(stdout) as CleanAnswer;
    assert.equal(removed.filter(({ group }) => group === "vm/140").length, 1);
    assert.ok(kept.length >= GUESTS.length && deleted.length > 0);
    assert.deepEqual(missing, []);
    await work(home, `/admin/datastore/${STORE}/s3-refresh`, "PUT");
    const left = (await pbsOf(home.sheet).snapshots(STORE)).filter((one) => one["backup-type"] !== "host");
    assert.deepEqual(left.map((one) => one["backup-id"]).toSorted(), GUESTS);
    await verified(home);
    const again = JSON.parse((await bucket(home, "clean", "--yes", "--json")).stdout) as CleanAnswer;
    assert.deepEqual([again.end, again.removed, again.deleted], ["done", [], []]);
    assert.ok((await owner.read(`.tappaas/${STORE}.cleaned.json`)) !== undefined);
    const watched = await run(home, "watch", "--json");
    assert.doesNotMatch(watched.stdout, /bucket bucket/, watched.stderr);
  });

  it("gives a guest back byte for byte on a clean backup server when home's is gone, and nothing without home's key", async () => {
    const living = diskSums(home.places, "tappaas1", "140");
    const paper = readEscrow(readFileSync(home.places.escrowFile, "utf8"));
    await destroyMainDatastore(home);
    // A server that knows nothing of home but the bucket: it takes the copy up in the place of the one that is gone.
    const clean = placesOf(CLEAN);
    const { nodes, ca, pbs } = await startLab(clean, undefined, "127.0.132");
    const spare = nodes["spare"]!;
    const server = pbs["backup"]!;
    await takeUp({ store: STORE, bucket: BUCKET }, s3Of(home), server);
    const [right, wrong] = [join(clean.root, "right.txt"), join(clean.root, "wrong.txt")];
    await writeEscrow(right, paper);
    await writeEscrow(wrong, { ...paper, key: mintBackupKey() });
    const there = ["--pbs", server.address, "--datastore", STORE, "--pbs-fingerprint", server.fingerprint];
    const onto = ["--pve", spare.api, "--pve-ca", ca, "--node", "spare", "--guest", "140", "--to", "9140"];
    const env = {
      PVE_PASSWORD: spare.logins["root@pam"].password,
      PBS_PASSWORD: server.logins["root@pam"].password,
    };
    const restore = (sheet: string) =>
      home.stack.command(["restore", ...onto, ...there, "--escrow-file", sheet, "--json"], { env, quiet: true });
    const refused = await restore(wrong);
    assert.notEqual(refused.code, 0);
    assert.match(refused.stderr, /No other key can read this backup|holds/);
    const { code, stderr } = await restore(right);
    assert.equal(code, 0, stderr);
    assert.deepEqual(diskSums(clean, "spare", "9140"), living);
    assert.notDeepEqual(living, {});
  });
});

const DAY = 86_400_000;

/** What `bucket clean --json` answers. */
interface CleanAnswer {
  readonly end: string;
  readonly removed: readonly { readonly group: string }[];
  readonly kept: readonly unknown[];
  readonly deleted: readonly unknown[];
  readonly missing: readonly string[];
}

/** Runs a command on the bucket, away from home: with the key of its account. */
function bucket(site: LabSite, ...args: string[]) {
  const { accessKey, secretKey } = s3Of(site).owner;
  const env = { BUCKET_ACCESS_KEY: accessKey, BUCKET_SECRET_KEY: secretKey };
  return site.stack.command(["bucket", ...args, "--settings", site.places.stackFile], { env, quiet: true });
}

function bucketIn({ offsite }: { readonly offsite?: unknown }): object {
  return (offsite as { readonly bucket: object }).bucket;
}

/** The lab's own time, a moment later than everything that has happened. */
function momentOf({ places }: LabSite): string {
  return new Date((JSON.parse(askLab(places, "clock")) as { now: number }).now).toISOString();
}

/** What `find …/.chunks -type f -delete` does on the server. */
function emptyChunkCache({ places }: LabSite): void {
  const chunks = join(places.lab, "machines/backup/disk/tankc1/s3-cache/.chunks");
  for (const entry of readdirSync(chunks, { recursive: true, withFileTypes: true })) {
    if (entry.isFile()) rmSync(join(entry.parentPath, entry.name));
  }
}

/** Rereads everything in the bucket. @throws {Error} When something is not whole. */
async function verified({ sheet }: LabSite): Promise<void> {
  const pbs = pbsOf(sheet);
  const path = `/admin/datastore/${STORE}/verify`;
  await pbs.taskEnd(await pbs.ask(z.string(), { method: "POST", path, parameters: { "ignore-verified": false } }));
  await pbs.close();
}

function s3Of({ sheet }: LabSite) {
  return sheet.s3 ?? assert.fail("the lab has no S3 provider");
}

function bucketOf(site: LabSite, { accessKey, secretKey }: Key): S3Bucket {
  const { address: endpoint, port, region, fingerprint } = s3Of(site);
  return new S3Bucket({ endpoint, port, region, fingerprint, bucket: BUCKET, accessKey, secretKey });
}

async function objectsOf(bucket: S3Bucket): Promise<string[]> {
  const names: string[] = [];
  for await (const { key } of bucket.objects(`${STORE}/`)) names.push(key);
  return names;
}

async function versionsOf(bucket: S3Bucket): Promise<void> {
  for await (const _ of bucket.versions("")) return;
}

async function work({ sheet }: LabSite, path: string, method: "POST" | "PUT" = "POST"): Promise<void> {
  const pbs = pbsOf(sheet);
  await pbs.taskEnd(await pbs.ask(z.string(), { method, path, parameters: {} }));
  await pbs.close();
}

async function destroyMainDatastore({ sheet }: LabSite): Promise<void> {
  const pbs = pbsOf(sheet);
  const destroy = { method: "DELETE" as const, path: "/config/datastore/tappaas_backup" };
  await pbs.taskEnd(await pbs.ask(z.string(), { ...destroy, parameters: { "destroy-data": true } }));
  await pbs.close();
}
