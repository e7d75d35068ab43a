import { strict as assert } from "node:assert";

import * as z from "zod";

import { type PbsClient } from "../../provider/clients/pbs-client";
import { type PveClient } from "../../provider/clients/pve-client";
import { RestoreClient } from "../../provider/clients/restore-client";
import { S3Bucket } from "../../provider/clients/s3-bucket";
import { bucketKey, labBuckets } from "../../tools/lab-site/buckets";
import { prepareCloudVault } from "../../tools/lab-site/cloud-vault";
import { askLab, readSheet, startLab, stopLab } from "../../tools/lab-site/lab";
import { placesOf } from "../../tools/lab-site/places";
import { observeLabSite, type LabSite } from "../../tools/lab-site/prepare";
import { VAULT_STACK } from "../../tools/lab-site/vault";
import { bootedServer, enrolServer } from "../engine/support/booted-server";
import { changeSettings, run, setSecret, type Settings } from "../engine/support/commands";
import { dayAtAws, DrCloudStack, NODE, STACK } from "../engine/support/dr-cloud";
import { pbsLogin } from "../engine/support/dr-host";
import { inOrder } from "../engine/support/in-order";
import {
  diskSums,
  exportOf,
  forgetLabSite,
  freshLabSite,
  loseState,
  onSite,
  pbsOf,
  runBackups,
  up,
} from "../engine/support/lab-site";

const NAME = "sweep-bucket-alone";
const VAULT = "sweep-bucket-alone-vault";
const [PREFIX, VAULT_PREFIX] = ["127.0.160", "127.0.161"];
const HOME_NODE = "tappaas1";
const BUCKET = "home-copies";
const STORE = "s3-copies";
const NIGHTS = "dr-home";
const GUESTS = [110, 130, 140, 610];

interface Key {
  readonly accessKey: string;
  readonly secretKey: string;
}

/** Its backups are read out of the bucket, through the server at AWS, and its nights go there too. */
class BucketStack extends DrCloudStack {
  constructor(
    site: LabSite,
    private readonly vault: LabSite,
  ) {
    super(site);
  }

  protected override backups(): object {
    return { ...this.server(), authId: "home@pbs!dr", overInternet: false };
  }

  protected override nightly(): object {
    return { ...this.server(), namespace: NIGHTS, authId: "nights@pbs!nightly" };
  }

  private server() {
    const { address, fingerprint } = readSheet(this.vault.places).pbs["vault"]!;
    return { address, fingerprint, datastore: STORE };
  }
}

