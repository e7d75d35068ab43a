import { strict as assert } from "node:assert";
import { randomBytes } from "node:crypto";

import { plantChunk } from "../../support/planted-chunk";
import { keyFile, order, PbsUnderTest, spareRealServers } from "./support/pbs-under-test";

const T0 = 1_700_000_000;

// Source: observed on PBS 4.2.3. The transport of the contents is the lab's own, so the suite speaks to a lab only.
describe("a chunk that somebody planted before its data was stored", () => {
  let pbs: PbsUnderTest;

  before(async function () {
    pbs = await PbsUnderTest.open();
    if (!pbs.isLab) this.skip();
    await pbs.createDatastore("planted");
  });
  beforeEach(spareRealServers);
  after(() => pbs.close());

  it("lets a backup in clear of that data end well that cannot be restored, and verification finds it", async () => {
    const data = randomBytes(65_536);
    const client = pbs.client("planted");
    await plantChunk(pbs.target("planted"), "host/thief", data);
    await client.backup(order("101", T0, { images: { "a.img": data } }));
    const restored = client.restore({ type: "vm", id: "101", time: T0 });
    await assert.rejects(restored, { message: "Index and chunk CryptMode don't match." });
    assert.match(await verified(), /^verification failed/);
    assert.match(await stateOf("101"), /failed/);
  });

  it("harms no backup that is encrypted: its chunks have names that nobody finds without its key", async () => {
    const data = randomBytes(65_536);
    const client = pbs.client("planted");
    await plantChunk(pbs.target("planted"), "host/thief", data);
    await client.backup(order("102", T0, { images: { "a.img": data }, key: keyFile(1) }));
    const { images } = await client.restore({ type: "vm", id: "102", time: T0 }, keyFile(1));
    assert.deepEqual(images["a.img"], data);
  });

  async function verified(): Promise<string> {
    const upid = await pbs.data<string>("POST", "/admin/datastore/planted/verify", {
      json: { "ignore-verified": false },
    });
    return pbs.ended(upid);
  }

  async function stateOf(id: string): Promise<string> {
    const all = await pbs.data<Record<string, unknown>[]>("GET", "/admin/datastore/planted/snapshots");
    return JSON.stringify(all.find((one) => one["backup-id"] === id)?.["verification"]);
  }
});
