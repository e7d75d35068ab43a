import { strict as assert } from "node:assert";
import { randomBytes } from "node:crypto";
import { readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";

import { connect } from "../../../lab/pbs/client";
import { encryptionKey } from "../../../lab/pbs/store/encryption-key";
import { mintMasterKey, openWithMasterKey } from "../../../provider/keys/master-key";
import { keyFile, order, PbsUnderTest, spareRealServers } from "./support/pbs-under-test";

const T0 = 1_700_000_000;
const SNAPSHOT = { type: "vm", id: "101", time: T0 };

// Source of all cases: observed on PBS 4.2.3 and its client, unless a case names another. The transport of the contents
// is the lab's own, so the suite speaks to a lab only.
describe("a backup on the PBS", () => {
  let pbs: PbsUnderTest;

  before(async function () {
    pbs = await PbsUnderTest.open();
    if (!pbs.isLab) this.skip();
    await pbs.createDatastore("bak");
  });
  beforeEach(spareRealServers);
  after(() => pbs.close());

  const fresh = async (name: string) => {
    await pbs.createDatastore(name);
    return pbs.client(name);
  };
  const entry = async (name: string) =>
    (await pbs.data<Record<string, unknown>[]>("GET", `/admin/datastore/${name}/snapshots`))[0]!;

  it("gives every byte back, of disks of any length and of small files", async () => {
    const client = await fresh("bytes");
    const images = { "a.img": randomBytes(200_001), "b.img": Buffer.alloc(0), "c.img": Buffer.alloc(65_536) };
    await client.backup(order("101", T0, { images, key: keyFile(1) }));
    const read = await client.restore(SNAPSHOT, keyFile(1));
    assert.deepEqual(read.images, images);
    assert.equal(read.blobs["qemu-server.conf"]?.toString(), "name: 101");
  });

  it("opens with the key that made it and no other, and says which key that is", async () => {
    const client = await fresh("keys");
    await client.backup(order("101", T0, { key: keyFile(1) }));
    const short = (byte: number) => encryptionKey(Buffer.alloc(32, byte)).fingerprint.slice(0, 23);
    await assert.rejects(client.restore(SNAPSHOT, keyFile(2)), {
      message: `wrong key - unable to verify signature since manifest's key ${short(1)} does not match provided key ${short(2)}`,
    });
    await assert.rejects(client.restore(SNAPSHOT), {
      message: `missing key - manifest was created with key ${short(1)}`,
    });
  });

  it("carries its key for whoever has the master key, and opens with the key as before", async () => {
    const client = await fresh("master");
    const { publicKey, privateKey } = await mintMasterKey("correct horse battery");
    await client.backup(order("101", T0, { key: keyFile(1), masterKey: publicKey }));
    const { blobs } = await client.restore(SNAPSHOT, keyFile(1));
    assert.equal(blobs["qemu-server.conf"]?.toString(), "name: 101");
    const encrypted = blobs["rsa-encrypted.key"] ?? assert.fail("it carries none");
    assert.equal(openWithMasterKey(privateKey, "correct horse battery", encrypted).json, keyFile(1));
  });

  it("leaves nothing of a guest readable on the server's disk, and names the key in the list", async function () {
    const client = await fresh("sealed");
    const images = { "drive-scsi0.img": Buffer.from("the letters of a person ".repeat(9_000)) };
    await client.backup(order("101", T0, { images, key: keyFile(1) }));
    const root = join(pbs.site(this).state.root, "machines/backup/disk/mnt/sealed");
    const files = readdirSync(root, { recursive: true }).map((name) => join(root, String(name)));
    for (const file of files.filter((name) => statSync(name).isFile())) {
      const bytes = readFileSync(file);
      assert.equal(bytes.includes("letters of a person") || bytes.includes("name: 101"), false, file);
    }
    const { fingerprint, files: listed } = await entry("sealed");
    assert.equal(fingerprint, encryptionKey(Buffer.alloc(32, 1)).fingerprint);
    const modes = (listed as Record<string, string>[]).map((file) => `${file["filename"]} ${file["crypt-mode"]}`);
    assert.deepEqual(modes, ["qemu-server.conf.blob encrypt", "drive-scsi0.img.fidx encrypt", "index.json.blob none"]);
  });

  it("stores what is there already once, but never shares between two keys", async () => {
    const client = await fresh("shared");
    const uploads: string[] = [];
    const log = (line: string) => {
      const count = /had to upload (\d+)/.exec(line)?.[1];
      if (count !== undefined) uploads.push(count);
    };
    for (const [step, byte] of [1, 1, 2].entries())
      await client.backup(order(`10${step}`, T0, { images: disk(), key: keyFile(byte), log }));
    assert.deepEqual(uploads, ["2", "0", "2"]);
  });

  it("takes another key into the same group, and both stay readable with their own", async () => {
    const client = await fresh("rotated");
    await client.backup(order("101", T0, { key: keyFile(1) }));
    await client.backup(order("101", T0 + 60, { key: keyFile(2) }));
    assert.ok(await client.restore(SNAPSHOT, keyFile(1)));
    assert.ok(await client.restore({ ...SNAPSHOT, time: T0 + 60 }, keyFile(2)));
  });

  it("is not made with a key file that claims another key's fingerprint", async () => {
    const claimed = keyFile(1, { fingerprint: encryptionKey(Buffer.alloc(32, 2)).fingerprint });
    await assert.rejects(
      pbs.client("bak").backup(order("300", T0, { key: claimed })),
      /^Error: KeyConfig contains wrong fingerprint/,
    );
    assert.equal(
      (await pbs.client("bak").list()).some(({ id }) => id === "300"),
      false,
    );
  });

  it("is refused at the same or an earlier time than the last", async () => {
    const client = await fresh("times");
    await client.backup(order("101", T0));
    for (const time of [T0, T0 - 1]) {
      await assert.rejects(client.backup(order("101", time)), {
        message: "backup timestamp is older than last backup.",
      });
    }
  });

  it("sends no credential to a server with another certificate", async function () {
    const { address } = pbs.site(this).sheet.content.pbs["backup"]!;
    // What a task of before still says of itself is no request.
    const asked = () =>
      pbs
        .site(this)
        .events.all()
        .filter(({ kind }) => kind === "request").length;
    const before = asked();
    const [authId = "", secret = ""] = pbs.token.split(":");
    const target = {
      server: address,
      port: 8007,
      fingerprint: "00:".repeat(31) + "00",
      authId,
      secret,
      datastore: "bak",
      ns: "",
    };
    await assert.rejects(connect(target).list(), /certificate verify failed/);
    assert.equal(asked(), before);
  });

  it("belongs to who made it first: neither another user, nor another token, nor the token's user's group for a token", async () => {
    const store = "owned";
    await pbs.createDatastore(store);
    const one = await pbs.createToken("one@pbs", `/datastore/${store}`, "DatastoreBackup");
    const two = await pbs.createToken("two@pbs", `/datastore/${store}`, "DatastoreBackup");
    await pbs.client(store, one).backup(order("101", T0));
    await assert.rejects(pbs.client(store, two).backup(order("101", T0 + 1)), {
      message: "backup owner check failed (two@pbs!t != one@pbs!t)",
    });
    await pbs.client(store, "one@pbs:a-password").backup(order("101", T0 + 2));
    await pbs.client(store, "one@pbs:a-password").backup(order("102", T0));
    await assert.rejects(pbs.client(store, one).backup(order("102", T0 + 1)), {
      message: "backup owner check failed (one@pbs!t != one@pbs)",
    });
    await assert.rejects(pbs.client(store).backup(order("101", T0 + 3)), /^Error: backup owner check failed/);
  });

  it("needs the right to back up, and says where", async () => {
    for (const role of ["DatastoreReader", "DatastoreAudit"]) {
      const token = await pbs.createToken(`${role.toLowerCase()}@pbs`, "/datastore/bak", role);
      await assert.rejects(pbs.client("bak", token).backup(order("400", T0)), {
        message: "missing permissions 'Datastore.Backup' on '/datastore/bak'",
      });
    }
    await assert.rejects(pbs.client("bak", `${pbs.token}x`).backup(order("400", T0)), {
      message: "authentication failed",
    });
  });

  it("runs to its end when its token's secret is replaced meanwhile", async () => {
    const token = await pbs.createToken("replaced@pbs", "/datastore/bak", "DatastoreBackup");
    const log = (line: string) => {
      if (line.includes("chunks"))
        renewal = pbs.data("PUT", "/access/users/replaced@pbs/token/t", { json: { regenerate: true } });
    };
    let renewal: Promise<unknown> | undefined;
    await pbs.client("bak", token).backup(order("500", T0, { log }));
    await renewal;
    assert.equal((await pbs.send("GET", "/version", { token })).status, 401);
    assert.ok((await pbs.client("bak").list()).some(({ id }) => id === "500"));
  });

  it("that breaks off leaves neither snapshot nor group, and its task tells", async () => {
    const whole = order("600", T0);
    const images = { ...whole.images, "bad/name.img": Buffer.alloc(10) };
    await assert.rejects(pbs.client("bak").backup({ ...whole, images }));
    assert.equal(
      (await pbs.client("bak").list()).some(({ id }) => id === "600"),
      false,
    );
    const tasks = await pbs.data<Record<string, string>[]>("GET", "/nodes/localhost/tasks", {
      query: { typefilter: "backup" },
    });
    const [upid] = tasks.filter((task) => task["worker_id"] === "bak:vm/600").map((task) => task["upid"]!);
    assert.match(await pbs.ended(upid!), /aborted/);
    await pbs.client("bak").backup(order("600", T0));
  });

  it("does not verify when a chunk has gone, and the list then says so", async function () {
    const client = await fresh("rotten");
    await client.backup(order("101", T0, { images: { "a.img": randomBytes(70_000) }, key: keyFile(1) }));
    const verify = async () =>
      pbs.ended(
        await pbs.data<string>("POST", "/admin/datastore/rotten/verify", { json: { "ignore-verified": false } }),
      );
    assert.equal(await verify(), "OK");
    assert.equal(((await entry("rotten"))["verification"] as Record<string, string>)["state"], "ok");
    const chunks = join(pbs.site(this).state.root, "machines/backup/disk/mnt/rotten/.chunks");
    const [victim] = readdirSync(chunks, { recursive: true })
      .map(String)
      .filter((name) => /[0-9a-f]{64}$/.test(name));
    rmSync(join(chunks, victim!));
    assert.match(await verify(), /verification failed/);
    assert.equal(((await entry("rotten"))["verification"] as Record<string, string>)["state"], "failed");
  });
});

function disk() {
  return { "drive-scsi0.img": Buffer.concat([Buffer.alloc(65_536, "a"), Buffer.alloc(65_536, "b")]) };
}
