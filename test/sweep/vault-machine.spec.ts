import { strict as assert } from "node:assert";

import * as z from "zod";

import { prepareCloudVault } from "../../tools/lab-site/cloud-vault";
import { bucketKey } from "../../tools/lab-site/buckets";
import { askLab, readSheet } from "../../tools/lab-site/lab";
import { placesOf } from "../../tools/lab-site/places";
import { type LabSite } from "../../tools/lab-site/prepare";
import { copyReaderOf, VAULT_STACK } from "../../tools/lab-site/vault";
import { bootedServer, enrolServer } from "../engine/support/booted-server";
import { changeSettings, run, setSecret, type Settings } from "../engine/support/commands";
import { inOrder } from "../engine/support/in-order";
import { forgetLabSite, freshLabSite, onServer, onSite, pbsOf, runBackups, up } from "../engine/support/lab-site";

const HOME = "test-machine-home";
const VAULT = "test-machine-vault";
const BUCKET = "machine-copies";
const GUESTS = ["110", "130", "140", "312", "610"];

describe("a vault in a machine of AWS", function () {
  inOrder(this);
  let home: LabSite;
  let vault: LabSite;

  before(async () => {
    forget();
    home = await freshLabSite(HOME, "127.0.134");
    changeSettings(home, (settings) => ({
      ...settings,
      backup: { ...(settings.backup as object | undefined), readers: ["vault@pbs"] },
    }));
    await up(home);
    runBackups(home);
    const reader = (await copyReaderOf(home, "vault@pbs"))!;
    vault = await prepareCloudVault(VAULT, "127.0.135", reader);
    await addBucket(reader.secret);
  });
  after(() => {
    if (process.env["KEEP"] !== undefined) return;
    forgetLabSite(HOME);
    forget();
  });

  /** The same backups a second time, into a bucket of another account; on the machine lies a cache of them alone. */
  async function addBucket(reader: string): Promise<void> {
    askLab(home.places, "s3-bucket", BUCKET);
    const { accessKey, secretKey } = bucketKey(home.places, { user: "vault", bucket: BUCKET, deletes: true });
    const { address: endpoint, port, region, fingerprint } = home.sheet.s3!;
    const bucket = { endpoint, port, region, fingerprint, name: BUCKET, accessKey };
    changeSettings(vault, (settings) => {
      const { sources, ...rest } = settings as Settings & { sources: { home: object } };
      const into = { datastore: "bucket-copies", path: "/vault/bucket-cache", bucket };
      return { ...rest, sources: { ...sources, bucketed: { ...sources.home, into } } };
    });
    await setSecret(vault, "bucketedReader", reader);
    await setSecret(vault, "bucketedSecretKey", secretKey);
  }

  it("is made first, before anybody has a login to it, and the run says what is to be done next", async () => {
    const { code, stdout, stderr } = await run(vault, "up", "--yes");
    assert.equal(code, 0, stdout + stderr);
    assert.match(stdout + stderr, /nothing is fetched yet: the machine is made now/);
    const [, volume] = Object.entries(await exported(vault)).find(([urn]) => urn.includes("Volume::vault"))!;
    // 80 GiB of copies and 128 of a cache, with the room that ZFS wants.
    assert.deepEqual([volume["size"], volume["encrypted"]], [260, true]);
  });

  it("lets nobody in from outside, keeps its own login from programs, and is told no secret", async () => {
    const state = await exported(vault);
    const types = Object.keys(state).map((urn) => urn.split("::")[2]?.split("$").pop());
    assert.equal(types.includes("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"), false);
    const [, machine] = Object.entries(state).find(([urn]) => urn.includes("instance:Instance::vault"))!;
    assert.equal((machine["metadataOptions"] as { httpTokens: string }).httpTokens, "required");
    assert.equal((machine["rootBlockDevice"] as { encrypted: boolean }).encrypted, true);
    assert.doesNotMatch(String(machine["userData"]), /password=|PRIVATE KEY|token=/i);
  });

  it("is a backup server after its first start, with a pool on the disk of copies, and is enrolled as any other", async () => {
    await enrolServer(vault, await bootedServer(vault));
  });

  it("fetches every guest of home once it is enrolled, onto a dataset with a quota and into a bucket, and a second run changes nothing", async () => {
    const { code, stdout, stderr } = await run(vault, "up", "--yes");
    assert.equal(code, 0, stdout + stderr);
    const pbs = pbsOf(readSheet(vault.places), "vault");
    for (const [source, store] of [
      ["home", "home-copies"],
      ["bucketed", "bucket-copies"],
    ] as const) {
      const upid = await pbs.ask(z.string(), { method: "POST", path: `/admin/sync/${source}/run`, parameters: {} });
      await pbs.taskEnd(upid);
      const snapshots = await pbs.snapshots(store);
      const guests = snapshots.filter((one) => one["backup-type"] !== "host").map((one) => one["backup-id"]);
      const lines = await pbs.ask(z.array(z.looseObject({ t: z.string() })), {
        ...{ method: "GET", path: `/nodes/localhost/tasks/${encodeURIComponent(upid)}/log` },
        parameters: { limit: 0 },
      });
      assert.deepEqual(guests.toSorted(), GUESTS, lines.map(({ t }) => t).join("\n"));
    }
    const kinds = Object.fromEntries((await pbs.datastores()).map(({ name, backend }) => [name, backend]));
    assert.deepEqual(kinds, { "home-copies": undefined, "bucket-copies": `type=s3,client=bucketed,bucket=${BUCKET}` });
    const again = await onSite(vault, "up", "--yes", "--skip-preview", "--expect-no-changes");
    assert.equal(again.code, 0, again.stdout + again.stderr);
    const drift = await run(vault, "drift");
    assert.equal(drift.code, 0, drift.stdout + drift.stderr);
  });

  it("keeps a snapshot of each day of its copies under its backup server, made by the machine itself", async () => {
    const sheet = readSheet(vault.places);
    const unit = "tappaas-snapshots-home";
    assert.equal(await onServer(sheet, "vault", `systemctl is-enabled ${unit}.timer`), "enabled\n");
    await onServer(sheet, "vault", `systemctl start ${unit}.service`);
    const kept = await onServer(sheet, "vault", "zfs list -H -t snapshot -d 1 -o name vault/home-copies");
    assert.match(kept, /^vault\/home-copies@tappaas-\d{4}-\d\d-\d\dT\d{6}Z\n$/);
  });

  it("is not given up when somebody takes it out of the settings: nothing is deleted, and the disk is named", async () => {
    const back = changeSettings(vault, (settings) => {
      const rest: Record<string, unknown> = { ...settings };
      delete rest["machine"];
      return rest as never;
    });
    const { code, stdout, stderr } = await run(vault, "up", "--yes");
    back();
    assert.notEqual(code, 0);
    assert.match(stdout + stderr, /aws:ebs\/volume:Volume|Volume/);
    const drift = await run(vault, "drift");
    assert.equal(drift.code, 0, drift.stdout + drift.stderr);
  });

  it("stays, with its copies, when the program is taken off", async () => {
    const { code, stdout, stderr } = await run(vault, "down", "--confirm", VAULT_STACK);
    assert.equal(code, 0, stdout + stderr);
    assert.ok((await pbsOf(readSheet(vault.places), "vault").snapshots("home-copies")).length > 0);
  });
});

/** Inputs and outputs of what the state has, by URN. */
async function exported({ stack }: LabSite): Promise<Record<string, Record<string, unknown>>> {
  const { stdout } = await stack.pulumi(["stack", "export", "--stack", VAULT_STACK], { quiet: true });
  const { deployment } = JSON.parse(stdout) as { deployment: { resources: { urn: string; outputs?: object }[] } };
  return Object.fromEntries(
    deployment.resources.map(({ urn, outputs = {} }) => [urn, outputs as Record<string, unknown>]),
  );
}

function forget(): void {
  forgetLabSite(VAULT, placesOf(VAULT, VAULT_STACK));
}
