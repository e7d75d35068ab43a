import { strict as assert } from "node:assert";
import { readdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";

import {
  DeleteObjectCommand,
  ListObjectVersionsCommand,
  ListObjectsV2Command,
  type S3Client,
} from "@aws-sdk/client-s3";

import { appendOnly, bucketWith, clientOf, type Key } from "../s3/support";
import { keyFile, NAME, order, PbsUnderTest } from "./support/pbs-under-test";

const T0 = 1_700_000_000;
const DAY = 86_400;
const BUCKET = "copies";
const ALL = { Statement: [{ Effect: "Allow", Action: "s3:*", Resource: `arn:aws:s3:::${BUCKET}*` }] };
const DENIED = "unexpected status code 403 Forbidden";

// Source of all cases: observed on PBS 4.2.3 with a versioned S3 emulator; see the facts of the project. The lab alone has a bucket.
describe("a datastore of the lab's PBS in a bucket", function () {
  let pbs: PbsUnderTest;
  let owner: S3Client;
  let full: Key;
  let few: Key;

  before(async () => {
    pbs = await PbsUnderTest.openWithS3();
    const site = pbs.ownSite;
    owner = clientOf(site);
    full = await bucketWith(site, BUCKET, ALL);
    few = (await site.control.run("s3-user", { name: "few", policy: appendOnly(BUCKET) })) as Key;
    await addEndpoint("full", full);
    await addEndpoint("few", few);
  });
  after(() => pbs.close());

  const endpointOf = () => pbs.ownSite.sheet.content.s3!;
  const addEndpoint = (id: string, { accessKey, secretKey }: Key, more: object = {}) => {
    const { address: endpoint, port, region, fingerprint } = endpointOf();
    const json = { id, endpoint, port, region, fingerprint, "path-style": true, "access-key": accessKey };
    return pbs.data("POST", "/config/s3", { json: { ...json, "secret-key": secretKey, ...more } });
  };
  const backend = (client: string) => `type=s3,client=${client},bucket=${BUCKET}`;
  const make = (name: string, client: string, more: object = {}) =>
    pbs.createDatastore(name, { backend: backend(client), path: `/cache/${name}`, ...more });
  const forget = async (name: string) => pbs.ended(await pbs.data<string>("DELETE", `/config/datastore/${name}`));
  const backUp = (name: string, time: number, more: object = {}) =>
    pbs.client(name).backup(order("101", time, { key: keyFile(1), ...more }));
  const restored = async (name: string, time: number) =>
    (await pbs.client(name).restore({ type: "vm", id: "101", time }, keyFile(1))).images["drive-scsi0.img"];
  const work = async (name: string, what: string, verb: "POST" | "PUT" = "POST") =>
    pbs.ended(await pbs.data<string>(verb, `/admin/datastore/${name}/${what}`));
  const times = async (name: string) =>
    (await pbs.data<{ "backup-time": number }[]>("GET", `/admin/datastore/${name}/snapshots`))
      .map((one) => one["backup-time"])
      .toSorted((a, b) => a - b);
  const keys = async (prefix: string) =>
    ((await owner.send(new ListObjectsV2Command({ Bucket: BUCKET, Prefix: prefix }))).Contents ?? []).map(
      (one) => one.Key!,
    );
  const cache = (name: string, ...below: string[]) =>
    join(pbs.ownSite.state.root, "machines", NAME, "disk/cache", name, ...below);

  it("is entered without a question: a wrong key is accepted, and its secret is never shown", async () => {
    await addEndpoint("wrong", { accessKey: "NOBODY", secretKey: "nothing-of-worth" });
    const { text } = await pbs.send("GET", "/config/s3/wrong");
    assert.equal(text.includes("nothing-of-worth"), false);
    const again = await pbs.send("POST", "/config/s3", {
      json: { id: "wrong", endpoint: "127.0.0.1", "access-key": "a", "secret-key": "b" },
    });
    assert.match(again.text, /parameter verification failed - 'id': s3 client config 'wrong' already exists\./);
    const refused = await pbs.send("POST", "/config/datastore", {
      json: { name: "none", path: "/cache/none", backend: backend("wrong") },
    });
    assert.equal(refused.status, 400);
    assert.match(refused.text, /failed to access bucket: bucket does not exist or no permission to access it/);
    assert.equal((await pbs.send("GET", "/config/s3/wrong/list-buckets")).text, "failed to list buckets");
  });

  it("says which step of a check a key may not do, and leaves the object of the check then", async () => {
    const checked = await pbs.send("PUT", "/admin/s3/few/check", { json: { bucket: BUCKET, "store-prefix": "try" } });
    assert.equal(checked.text, "delete object failed");
    assert.deepEqual(await keys("try/"), ["try/.s3-client-test"]);
    assert.equal((await pbs.send("PUT", "/admin/s3/full/check", { json: { bucket: BUCKET } })).status, 200);
    assert.equal(
      (await pbs.send("PUT", "/admin/s3/full/check", { json: { bucket: "absent" } })).text,
      "head object failed",
    );
  });

  it("lies in the bucket as PBS lays it out, and comes back from there when the cache is lost", async () => {
    await make("layout", "full");
    await backUp("layout", T0);
    const found = await keys("layout/");
    const there = (key: string) => found.includes(`layout/${key}`);
    assert.ok(there(".in-use") && there(".cnt/vm/101/owner"), found.join("\n"));
    assert.ok(there(".cnt/vm/101/2023-11-14T22:13:20Z/index.json.blob"));
    assert.ok(found.some((key) => /^layout\/\.chunks\/[0-9a-f]{4}\/[0-9a-f]{64}$/.test(key)));
    rmSync(cache("layout", "vm"), { recursive: true });
    emptyChunks(cache("layout", ".chunks"));
    assert.deepEqual(await times("layout"), []);
    assert.equal(await work("layout", "s3-refresh", "PUT"), "OK");
    assert.deepEqual(await times("layout"), [T0]);
    assert.deepEqual(await restored("layout", T0), Buffer.alloc(200_000, "101"));
  });

  it("cannot be read or written once the directories of its cache are gone too", async () => {
    await make("nocache", "full");
    await backUp("nocache", T0);
    rmSync(cache("nocache"), { recursive: true });
    assert.equal(await work("nocache", "s3-refresh", "PUT"), "OK");
    assert.deepEqual(await times("nocache"), [T0]);
    await assert.rejects(restored("nocache", T0), /ENOENT/);
  });

  it("goes on with a key that may not delete: only what deletes complains, and nothing is lost", async () => {
    await make("append", "few");
    await backUp("append", T0);
    await backUp("append", T0 + DAY, { images: { "drive-scsi0.img": Buffer.alloc(200_000, "other") } });
    const before = await keys("append/");
    assert.equal(await work("append", "verify"), "OK");
    const query = { "backup-type": "vm", "backup-id": "101", "backup-time": T0 };
    const forgotten = await pbs.send("DELETE", "/admin/datastore/append/snapshots", { query });
    assert.equal(`${forgotten.status} ${forgotten.text}`, `400 failed to delete snapshot - ${DENIED}`);
    const keep = { "backup-type": "vm", "backup-id": "101", "keep-last": 1 };
    const pruned = await pbs.data<{ keep: boolean }[]>("POST", "/admin/datastore/append/prune", { json: keep });
    assert.deepEqual(
      pruned.map((one) => one.keep),
      [false, true],
    );
    const upid = await pbs.data<string>("POST", "/admin/datastore/append/prune-datastore", {
      json: { "keep-last": 1 },
    });
    assert.equal(await pbs.ended(upid), "WARNINGS: 1");
    assert.deepEqual(await times("append"), [T0, T0 + DAY]);
    assert.equal(await work("append", "gc"), "OK");
    assert.equal(await work("append", "s3-refresh", "PUT"), "OK");
    const kept = (all: string[]) => all.filter((key) => !key.endsWith("/index.json.blob"));
    assert.deepEqual(kept(await keys("append/")), kept(before));
    assert.deepEqual(await restored("append", T0), Buffer.alloc(200_000, "101"));
  });

  it("loses a group in its own list when the bucket refuses, and has it again after a refresh", async () => {
    await make("group", "few");
    await backUp("group", T0);
    const query = { "backup-type": "vm", "backup-id": "101" };
    assert.equal((await pbs.send("DELETE", "/admin/datastore/group/groups", { query })).status, 400);
    assert.deepEqual(await times("group"), []);
    await work("group", "s3-refresh", "PUT");
    assert.deepEqual(await times("group"), [T0]);
  });

  it("fails in garbage collection with such a key as soon as there is something to free, and frees nothing", async () => {
    await make("refused", "few");
    await backUp("refused", T0);
    rmSync(cache("refused", "vm"), { recursive: true });
    const before = await keys("refused/.chunks/");
    assert.match(await work("refused", "gc"), /403 Forbidden/);
    assert.deepEqual(await keys("refused/.chunks/"), before);
  });

  it("is refused to a second server by the mark of the first, unless both words are said", async () => {
    await make("marked", "full");
    await backUp("marked", T0);
    await bootAsAnother("marked");
    await assert.rejects(make("marked", "full"), /Bucket already contains datastore in use by host another/);
    await assert.rejects(make("marked", "full", { "reuse-datastore": true }), /in use by host another/);
    await make("marked", "full", { "reuse-datastore": true, "overwrite-in-use": true });
    assert.deepEqual(await times("marked"), [T0]);
  });

  it("DANGER: made anew over data without a mark, it is empty, and its garbage collection frees every chunk", async () => {
    await make("danger1", "full");
    await backUp("danger1", T0);
    assert.equal(await forget("danger1"), "OK");
    rmSync(cache("danger1"), { recursive: true });
    await make("danger1", "full");
    assert.deepEqual(await times("danger1"), []);
    assert.equal(await work("danger1", "gc"), "OK");
    assert.equal((await keys("danger1/.chunks/")).length, 1);
  });

  it("DANGER: garbage collection frees what another server wrote", async () => {
    await make("danger2", "full");
    const stranger = `danger2/.chunks/abcd/${"abcd".repeat(16)}`;
    await putAsOwner(stranger, "bytes");
    assert.equal(await work("danger2", "gc"), "OK");
    assert.deepEqual(
      (await keys("danger2/.chunks/")).filter((key) => key === stranger),
      [],
    );
  });

  it("DANGER: with another cache under an old name the refresh fills the old one, and garbage collection frees every chunk", async () => {
    await make("danger3", "full");
    await backUp("danger3", T0);
    assert.equal(await work("danger3", "s3-refresh", "PUT"), "OK");
    assert.equal(await forget("danger3"), "OK");
    await make("danger3", "full", { path: "/cache/danger3-new", "reuse-datastore": true });
    assert.deepEqual(await times("danger3"), []);
    assert.equal(await work("danger3", "gc"), "OK");
    assert.equal((await keys("danger3/.chunks/")).length, 1);
  });

  it("TRAP: after a rewind cached chunks are not sent again, and a verification finds it", async () => {
    await make("trap", "full");
    const before = Date.now();
    await backUp("trap", T0);
    await removeNewerThan("trap/", before);
    assert.equal(await work("trap", "s3-refresh", "PUT"), "OK");
    assert.deepEqual(await times("trap"), []);
    await backUp("trap", T0 + DAY);
    assert.match(await work("trap", "verify"), /verification failed/);
    await backUp("trap", T0 + 2 * DAY);
    const verify = await pbs.data<string>("POST", "/admin/datastore/trap/verify", {
      json: { "ignore-verified": false },
    });
    assert.equal(await pbs.ended(verify), "OK");
    assert.deepEqual(await restored("trap", T0 + 2 * DAY), Buffer.alloc(200_000, "101"));
  });

  it("stays in maintenance when a refresh cannot be done, until somebody clears it", async () => {
    await pbs.createDatastore("plain");
    assert.match(await work("plain", "s3-refresh", "PUT"), /not backed by S3/);
    const { text } = await pbs.send("GET", "/admin/datastore/plain/snapshots");
    assert.equal(text, "datastore 'plain' is unavailable: S3 refresh maintenance mode: ");
    await pbs.data("PUT", "/config/datastore/plain", { json: { delete: ["maintenance-mode"] } });
    assert.equal((await pbs.send("GET", "/admin/datastore/plain/snapshots")).status, 200);
  });

  it("leaves everything in the bucket but its mark when it is forgotten, and its endpoint not before", async () => {
    await make("left", "full");
    await backUp("left", T0);
    const used = await pbs.send("DELETE", "/config/s3/full");
    assert.match(used.text, /^in-use by datastore /);
    const before = await keys("left/");
    assert.equal(await forget("left"), "OK");
    assert.deepEqual(
      await keys("left/"),
      before.filter((key) => key !== "left/.in-use"),
    );
  });

  it("cannot be forgotten with a key that may not delete, until a better one is there", async () => {
    await addEndpoint("changing", few);
    await make("stuck", "changing");
    assert.match(await forget("stuck"), /403 Forbidden/);
    const { text } = await pbs.send("PUT", "/config/datastore/stuck", { json: { comment: "x" } });
    assert.equal(text, "datastore is being deleted");
    const { accessKey, secretKey } = full;
    await pbs.data("PUT", "/config/s3/changing", { json: { "access-key": accessKey, "secret-key": secretKey } });
    assert.equal(await forget("stuck"), "OK");
  });

  it("is filled by a sync job within the server, with what is encrypted alone, and without a request when nothing is new", async () => {
    await pbs.createDatastore("main");
    await make("filled", "few");
    await pbs.client("main").backup(order("101", T0, { key: keyFile(1) }));
    await pbs.client("main").backup(order("102", T0));
    const job = { id: "fill", store: "filled", "remote-store": "main", "encrypted-only": true };
    await pbs.data("POST", "/config/sync", { json: job });
    const run = async () => pbs.ended(await pbs.data<string>("POST", "/admin/sync/fill/run", { json: {} }));
    assert.equal(await run(), "OK");
    assert.deepEqual(await restored("filled", T0), Buffer.alloc(200_000, "101"));
    const snapshots = await pbs.data<{ "backup-id": string; owner: string }[]>(
      "GET",
      "/admin/datastore/filled/snapshots",
    );
    assert.deepEqual(
      snapshots.map((one) => `${one["backup-id"]} ${one.owner}`),
      ["101 root@pam"],
    );
    const before = requests();
    assert.equal(await run(), "OK");
    assert.equal(requests(), before);
  });

  const requests = () =>
    pbs.ownSite.events.all().filter(({ machine, kind }) => machine === "s3" && kind === "request").length;

  const putAsOwner = async (Key: string, Body: string) => {
    const { PutObjectCommand } = await import("@aws-sdk/client-s3");
    await owner.send(new PutObjectCommand({ Bucket: BUCKET, Key, Body }));
  };

  /** The mark of another host in the bucket, and this server without the datastore, as after a new installation. */
  const bootAsAnother = async (name: string) => {
    assert.equal(await forget(name), "OK");
    rmSync(cache(name), { recursive: true });
    await putAsOwner(`${name}/.in-use`, '{"hostname":"another"}');
  };

  const removeNewerThan = async (prefix: string, moment: number) => {
    const { Versions = [], DeleteMarkers = [] } = await owner.send(
      new ListObjectVersionsCommand({ Bucket: BUCKET, Prefix: prefix }),
    );
    for (const { Key, VersionId, LastModified } of [...Versions, ...DeleteMarkers]) {
      if (LastModified!.getTime() < moment) continue;
      await owner.send(new DeleteObjectCommand({ Bucket: BUCKET, Key, VersionId }));
    }
  };
});

/** Deletes the files and keeps the directories. */
function emptyChunks(directory: string): void {
  for (const name of readdirSync(directory, { recursive: true, encoding: "utf8" })) {
    const file = join(directory, name);
    if (statSync(file).isFile()) rmSync(file);
  }
}
