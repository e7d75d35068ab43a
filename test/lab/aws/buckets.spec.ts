import { strict as assert } from "node:assert";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { Site } from "../../../lab/core/site";
import { startS3 } from "../../../lab/s3/module";
import { Api, RESOURCES } from "./stand-in";

const bucket = "backups";
const policy = JSON.stringify({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Action: ["s3:GetObject"], Resource: `arn:aws:s3:::${bucket}/*` }],
});
const rules = [
  { id: "old", status: "Enabled", filter: { prefix: "" }, noncurrentVersionExpiration: { noncurrentDays: 30 } },
  { id: "marks", status: "Enabled", filter: { prefix: "" }, expiration: { expiredObjectDeleteMarker: true } },
];
const blocks = { blockPublicAcls: true, blockPublicPolicy: true, ignorePublicAcls: true, restrictPublicBuckets: true };

/** Each resource, in the order in which one needs another: inputs, and a change from outside through the stand-in itself. */
const CASES = [
  { type: "aws:s3/bucket:Bucket", inputs: { bucket } },
  {
    type: "aws:s3/bucketVersioning:BucketVersioning",
    inputs: { bucket, versioningConfiguration: { status: "Enabled" } },
    otherwise: { bucket, versioningConfiguration: { status: "Suspended" } },
  },
  {
    type: "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
    inputs: { bucket, ...blocks },
    otherwise: { bucket, ...blocks, blockPublicAcls: false },
  },
  {
    type: "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",
    inputs: { bucket, rules },
    otherwise: { bucket, rules: rules.slice(1) },
  },
  { type: "aws:iam/user:User", inputs: { name: "home" } },
  {
    type: "aws:iam/userPolicy:UserPolicy",
    inputs: { name: "fills", user: "home", policy },
    otherwise: { name: "fills", user: "home", policy: policy.replace("GetObject", "PutObject") },
  },
  { type: "aws:iam/accessKey:AccessKey", inputs: { user: "home" } },
] as const;

/** Buckets and their keys lie at the lab's own provider, for moto cannot play what PBS does with one. */
describe("the lab's stand-in for the aws plugin, with buckets", () => {
  let site: Site;
  let directory: string;
  let api: unknown;
  const bundle = process.env["SSL_CERT_FILE"];
  const made = new Map<string, { id: string; state: Record<string, unknown> }>();

  before(async () => {
    directory = mkdtempSync(join(tmpdir(), "aws-spec-"));
    const description = { name: "spec", nodes: [], pbs: [], s3: { host: 30, region: "eu-central-1" } };
    const prefix = `127.${60 + (process.pid % 150)}.${(process.pid >> 8) % 250}`;
    site = await Site.open({ state: directory, prefix, description });
    await startS3(site);
    const { address, port, region, owner } = site.sheet.content.s3!;
    const url = `https://${address}:${port}`;
    process.env["SSL_CERT_FILE"] = site.sheet.content.ca;
    api = new Api({ ...owner, region, endpoints: [{ s3: url, iam: url }], s3UsePathStyle: true });
  });
  after(async () => {
    if (bundle === undefined) delete process.env["SSL_CERT_FILE"];
    else process.env["SSL_CERT_FILE"] = bundle;
    await site.stop();
    rmSync(directory, { recursive: true });
  });

  it("makes everything that a bucket for backups needs, and reads it back as it was declared", async () => {
    for (const { type, inputs } of CASES) {
      const { id, outputs = {} } = await RESOURCES[type]!.create(api, inputs);
      const state = { ...inputs, ...outputs };
      made.set(type, { id, state });
      const found = (await RESOURCES[type]!.read(api, { ...state, id })) as Record<string, unknown>;
      for (const [name, value] of Object.entries(inputs)) assert.deepEqual(found[name], value, `${type} ${name}`);
    }
    assert.match(String(made.get("aws:iam/accessKey:AccessKey")?.state["secret"]), /^.{20,}$/);
  });

  it("shows what somebody changed, and changes it back in place", async () => {
    for (const { type, inputs, ...more } of CASES) {
      if (!("otherwise" in more)) continue;
      const { id, state } = made.get(type)!;
      const resource = RESOURCES[type]!;
      await resource.update(api, more.otherwise, state);
      const found = (await resource.read(api, { ...state, id })) as Record<string, unknown>;
      assert.notDeepEqual(
        Object.keys(inputs).map((name) => found[name]),
        Object.values(inputs),
        type,
      );
      await resource.update(api, inputs, state);
      const again = (await resource.read(api, { ...state, id })) as Record<string, unknown>;
      assert.deepEqual(
        Object.keys(inputs).map((name) => again[name]),
        Object.values(inputs),
        type,
      );
    }
  });

  it("takes everything away again, and then finds nothing", async () => {
    for (const { type } of [...CASES].reverse()) {
      const { id, state } = made.get(type)!;
      await RESOURCES[type]!.remove(api, { ...state, id });
    }
    for (const type of ["aws:s3/bucket:Bucket", "aws:iam/user:User"]) {
      const { id, state } = made.get(type)!;
      assert.equal(await RESOURCES[type]!.read(api, { ...state, id }), undefined);
    }
  });

  it("reaches nothing but loopback", () => {
    const config = { accessKey: "a", secretKey: "b", region: "eu-central-1" };
    const elsewhere = "https://s3.eu-central-1.amazonaws.com";
    assert.throws(
      () => new Api({ ...config, endpoints: [{ s3: elsewhere, iam: elsewhere }] }),
      /reaches loopback only/,
    );
    assert.throws(() => new Api(config), /reaches loopback only/);
  });
});
