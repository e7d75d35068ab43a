import { strict as assert } from "node:assert";

import { create, read, update } from "../../../provider/objects/life-cycle";
import { verifyJob } from "../../../provider/objects/verify-job";
import { eachOnItsOwnSite, known } from "../support/test-site";

const JOB = { jobId: "verify-main", store: "main", schedule: "04:00", ignoreVerified: true, outdatedAfter: 30 };
const LIVING = { id: "verify-main", store: "main", schedule: "04:00", "ignore-verified": true, "outdated-after": 30 };
const SEEN = { ...JOB, adopted: false };

describe("Verification of backups", () => {
  const own = eachOnItsOwnSite();

  it("is made where there is none", async () => {
    const { outputs } = await create(verifyJob, own.at.site, known(JOB), false);
    assert.deepEqual(outputs, SEEN);
    assert.deepEqual(own.at.pbs.verifyJobs, [LIVING]);
  });

  it("is adopted as TAPPaaS' scripts made it, which changes nothing", async () => {
    own.at.pbs.verifyJobs.push(LIVING);
    const { outputs } = await create(verifyJob, own.at.site, known(JOB), false);
    assert.equal(outputs["adopted"], true);
    assert.deepEqual(own.at.writes, []);
  });

  it("is adopted where PBS leaves out what is its default", async () => {
    own.at.pbs.verifyJobs.push({ id: "verify-main", store: "main", schedule: "04:00", "outdated-after": 30 });
    await create(verifyJob, own.at.site, known(JOB), false);
    assert.deepEqual(own.at.writes, []);
  });

  it("comes at another hour without a word", async () => {
    own.at.pbs.verifyJobs.push(LIVING);
    const { outputs } = await update(verifyJob, own.at.site, SEEN, known({ ...JOB, schedule: "05:00" }), false);
    assert.equal(outputs["schedule"], "05:00");
  });

  const less = {
    "rereading later": [{ outdatedAfter: 60 }, /reread after 60 days, not after 30 days/],
    "never rereading": [{ outdatedAfter: undefined }, /reread after no time, not after 30 days/],
    "looking at fewer namespaces": [{ maxDepth: 0 }, /fewer levels/],
    "looking at another namespace": [{ namespace: "a" }, /another namespace/],
  } as const;
  for (const [what, [change, words]] of Object.entries(less)) {
    it(`takes an acceptance for ${what}`, async () => {
      own.at.pbs.verifyJobs.push(LIVING);
      const wanted = Object.fromEntries(
        Object.entries({ ...JOB, ...change }).filter(([, value]) => value !== undefined),
      );
      const weaker = update(verifyJob, own.at.site, SEEN, known(wanted), true);
      await assert.rejects(
        weaker,
        (error: Error) => words.test(error.message) && error.message.includes("verify-less"),
      );
    });
  }

  it("takes none for rereading sooner", async () => {
    own.at.pbs.verifyJobs.push(LIVING);
    await update(verifyJob, own.at.site, SEEN, known({ ...JOB, outdatedAfter: 7 }), false);
    assert.equal(own.at.pbs.verifyJobs[0]?.["outdated-after"], 7);
  });

  it("stays in the state while a right hides it", async () => {
    own.at.pbs.privileges = () => ({});
    await assert.rejects(read(verifyJob, own.at.site, "verify-main", SEEN), /Datastore\.Audit/);
  });
});
