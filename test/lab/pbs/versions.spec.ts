import { strict as assert } from "node:assert";

import { PbsClient } from "../../../provider/clients/pbs-client";
import { create, update } from "../../../provider/objects/life-cycle";
import { syncJob } from "../../../provider/objects/sync-job";
import { known, TestSite } from "../../provider/support/test-site";
import { PbsUnderTest, type PbsVersion } from "./support/pbs-under-test";

const JOB = { jobId: "from-home", store: "copies", remote: "home", remoteStore: "main", schedule: "02:30" };

/** What differs between the versions of PBS that are served, and the program's one way through. */
describe("the versions of PBS in the lab", () => {
  const test = new TestSite();
  before(() => test.start());
  after(() => test.stop());

  async function on(version: PbsVersion, work: (pbs: PbsUnderTest, client: PbsClient) => Promise<void>): Promise<void> {
    const pbs = await PbsUnderTest.openVersion(version);
    const [tokenId = "", secret = ""] = pbs.token.split(":");
    const trust = { fingerprint: pbs.fingerprint };
    const client = new PbsClient({ endpoint: pbs.url, trust, login: { tokenId, secret } });
    try {
      await pbs.createDatastore("copies");
      const remote = { name: "home", host: "127.0.0.1", "auth-id": "reader@pbs!a", password: "12345" };
      await pbs.data("POST", "/config/remote", { json: remote });
      await work(pbs, client);
    } finally {
      await client.close();
      await pbs.close();
    }
  }

  for (const version of ["4.0", "4.1", "4.2"] as const) {
    it(`${version} takes a sync job of the program, and each change of it`, () =>
      on(version, async (_pbs, client) => {
        const site = test.siteOver(test.site.pve(), client);
        const made = await create(syncJob, site, known({ ...JOB, comment: "first", rateIn: "10 MB" }), false);
        const changed = await update(syncJob, site, made.outputs, known({ ...JOB, schedule: "03:30" }), false);
        assert.deepEqual(changed.outputs, { ...JOB, schedule: "03:30", resyncCorrupt: false, adopted: false });
        assert.equal(await client.version(), version);
      }));
  }

  const asked = [
    [
      "4.1",
      { workerThreads: 4 },
      /workerThreads expected PBS 4\.2 or newer, got PBS 4\.1; upgrade the server, or leave/,
    ],
    ["4.0", { unmountOnDone: true, runOnMount: true }, /unmountOnDone expected PBS 4\.1 or newer, got PBS 4\.0/],
  ] as const;
  for (const [version, wish, words] of asked) {
    const [name] = Object.keys(wish);
    it(`${version} is not asked for ${name} that it does not have, and nothing is written`, () =>
      on(version, async (pbs, client) => {
        const site = test.siteOver(test.site.pve(), client);
        await assert.rejects(create(syncJob, site, known({ ...JOB, ...wish }), false), words);
        assert.deepEqual(await pbs.data("GET", "/config/sync"), []);
      }));
  }

  it("4.2 has worker threads, given and taken back", () =>
    on("4.2", async (pbs, client) => {
      const site = test.siteOver(test.site.pve(), client);
      const made = await create(syncJob, site, known({ ...JOB, workerThreads: 4 }), false);
      const [job] = await pbs.data<Record<string, unknown>[]>("GET", "/config/sync");
      assert.equal(job?.["worker-threads"], 4);
      await update(syncJob, site, made.outputs, known(JOB), false);
      const [after] = await pbs.data<Record<string, unknown>[]>("GET", "/config/sync");
      assert.equal(after?.["worker-threads"], undefined);
    }));

  it("before 4.2 refuse worker threads in a job, also to unset them", () =>
    on("4.1", async (pbs) => {
      const json = { id: "mine", store: "copies", remote: "home", "remote-store": "main" };
      const refused = await pbs.send("POST", "/config/sync", { json: { ...json, "worker-threads": 4 } });
      assert.equal(refused.status, 400);
      assert.match(refused.text, /'worker-threads': schema does not allow additional properties/);
      await pbs.data("POST", "/config/sync", { json });
      const unset = await pbs.send("PUT", "/config/sync/mine", { json: { delete: ["worker-threads"] } });
      assert.equal(unset.status, 400);
    }));
});
