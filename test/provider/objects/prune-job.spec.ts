import { strict as assert } from "node:assert";

import { create, update } from "../../../provider/objects/life-cycle";
import { pruneJob } from "../../../provider/objects/prune-job";
import { eachOnItsOwnSite, known } from "../support/test-site";

const JOB = { jobId: "nightly", store: "main", schedule: "02:00", keepDaily: 7 };
const LIVING = { id: "nightly", store: "main", schedule: "02:00", "keep-daily": 7 };
const SEEN = { ...JOB, adopted: false };
const ACCEPTED = {
  object: "pbs:PruneJob/nightly",
  change: "shorten-retention",
  who: "the owner",
  why: "no room",
} as const;
const DAY = 86_400;
const EPOCH = Date.UTC(2026, 10, 20) / 1000;

describe("Retention", () => {
  const own = eachOnItsOwnSite();

  beforeEach(() => {
    own.at.pbs.datastores.push({ name: "main", path: "/tank/main" });
    const times = [0, 1, 2].map((age) => EPOCH - age * DAY);
    own.at.pbs.groups.push({ ns: "", type: "vm", id: "110", owner: "a@pbs!pve", times });
  });

  for (const preview of [true, false]) {
    it(`is not shortened without an acceptance, and lists what PBS says would go (preview: ${preview})`, async () => {
      own.at.pbs.pruneJobs.push(LIVING);
      const refused = update(pruneJob, own.at.site, SEEN, known({ ...JOB, keepDaily: 2 }), preview);
      await assert.rejects(refused, (error: Error) => {
        assert.match(error.message, /keepDaily goes from 7 to 2/);
        assert.match(error.message, /1 of 3 backup snapshots would go:\n {2}vm\/110\/2026-11-18T00:00:00Z/);
        assert.match(error.message, /"change":"shorten-retention"/);
        return true;
      });
      assert.deepEqual(own.at.writes, []);
    });
  }

  it("is not shortened by an adoption that the list allows", async () => {
    own.at.pbs.pruneJobs.push({ ...LIVING, "keep-daily": 9 });
    own.at.adoptions.push("pbs:PruneJob/nightly");
    await assert.rejects(create(pruneJob, own.at.site, known(JOB), false), /Nobody accepted this/);
    assert.deepEqual(own.at.writes, []);
  });

  it("is shortened when somebody accepted it, and shows the same list and who it was", async () => {
    own.at.pbs.pruneJobs.push(LIVING);
    own.at.acceptances.push(ACCEPTED);
    const { outputs } = await update(pruneJob, own.at.site, SEEN, known({ ...JOB, keepDaily: 2 }), false);
    assert.equal(outputs["keepDaily"], 2);
    assert.match(own.at.told.join("\n"), /vm\/110\/2026-11-18T00:00:00Z\nAccepted by the owner: no room/);
  });

  it("counts an acceptance on its last day and not the day after", async () => {
    own.at.pbs.pruneJobs.push(LIVING);
    own.at.acceptances.push({ ...ACCEPTED, until: "2026-11-21" });
    const shorter = known({ ...JOB, keepDaily: 2 });
    await update(pruneJob, own.at.site, SEEN, shorter, true);
    own.at.today = new Date("2026-11-22T00:00:01Z");
    await assert.rejects(update(pruneJob, own.at.site, SEEN, shorter, true), /ended on 2026-11-21/);
  });

  it("counts an acceptance only for the object that it names", async () => {
    own.at.pbs.pruneJobs.push(LIVING);
    own.at.acceptances.push({ ...ACCEPTED, object: "pbs:PruneJob/other" });
    await assert.rejects(update(pruneJob, own.at.site, SEEN, known({ ...JOB, keepDaily: 2 }), true), /Nobody accepted/);
  });

  const weaker = {
    "waking a job that rests": [{ ...LIVING, disable: true }, { ...SEEN, disable: true }, JOB],
    "reaching more namespaces": [{ ...LIVING, "max-depth": 0 }, { ...SEEN, maxDepth: 0 }, JOB],
    "moving to another namespace": [LIVING, SEEN, { ...JOB, namespace: "a" }],
    "counting where nothing was counted": [
      { id: "nightly", store: "main", schedule: "02:00" },
      { jobId: "nightly", store: "main", schedule: "02:00" },
      JOB,
    ],
  } as const;
  for (const [what, [living, seen, wanted]] of Object.entries(weaker)) {
    it(`takes an acceptance for ${what}`, async () => {
      own.at.pbs.pruneJobs.push(living);
      await assert.rejects(update(pruneJob, own.at.site, seen, known(wanted), true), /Nobody accepted this/);
    });
  }

  it("takes none for keeping more", async () => {
    own.at.pbs.pruneJobs.push(LIVING);
    const { outputs } = await update(
      pruneJob,
      own.at.site,
      SEEN,
      known({ ...JOB, keepDaily: 8, keepYearly: 100 }),
      false,
    );
    assert.equal(outputs["keepYearly"], 100);
  });

  it("takes one for a new job under which snapshots that are there would go", async () => {
    await assert.rejects(
      create(pruneJob, own.at.site, known({ ...JOB, keepDaily: 1 }), true),
      /2 of 3 backup snapshots would go/,
    );
    assert.deepEqual(own.at.writes, []);
  });

  it("takes none for a new job under which nothing would go", async () => {
    const { outputs } = await create(pruneJob, own.at.site, known(JOB), false);
    assert.equal(outputs["adopted"], false);
  });

  it("can be planned before its datastore exists", async () => {
    own.at.pbs.datastores.length = 0;
    await create(pruneJob, own.at.site, known(JOB), true);
    assert.deepEqual(own.at.writes, []);
  });

  it("is not judged by a list from which a right hides groups", async () => {
    own.at.pbs.pruneJobs.push(LIVING);
    own.at.pbs.privileges = () => ({});
    await assert.rejects(
      update(pruneJob, own.at.site, SEEN, known({ ...JOB, keepDaily: 2 }), true),
      /Datastore\.Audit/,
    );
  });

  it("loses a count that the program no longer gives, and not by accident another", async () => {
    own.at.pbs.pruneJobs.push({ ...LIVING, "keep-last": 3, comment: "x" });
    own.at.acceptances.push(ACCEPTED);
    const seen = { ...SEEN, keepLast: 3, comment: "x" };
    const { outputs } = await update(pruneJob, own.at.site, seen, known({ ...JOB, comment: "x" }), false);
    assert.deepEqual(outputs, { ...JOB, comment: "x", adopted: false });
  });
});
