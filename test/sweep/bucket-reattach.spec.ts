import { strict as assert } from "node:assert";

import * as z from "zod";

import { S3Bucket } from "../../provider/clients/s3-bucket";
import { RestoreClient } from "../../provider/clients/restore-client";
import { labBuckets } from "../../tools/lab-site/buckets";
import { askLab, startLab, stopLab } from "../../tools/lab-site/lab";
import { observeLabSite, type LabSite } from "../../tools/lab-site/prepare";
import { answer, changeSettings, setSecret } from "../engine/support/commands";
import { inOrder } from "../engine/support/in-order";
import {
  diskSums,
  forgetLabSite,
  freshLabSite,
  loseState,
  pbsOf,
  pveOf,
  runBackups,
  up,
} from "../engine/support/lab-site";

const NAME = "sweep-bucket-reattach";
const PREFIX = "127.0.152";
const NODE = "tappaas1";
const GUESTS = [110, 130, 140, 312, 610];
const BUCKET = "home-copies";
const STORE = "s3-copies";

interface Key {
  readonly accessKey: string;
  readonly secretKey: string;
}

/** Fire: the machines and their disks are gone, the control machine with its key and the bucket are not. */
describe("a site that has burnt down and whose bucket is taken up by its new backup server", function () {
  inOrder(this);
  let site: LabSite;
  let owner: S3Bucket;
  let former: Key;
  const living = new Map<number, unknown>();

  before(async () => {
    site = await freshLabSite(NAME, PREFIX);
    const { address: endpoint, port, region, fingerprint, owner: account } = site.sheet.s3!;
    owner = new S3Bucket({ endpoint, port, region, fingerprint, bucket: BUCKET, ...account });
    former = await writeBucket(`${BUCKET}-home`, {});
    await up(site);
    runBackups(site);
    await fill();
    for (const vmid of GUESTS) living.set(vmid, sums(vmid));
  });
  after(() => {
    owner.close();
    forgetLabSite(NAME);
  });

  const sums = (vmid: number) => Object.values(diskSums(site.places, NODE, vmid));
  const mark = async () => (await owner.read(`${STORE}/.in-use`))?.toString();
  const fill = async () => {
    const pbs = pbsOf(site.sheet);
    const job = { method: "POST" as const, path: `/admin/sync/to-${STORE}/run`, parameters: {} };
    await pbs.taskEnd(await pbs.ask(z.string(), job));
    await pbs.close();
  };

  /** The copy in the site's settings, with a key of a user of that name at the provider. */
  async function writeBucket(user: string, more: object): Promise<Key> {
    const bucket = { endpoint: "s3.example.org", region: "eu-central-1", name: BUCKET, accessKey: "AKIA" };
    const into = { datastore: STORE, path: "/tankc1/s3-cache" };
    const copy = { kind: "s3", place: "the lab's provider", bucket, into, ...more };
    const { offsite, logins } = labBuckets(site.places, site.sheet, { bucket: copy }, user);
    changeSettings(site, (settings) => ({ ...settings, offsite }));
    const secretKey = logins["bucketSecretKey"]!;
    await setSecret(site, "bucketSecretKey", secretKey);
    return { accessKey: (offsite["bucket"]!.bucket as Key).accessKey, secretKey };
  }

  it("has new machines under the old names, on whose disks nothing is, and a program that knows nothing of them", async () => {
    stopLab(site.places);
    askLab(site.places, "reinstall", "--blank", NODE, "backup");
    site = { ...site, sheet: await startLab(site.places, undefined, PREFIX) };
    await loseState(site, NAME);
    const pve = pveOf(site.sheet, NODE);
    assert.deepEqual(
      (await new RestoreClient(pve).guests()).filter(({ node }) => node === NODE),
      [],
    );
    await pve.close();
    assert.deepEqual(await pbsOf(site.sheet).datastores(), []);
    assert.equal(await observeLabSite(site, true), 0);
  });

  it("is told before anything is made that a bucket is taken up only with the key of the server that is gone", async () => {
    await writeBucket("backup-anew", { reattach: "backup" });
    const { code, said, value } = await answer(site, "up", "--yes");
    assert.notEqual(code, 0);
    const harm = [said, ...value.harm.map(({ text }) => text)].join("\n");
    assert.match(harm, /nothing proves that backup can write to bucket home-copies no more[\s\S]*unproven-former-key/);
    assert.deepEqual(await pbsOf(site.sheet).datastores(), []);
  });

  it("does not take it up while the old key still writes, and says which one to deactivate", async () => {
    const before = await mark();
    assert.equal(before, '{"hostname":"backup"}');
    const own = await writeBucket("backup-anew", { reattach: "backup", formerKey: former.accessKey });
    assert.notEqual(own.accessKey, former.accessKey);
    await setSecret(site, "bucketFormerSecretKey", former.secretKey);
    const versions = await versionsOfMark();
    const { code, said } = await answer(site, "up", "--yes");
    assert.notEqual(code, 0);
    assert.match(said, new RegExp(`Key ${former.accessKey} of backup still writes to bucket home-copies`));
    assert.match(said, new RegExp(`Cure: deactivate key ${former.accessKey} at the provider`));
    for (const { secretKey } of [former, own]) assert.equal(said.includes(secretKey), false);
    assert.deepEqual(await versionsOfMark(), versions);
    assert.equal(
      (await pbsOf(site.sheet).datastores()).some(({ name }) => name === STORE),
      false,
    );
  });

  it("takes it up once a write with the old key is refused, with every backup that lies there", async () => {
    askLab(site.places, "switch-s3-key", former.accessKey);
    const { value, said } = await answer(site, "up", "--yes");
    assert.deepEqual([value.end, value.harm], ["applied", []], said);
    const snapshots = await pbsOf(site.sheet).snapshots(STORE);
    const guests = snapshots.filter((one) => one["backup-type"] !== "host").map((one) => Number(one["backup-id"]));
    assert.deepEqual(
      guests.toSorted((a, b) => a - b),
      GUESTS,
    );
  });

  it("has every guest back byte for byte out of the bucket, through its own new server", async () => {
    const { address, fingerprint, logins } = site.sheet.pbs["backup"]!;
    const where = ["--pbs", address, "--datastore", STORE, "--pbs-fingerprint", fingerprint];
    const words = ["rebuild", "--settings", site.places.stackFile, "--escrow-file", site.places.escrowFile, ...where];
    const { code, stdout, stderr } = await site.stack.command(
      [...words, "--pbs-login", "root@pam", "--json", "--yes"],
      {
        ...{ quiet: true, env: { PBS_PASSWORD: logins["root@pam"].password } },
      },
    );
    assert.equal(code, 0, stderr);
    const { end, left } = JSON.parse(stdout) as { end: string; left: unknown[] };
    assert.deepEqual([end, left], ["done", []]);
    for (const vmid of GUESTS) assert.deepEqual(sums(vmid), living.get(vmid), String(vmid));
  });

  it("needs the old key no more: it leaves the settings, and the next night fills the bucket with the new one", async () => {
    assert.equal(await observeLabSite(site, true), 0);
    await writeBucket("backup-anew", { reattach: "backup" });
    const { code, stderr } = await site.stack.onStack(["config", "rm", "bucketFormerSecretKey"], { quiet: true });
    assert.equal(code, 0, stderr);
    const { value, said } = await answer(site, "up", "--yes");
    assert.deepEqual([value.end, value.harm], ["applied", []], said);
    const again = await answer(site, "up", "--yes");
    assert.deepEqual([again.value.end, again.value.changes], ["nothing", []], again.said);
    const before = (await pbsOf(site.sheet).snapshots(STORE)).length;
    runBackups(site);
    await fill();
    assert.ok((await pbsOf(site.sheet).snapshots(STORE)).length > before);
  });

  async function versionsOfMark(): Promise<string[]> {
    const found: string[] = [];
    for await (const { versionId } of owner.versions(`${STORE}/.in-use`)) found.push(versionId);
    return found;
  }
});
