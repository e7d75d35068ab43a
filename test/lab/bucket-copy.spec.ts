import { strict as assert } from "node:assert";
import { rmSync } from "node:fs";
import { join } from "node:path";

import {
  CreateBucketCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutBucketVersioningCommand,
  PutObjectCommand,
} from "@aws-sdk/client-s3";

import { PbsClient } from "../../provider/clients/pbs-client";
import { S3Bucket } from "../../provider/clients/s3-bucket";
import { create, read, remove, update } from "../../provider/objects/life-cycle";
import { s3Datastore } from "../../provider/objects/s3-datastore";
import { refuseLivingKey } from "../../provider/objects/s3-former-key";
import { s3Endpoint } from "../../provider/objects/s3-endpoint";
import { type Site } from "../../provider/objects/site";
import { known } from "../provider/support/test-site";
import { keyFile, NAME, order, PbsUnderTest } from "./pbs/support/pbs-under-test";
import { appendOnly, bucketWith, clientOf, type Key } from "./s3/support";

const BUCKET = "copies";
const TIME = 1_700_000_000;

describe("a datastore in a bucket, made by the provider", () => {
  let pbs: PbsUnderTest;
  let client: PbsClient;
  let home: Key;
  const told: string[] = [];

  before(async () => {
    pbs = await PbsUnderTest.openWithS3();
    home = await bucketWith(labOf(), BUCKET, appendOnly(BUCKET));
    const [tokenId = "", secret = ""] = pbs.token.split(":");
    client = new PbsClient(
      { endpoint: pbs.url, trust: { fingerprint: pbs.fingerprint }, login: { tokenId, secret } },
      [1],
    );
    await create(s3Endpoint, siteOf(), known({ endpointId: "aws", ...reached(home) }), false);
  });
  after(async () => {
    await client.close();
    await pbs.close();
  });

  const labOf = () => pbs.ownSite;
  const siteOf = (more: Partial<Site> = {}): Site => ({
    pbs: () => client,
    pve: () => assert.fail("no node is asked"),
    ...{ hasPbs: true, hasPve: false, key: () => assert.fail("no key is needed"), adoptions: [], acceptances: [] },
    ...{ reports: false, today: () => new Date(), progress: () => undefined, note: () => undefined },
    ...{ tell: (line) => told.push(line), pause: 1 },
    ...more,
  });
  const reached = ({ accessKey, secretKey }: Key) => {
    const { address: endpoint, port, region, fingerprint } = labOf().sheet.content.s3!;
    return { endpoint, port, region, fingerprint, accessKey, secretKey };
  };
  const store = (name: string, more: object = {}) => ({
    ...{ name, path: `/cache/${name}`, endpointId: "aws", bucket: BUCKET, mode: "append-only", ...reached(home) },
    ...more,
  });
  const make = (name: string, more: object = {}) => create(s3Datastore, siteOf(), known(store(name, more)), false);
  const put = (Key: string, Body: string) =>
    clientOf(labOf()).send(new PutObjectCommand({ Bucket: BUCKET, Key, Body }));
  const keys = async (prefix: string) =>
    ((await clientOf(labOf()).send(new ListObjectsV2Command({ Bucket: BUCKET, Prefix: prefix }))).Contents ?? []).map(
      (one) => one.Key,
    );
  const names = async () => (await client.datastores()).map(({ name }) => name);
  const forget = async (name: string) => {
    await pbs.ended(await pbs.data<string>("DELETE", `/config/datastore/${name}`));
    rmSync(join(labOf().state.root, "machines", NAME, "disk/cache", name), { recursive: true });
  };
  const withFullKey = async () => {
    const everything = { Statement: [{ Effect: "Allow", Action: "s3:*", Resource: "*" }] };
    return (await labOf().control.run("s3-user", { name: "everything", policy: everything })) as Key;
  };

  /** A key that another server had, switched off unless it is to live. */
  const formerKey = async (name: string, lives = false) => {
    const policy = appendOnly(BUCKET);
    const { accessKey, secretKey } = (await labOf().control.run("s3-user", { name: `${name}-former`, policy })) as Key;
    if (!lives) await labOf().control.run("switch-s3-key", { accessKey });
    return { formerKey: accessKey, formerSecretKey: secretKey };
  };
  const keyOf = (key: Awaited<ReturnType<typeof formerKey>>) => ({
    accessKey: key.formerKey,
    secretKey: key.formerSecretKey,
  });
  const bytes = async (Key: string) =>
    (await clientOf(labOf()).send(new GetObjectCommand({ Bucket: BUCKET, Key }))).Body?.transformToString();

  it("holds backups that come back byte for byte, and is found as it is when it is there already", async () => {
    const { outputs } = await make("first");
    assert.equal(outputs["adopted"], false);
    await pbs.client("first").backup(order("101", TIME, { key: keyFile(1) }));
    const again = await make("first");
    assert.equal(again.outputs["adopted"], true);
    const seen = await read(s3Datastore, siteOf(), "first", outputs);
    assert.deepEqual(seen?.outputs, outputs);
    const { images } = await pbs.client("first").restore({ type: "vm", id: "101", time: TIME }, keyFile(1));
    assert.deepEqual(images, order("101", TIME).images);
  });

  it("is refused over a datastore that lies there, whose chunks its first garbage collection would free", async () => {
    await make("second");
    await pbs.client("second").backup(order("101", TIME, { key: keyFile(1) }));
    const before = await keys("second/.c");
    await forget("second").catch(() => undefined);
    await put("third/.cnt/vm/101/owner", "root@pam\n");
    await assert.rejects(
      make("third"),
      /already, in use by nobody.*first garbage collection would delete.*Cure: write reattach: nobody/s,
    );
    const foreseen = create(s3Datastore, siteOf(), known(store("third")), true);
    await assert.rejects(foreseen, /already, in use by nobody/, "a preview does not say it");
    assert.equal((await names()).includes("third"), false);
    assert.deepEqual(await keys("second/.c"), before);
  });

  it("is refused where another server has marked it, until that one is named as gone", async () => {
    await put("fourth/.in-use", '{"hostname":"another"}');
    await put("fourth/.cnt/vm/101/owner", "root@pam\n");
    await assert.rejects(make("fourth"), /in use by another.*Cure: write reattach: another/s);
    await assert.rejects(make("fourth", { reattach: "nobody" }), /in use by another, and reattach names nobody/);
    assert.equal((await names()).includes("fourth"), false);
    await make("fourth", { reattach: "another", ...(await formerKey("fourth")) });
    assert.equal((await names()).includes("fourth"), true);
  });

  describe("taken over from a server that is gone", () => {
    const mark = '{"hostname":"gone"}';
    const lies = async (name: string) => {
      await put(`${name}/.in-use`, mark);
      await put(`${name}/.cnt/vm/101/owner`, "root@pam\n");
    };
    const asItWas = async (name: string) => {
      assert.equal((await names()).includes(name), false);
      assert.equal(await bytes(`${name}/.in-use`), mark);
    };

    it("is refused while the key of that server still writes, by the name of that key, and its mark stays", async () => {
      await lies("living");
      const living = await formerKey("living", true);
      const { formerKey: name } = living;
      await assert.rejects(
        make("living", { reattach: "gone", ...living }),
        new RegExp(
          `Key ${name} of gone still writes.*Nothing of the datastore was changed.*Cure: deactivate key ${name}`,
          "s",
        ),
      );
      await asItWas("living");
      await labOf().control.run("switch-s3-key", { accessKey: name });
      const { outputs } = await make("living", { reattach: "gone", ...living });
      const { host, accessKey } = JSON.parse((await bytes(".tappaas/living.json")) ?? "") as Record<string, string>;
      assert.deepEqual([host, accessKey], ["backup", home.accessKey]);
      // The key that is gone has done its work: it leaves the settings, and PBS is not changed by that.
      const before = await client.datastores();
      const later = await update(s3Datastore, siteOf(), outputs, known(store("living", { reattach: "gone" })), false);
      assert.equal("formerSecretKey" in later.outputs, false);
      const byName = (all: typeof before) => all.toSorted((a, b) => (a.name < b.name ? -1 : 1));
      assert.deepEqual(byName(await client.datastores()), byName(before));
    });

    it("takes a key that may no longer write for proof, as one that is none any more", async () => {
      await lies("barred");
      const barred = await formerKey("barred", true);
      await labOf().control.run("s3-user", { name: "barred-former", policy: { Statement: [] } });
      await make("barred", { reattach: "gone", ...barred });
      assert.equal((await names()).includes("barred"), true);
    });

    it("has its cache where the new server likes, when that one never had the datastore", async () => {
      await lies("moved");
      await put(".tappaas/moved.json", '{"host":"gone","path":"/cache/before"}');
      const former = await formerKey("moved");
      await make("moved", { reattach: "gone", ...former });
      const { path } = JSON.parse((await bytes(".tappaas/moved.json")) ?? "") as Record<string, string>;
      assert.equal(path, "/cache/moved");
    });

    it("takes no wrong secret, no silence and no fault of the provider for a proof", async () => {
      await lies("unproved");
      const former = await formerKey("unproved", true);
      const wrong = { reattach: "gone", ...former, formerSecretKey: "another" };
      await assert.rejects(make("unproved", wrong), /is not known.*SignatureDoesNotMatch.*give the right secret/s);
      await asItWas("unproved");
      await labOf().control.run("switch-s3-key", { accessKey: former.formerKey });
      const { endpoint, port, region, fingerprint } = reached(home);
      const bucket = new S3Bucket({ endpoint, port, region, fingerprint, bucket: BUCKET, ...home });
      const takeover = { store: "unproved", host: "gone", former: keyOf(former) };
      for (const kind of ["cut-before-work", "status-500"]) {
        labOf().faults.order({ machine: "s3", kind, operation: "PUT /{bucket}/{key}", times: 9 });
        await assert.rejects(refuseLivingKey(bucket, takeover), /is not known.*run this again/s, kind);
        labOf().faults.clear();
      }
      await refuseLivingKey(bucket, takeover);
      bucket.close();
    });

    it("is refused without a proof, with the new server's own key, and with one that the old server did not use", async () => {
      await lies("other");
      const foreseen = (more: object) =>
        create(s3Datastore, siteOf(), known(store("other", { reattach: "gone", ...more })), true);
      await assert.rejects(foreseen({}), /nothing proves that gone.*acceptances: .*unproven-former-key/s);
      await assert.rejects(foreseen({ formerKey: "AK0" }), /came without its secret/);
      const own = { formerKey: home.accessKey, formerSecretKey: home.secretKey };
      await assert.rejects(foreseen(own), /is to be the new server's own, and it is the one that gone had/);
      await put(".tappaas/other.json", '{"host":"gone","path":"/cache/other","accessKey":"AKLAST"}');
      const stranger = await formerKey("other");
      await assert.rejects(foreseen(stranger), /last used with key AKLAST.*Cure: write formerKey: AKLAST/s);
      await assert.rejects(make("other", { reattach: "gone", ...stranger }), /last used with key AKLAST/);
      await asItWas("other");
    });

    it("goes ahead without a proof only when somebody takes that upon themselves, by name and with a reason", async () => {
      await lies("accepted");
      const object = "pbs:S3Datastore/accepted";
      const acceptances = [{ object, change: "unproven-former-key" as const, who: "Ana", why: "the account is new" }];
      await create(s3Datastore, siteOf({ acceptances }), known(store("accepted", { reattach: "gone" })), false);
      assert.equal((await names()).includes("accepted"), true);
      assert.match(told.join("\n"), /nothing proves that gone[\s\S]*Accepted by Ana: the account is new/);
    });
  });

  it("is refused with another cache than the one that it had on this server, which a running PBS would go on filling", async () => {
    const full = await withFullKey();
    await create(s3Endpoint, siteOf(), known({ endpointId: "whole", ...reached(full) }), false);
    const { outputs } = await make("fifth", { endpointId: "whole", path: "/cache/before" });
    await put("fifth/.cnt/vm/101/owner", "root@pam\n");
    await remove(s3Datastore, siteOf(), outputs);
    await assert.rejects(
      make("fifth", { reattach: "nobody" }),
      /had its cache in \/cache\/before.*Cure: write path: \/cache\/before/s,
    );
    assert.equal((await names()).includes("fifth"), false);
  });

  it("stops when another server has marked it since, before either of them collects garbage", async () => {
    const { outputs } = await make("sixth");
    await put("sixth/.in-use", '{"hostname":"intruder"}');
    const changed = update(s3Datastore, siteOf(), outputs, known(store("sixth", { comment: "x" })), false);
    await assert.rejects(changed, /made by backup, and intruder has marked it.*Cure: stop garbage collection on both/s);
  });

  it("is refused to a key that may delete what is to be append-only: the right is tried, and not believed", async () => {
    const full = await withFullKey();
    await assert.rejects(make("seventh", full), /may delete versions in bucket copies for good.*Cure: /s);
    const policy = appendOnly(BUCKET);
    const deleting = { Effect: "Allow", Action: "s3:DeleteObject", Resource: `arn:aws:s3:::${BUCKET}/*` };
    const all = { Statement: [...policy.Statement, deleting] };
    const ordinary = (await labOf().control.run("s3-user", { name: "ordinary", policy: all })) as Key;
    await assert.rejects(make("seventh", ordinary), /may delete in bucket copies, and the copy is to be append-only/);
    assert.equal((await names()).includes("seventh"), false);
    await make("seventh", { ...ordinary, mode: "ordinary" });
    assert.equal((await names()).includes("seventh"), true);
  });

  it("is refused in a bucket without versions, with Object Lock, or that moves objects where nothing reads them at once", async () => {
    const owner = clientOf(labOf());
    const full = await withFullKey();
    await owner.send(new CreateBucketCommand({ Bucket: "bare" }));
    await assert.rejects(
      make("eighth", { ...full, bucket: "bare" }),
      /expected versioning to be on, got none.*Cure: turn versioning on/s,
    );
    await owner.send(new CreateBucketCommand({ Bucket: "locked", ObjectLockEnabledForBucket: true }));
    await assert.rejects(make("eighth", { ...full, bucket: "locked" }), /has Object Lock.*Cure: make another bucket/s);
    await owner.send(new CreateBucketCommand({ Bucket: "cold" }));
    const VersioningConfiguration = { Status: "Enabled" } as const;
    await owner.send(new PutBucketVersioningCommand({ Bucket: "cold", VersioningConfiguration }));
    const { PutBucketLifecycleConfigurationCommand } = await import("@aws-sdk/client-s3");
    const Transitions = [{ Days: 30, StorageClass: "GLACIER" as const }];
    const Rules = [{ ID: "cold", Status: "Enabled" as const, Filter: { Prefix: "" }, Transitions }];
    await owner.send(new PutBucketLifecycleConfigurationCommand({ Bucket: "cold", LifecycleConfiguration: { Rules } }));
    await assert.rejects(
      make("eighth", { ...full, bucket: "cold" }),
      /moves objects to GLACIER.*Cure: take the transition out/s,
    );
  });

  it("takes an acceptance to become one that home may delete, and never moves", async () => {
    const { outputs } = await make("ninth");
    const ordinary = known(store("ninth", { mode: "ordinary" }));
    const weaker = update(s3Datastore, siteOf(), outputs, ordinary, true);
    await assert.rejects(weaker, /whoever takes the backup server over deletes this copy too.*shorten-retention/s);
    for (const change of [{ path: "/other" }, { bucket: "another" }]) {
      await assert.rejects(
        update(s3Datastore, siteOf(), outputs, known(store("ninth", change)), true),
        /declare a second one beside it/,
      );
    }
  });

  it("leaves all backups in the bucket when it is released", async () => {
    const full = await withFullKey();
    await create(s3Endpoint, siteOf(), known({ endpointId: "full", ...reached(full) }), false);
    const { outputs } = await make("tenth", { endpointId: "full" });
    await pbs.client("tenth").backup(order("101", TIME, { key: keyFile(1) }));
    const before = await keys("tenth/.c");
    await remove(s3Datastore, siteOf(), outputs);
    assert.deepEqual(await keys("tenth/.c"), before);
    assert.equal((await names()).includes("tenth"), false);
  });
});
