import { strict as assert } from "node:assert";
import { readFileSync } from "node:fs";
import { join } from "node:path";

import * as z from "zod";

import { hostKeyOfLine } from "../../commands/ssh/host-key";
import { prepareCloudVault } from "../../tools/lab-site/cloud-vault";
import { bucketKey } from "../../tools/lab-site/buckets";
import { askLab, readSheet } from "../../tools/lab-site/lab";
import { placesOf } from "../../tools/lab-site/places";
import { type LabSite } from "../../tools/lab-site/prepare";
import { copyReaderOf, VAULT_STACK } from "../../tools/lab-site/vault";
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
    const server = await bootedServer(vault);
    const { host, port, user, hostKey, privateKeyFile } = server.ssh;
    const key = ["--accept-host-key", hostKeyOfLine(hostKey).fingerprint, "--key", privateKeyFile];
    const where = ["--host", host, "--port", String(port), "--user", user, "--backup-server", ...key];
    const { code, stdout, stderr } = await run(vault, "enrol", ...where, "--yes");
    assert.equal(code, 0, stdout + stderr);
    // The lab's SSH is at another port than an owner's would be.
    await setSecret(vault, "sshPrivateKey", readFileSync(privateKeyFile, "utf8"));
    changeSettings(vault, (settings) => {
      const { backupServer, ...rest } = settings as unknown as { backupServer: object };
      return { ...rest, backupServer: { ...backupServer, ssh: { host, port, user, hostKey } } } as never;
    });
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

/** What the lab says of the machine, once it has started. */
async function bootedServer({ places }: LabSite) {
  for (let tries = 0; tries < 60; tries += 1) {
    const server = readSheet(places).pbs["vault"];
    if (server?.ssh !== undefined) return server;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  throw new Error(`The machine did not start:\n${readFileSync(join(places.root, "lab.log"), "utf8").slice(-3000)}`);
}

function forget(): void {
  forgetLabSite(VAULT, placesOf(VAULT, VAULT_STACK));
}
