import { strict as assert } from "node:assert";

import { mayDestroy, openPve, type PveSite, prefixOf } from "../support/pve-site";

// Sources: observed on PVE 9.2; pve-storage, src/PVE/API2/Storage/Config.pm, src/PVE/Storage/ZFSPoolPlugin.pm.
describe("PVE storage of type zfspool @destructive", () => {
  let pve: PveSite;

  before(async function () {
    if (!mayDestroy()) this.skip();
    pve = await openPve(prefixOf(61));
  });
  after(async () => {
    if (mayDestroy()) await pve.stop();
  });

  const tank = { storage: "tank", type: "zfspool", pool: "tanka1", content: "images,rootdir", sparse: 1, disable: 0 };

  it("is made, read back with bare numbers, and `disable 0` is not kept", async () => {
    const made = await pve.ask("POST /storage", { ...tank, nodes: pve.node });
    assert.deepEqual([made.status, made.data], [200, { storage: "tank", type: "zfspool" }]);

    const { data } = await pve.ask("GET /storage/tank");
    const { digest, content, ...rest } = data as Record<string, unknown>;
    assert.deepEqual(rest, { storage: "tank", type: "zfspool", pool: "tanka1", sparse: 1, nodes: pve.node });
    assert.deepEqual(String(content).split(",").sort(), ["images", "rootdir"]);
    assert.match(String(digest), /^[0-9a-f]{40}$/);
  });

  it("is not made twice: 500, and the text in the status line and in the body", async () => {
    const { status, reason, message } = await pve.ask("POST /storage", tank);
    assert.equal(status, 500);
    assert.equal(reason, "create storage failed: storage ID 'tank' already defined");
    assert.equal(message, `${reason}\n`);
  });

  it("is made once when two ask for it at the same moment", async () => {
    const twin = { storage: "twin", type: "zfspool", pool: "tanka1" };
    const answers = await Promise.all([pve.ask("POST /storage", twin), pve.ask("POST /storage", twin)]);
    assert.deepEqual(answers.map(({ status }) => status).sort(), [200, 500]);
    await pve.ask("DELETE /storage/twin");
  });

  it("is not changed by who looked at an older version", async () => {
    const { status, reason } = await pve.ask("PUT /storage/tank", { sparse: 0, digest: "0".repeat(40) });
    assert.equal(status, 500);
    assert.match(reason, /detected modified configuration - file changed by other user\? Try again\.$/);
    const { digest } = (await pve.ask("GET /storage/tank")).data as { digest: string };
    assert.equal((await pve.ask("PUT /storage/tank", { sparse: 0, digest })).status, 200);
  });

  it("takes no option of another type, and no content that it cannot hold", async () => {
    const option = await pve.ask("PUT /storage/tank", { namespace: "a" });
    assert.deepEqual([option.status, option.reason], [500, "update storage failed: unexpected property 'namespace'"]);
    const content = await pve.ask("PUT /storage/tank", { content: "backup" });
    assert.equal(content.reason, "update storage failed: storage does not support content type 'backup'");
  });

  it("never changes its pool", async () => {
    const { status, reason } = await pve.ask("PUT /storage/tank", { pool: "tankb1" });
    assert.deepEqual([status, reason], [500, "update storage failed: can't change value of fixed parameter 'pool'"]);
  });

  it("needs a pool that is there when it is enabled, and none when it is disabled", async () => {
    const refused = await pve.ask("POST /storage", { storage: "void", type: "zfspool", pool: "nopool" });
    assert.equal(refused.status, 500);
    assert.match(refused.reason, /^create storage failed: could not activate storage 'void', zfs error: /);
    assert.equal((await pve.ask("GET /storage/void")).status, 500);

    const made = await pve.ask("POST /storage", { storage: "void", type: "zfspool", pool: "nopool", disable: 1 });
    assert.equal(made.status, 200);
  });

  it("names every parameter at fault in one answer", async () => {
    const { status, reason, errors, data } = await pve.ask("PUT /storage/tank", { bogus: 1, sparse: "maybe", port: 0 });
    assert.deepEqual([status, reason, data], [400, "Parameter verification failed.", null]);
    assert.deepEqual(errors, {
      bogus: "property is not defined in schema and the schema does not allow additional properties",
      sparse: "type check ('boolean') failed - got 'maybe'",
      port: "value must have a minimum value of 1",
    });
  });

  it("is gone after it was deleted, and a second delete says that it does not exist", async () => {
    assert.equal((await pve.ask("DELETE /storage/tank")).status, 200);
    const { status, reason } = await pve.ask("GET /storage/tank");
    assert.deepEqual([status, reason], [500, "storage 'tank' does not exist"]);
    const again = await pve.ask("DELETE /storage/tank");
    assert.deepEqual([again.status, again.reason], [500, "delete storage failed: storage 'tank' does not exist"]);
  });
});