/** Fire, and nobody else had copies: there is the bucket, the sheet, the repository, and an account at AWS. */
describe("a site of which nothing is left but a bucket and its sheet", function () {
  inOrder(this);
  let site: LabSite;
  let vault: LabSite;
  let cloud: BucketStack;
  let pve: PveClient | undefined;
  let owner: S3Bucket;
  let former: Key;
  let living: string[][];

  before(async () => {
    forgetVault();
    forgetLabSite(NAME);
    site = await freshLabSite(NAME, PREFIX, { day: dayAtAws(NAME) });
    assert.equal(await observeLabSite(site, true), 0);
    const { address: endpoint, port, region, fingerprint, owner: account } = site.sheet.s3!;
    owner = new S3Bucket({ endpoint, port, region, fingerprint, bucket: BUCKET, ...account });
    former = await fillFromHome();
    living = GUESTS.map((vmid) => sums(HOME_NODE, vmid));
    stopLab(site.places);
    askLab(site.places, "reinstall", "--blank", HOME_NODE, "backup");
    site = { ...site, sheet: await startLab(site.places, undefined, PREFIX) };
    await loseState(site, NAME);
  });
  after(async () => {
    await pve?.close();
    owner.close();
    forgetLabSite(NAME);
    forgetLabSite(`${NAME}-day`);
    forgetVault();
  });

  const sums = (node: string, vmid: number) => Object.values(diskSums(site.places, node, vmid));
  const mark = async () => (await owner.read(`${STORE}/.in-use`))?.toString();
  const asVault = () => pbsOf(readSheet(vault.places), "vault");
  const rebuild = (...more: string[]) =>
    site.stack.command(
      ["rebuild", "--escrow-file", site.places.escrowFile, "--json", ...more, "--settings", cloud.file],
      { quiet: true },
    );

  it("gets a backup server at AWS, which fetches from nobody, by a stack of its own", async () => {
    const { accessKey, secretKey } = bucketKey(site.places, { user: "vault", bucket: BUCKET, deletes: false });
    const { address: endpoint, port, region, fingerprint } = site.sheet.s3!;
    const bucket = { endpoint, port, region, fingerprint, name: BUCKET, accessKey };
    const taken = { reattach: "backup", formerKey: former.accessKey };
    const held = { home: { datastore: STORE, path: "/vault/home-cache", bucket, ...taken } };
    vault = await prepareCloudVault(VAULT, VAULT_PREFIX, undefined, held);
    await setSecret(vault, "homeSecretKey", secretKey);
    await setSecret(vault, "homeFormerSecretKey", former.secretKey);
    const { code, stdout, stderr } = await run(vault, "up", "--yes");
    assert.equal(code, 0, stdout + stderr);
    await enrolServer(vault, await bootedServer(vault));
    const pbs = asVault();
    assert.deepEqual([await pbs.datastores(), await pbs.syncJobs()], [[], []]);
    await pbs.close();
  });

  it("does not have its bucket taken up while home's key still writes there, and is told which key that is", async () => {
    const before = await mark();
    const { code, stdout, stderr } = await run(vault, "up", "--yes");
    assert.notEqual(code, 0);
    assert.match(stdout + stderr, new RegExp(`Key ${former.accessKey} of backup still writes to bucket ${BUCKET}`));
    assert.equal(await mark(), before);
  });

  it("has it taken up once a write with that key is refused, with every backup, and nothing that thins them out", async () => {
    askLab(site.places, "switch-s3-key", former.accessKey);
    const { code, stdout, stderr } = await run(vault, "up", "--yes");
    assert.equal(code, 0, stdout + stderr);
    const pbs = asVault();
    assert.deepEqual([...GUESTS, 312].toSorted(), await guestsIn(pbs));
    assert.deepEqual([await pbs.syncJobs(), await pbs.pruneJobs()], [[], []]);
    await pbs.close();
    const again = await onSite(vault, "up", "--yes", "--skip-preview", "--expect-no-changes");
    assert.equal(again.code, 0, again.stdout + again.stderr);
    const watched = await run(vault, "watch", "--json");
    assert.doesNotMatch(watched.stdout, /copies of|did not say/, watched.stderr);
  });

  it("has its guests on a node at AWS, byte for byte out of the bucket, and a second run changes nothing", async () => {
    cloud = new BucketStack(site, vault);
    const sheet = readSheet(vault.places);
    const pbs = asVault();
    const parameters = { name: NIGHTS };
    await pbs.ask(z.unknown(), { method: "POST", path: `/admin/datastore/${STORE}/namespace`, parameters });
    await pbs.close();
    const backups = await pbsLogin(sheet, "vault", "home@pbs!dr", `/datastore/${STORE}`, "DatastoreReader");
    const place = `/datastore/${STORE}/${NIGHTS}`;
    const nightly = await pbsLogin(sheet, "vault", "nights@pbs!nightly", place, "DatastoreBackup");
    await cloud.make({ nightly, backups, aws: site.sheet.aws!.owner.secretKey });
    const made = await rebuild("--yes");
    assert.match(made.stderr, /The machine is made; it installs itself/);
    pve = await cloud.enter();
    await letIn(await addressOf());
    const { code, stdout, stderr } = await rebuild("--yes");
    assert.equal(code, 0, stderr);
    assert.equal((JSON.parse(stdout) as { end: string }).end, "done");
    const back = GUESTS.map((vmid) => sums(NODE, vmid));
    assert.deepEqual(back, living);
    const guests = await new RestoreClient(pve).guests();
    assert.deepEqual(
      guests.map(({ vmid, status }) => [vmid, status]).toSorted(),
      GUESTS.map((vmid) => [vmid, "running"]).toSorted(),
    );
    const again = await rebuild("--yes");
    assert.equal((JSON.parse(again.stdout) as { end: string }).end, "nothing", again.stderr);
  });

  it("is backed up in the nights after, into the same bucket, encrypted, beside what home left there", async () => {
    askLab(site.places, "run-jobs");
    const pbs = asVault();
    const there = await pbs.snapshots(STORE, NIGHTS);
    assert.deepEqual(there.map((one) => Number(one["backup-id"])).toSorted(), [...GUESTS].toSorted());
    for (const { files } of there) assert.ok(files.some((file) => file["crypt-mode"] === "encrypt"));
    assert.deepEqual([...GUESTS, 312].toSorted(), await guestsIn(pbs));
    await pbs.close();
  });

  /** Home with its copy in the bucket, and a night of backups there. @returns Home's key. */
  async function fillFromHome(): Promise<Key> {
    const bucket = { endpoint: "s3.example.org", region: "eu-central-1", name: BUCKET, accessKey: "AKIA" };
    const into = { datastore: STORE, path: "/tankc1/s3-cache" };
    const copy = { kind: "s3", place: "the lab's provider", bucket, into };
    const { offsite, logins } = labBuckets(site.places, site.sheet, { bucket: copy }, `${BUCKET}-home`);
    changeSettings(site, (settings) => ({ ...settings, offsite }));
    const secretKey = logins["bucketSecretKey"]!;
    await setSecret(site, "bucketSecretKey", secretKey);
    await up(site);
    runBackups(site);
    const pbs = pbsOf(site.sheet);
    const job = { method: "POST" as const, path: `/admin/sync/to-${STORE}/run`, parameters: {} };
    await pbs.taskEnd(await pbs.ask(z.string(), job));
    await pbs.close();
    return { accessKey: (offsite["bucket"]!.bucket as Key).accessKey, secretKey };
  }

  /** From where the node at AWS speaks with others. */
  async function addressOf(): Promise<string> {
    const words = ["stack", "output", "machine", "--json", "--stack", STACK];
    const { stdout } = await site.stack.pulumi(words, { quiet: true });
    const { publicAddress } = JSON.parse(stdout) as { publicAddress: string };
    assert.match(publicAddress, /^\d+\.\d+\.\d+\.\d+$/);
    return publicAddress;
  }

  /** The vault's machine lets nobody in; that one address it does then. */
  async function letIn(address: string): Promise<void> {
    changeSettings(vault, (settings) => {
      const { machine, ...rest } = settings as Settings & { machine: object };
      return { ...rest, machine: { ...machine, letIn: [address] } };
    });
    const { code, stdout, stderr } = await run(vault, "up", "--yes");
    assert.equal(code, 0, stdout + stderr);
    assert.match(await exportOf(vault), new RegExp(`"cidrIpv4": "${address}/32"`));
  }

  async function guestsIn(pbs: PbsClient): Promise<number[]> {
    const there = (await pbs.snapshots(STORE)).filter((one) => one["backup-type"] !== "host");
    return [...new Set(there.map((one) => Number(one["backup-id"])))].toSorted();
  }
});

function forgetVault(): void {
  forgetLabSite(VAULT, placesOf(VAULT, VAULT_STACK));
}
