import { strict as assert } from "node:assert";

import { reportIn, reportLine, type AdoptionReport } from "../../../provider/objects/adoption-report";
import { create, remove, update } from "../../../provider/objects/life-cycle";
import { pruneJob } from "../../../provider/objects/prune-job";
import { eachOnItsOwnSite, known } from "../support/test-site";

const JOB = { jobId: "nightly", store: "main", schedule: "02:00", keepDaily: 7 };
const LIVING = { id: "nightly", store: "main", schedule: "02:00", "keep-daily": 7 };

describe("a run that only reports what it would adopt", () => {
  const own = eachOnItsOwnSite();

  beforeEach(() => {
    own.at.reports = true;
  });

  async function reported(): Promise<AdoptionReport | undefined> {
    await create(pruneJob, own.at.site, known(JOB), true);
    return own.at.noted.flatMap((line) => reportIn(line) ?? [])[0];
  }

  it("says of what is not there that it would be made", async () => {
    assert.deepEqual(await reported(), {
      object: "pbs:PruneJob/nightly",
      found: "nothing",
      differences: [],
      weakenings: [],
    });
  });

  it("says of what is equal that it would be taken over", async () => {
    own.at.pbs.pruneJobs.push(LIVING);
    assert.equal((await reported())?.found, "equal");
  });

  it("says of what differs in which field, and refuses nothing", async () => {
    own.at.pbs.pruneJobs.push({ ...LIVING, schedule: "05:00" });
    const report = await reported();
    assert.equal(report?.found, "different");
    assert.deepEqual(report.differences, [{ field: "schedule", site: "05:00", program: "02:00" }]);
  });

  it("says of what can never be changed that it cannot be taken over", async () => {
    own.at.pbs.pruneJobs.push({ ...LIVING, store: "other" });
    assert.equal((await reported())?.found, "fixed");
  });

  it("says what would be protected less after the change", async () => {
    own.at.pbs.pruneJobs.push({ ...LIVING, "keep-daily": 14 });
    assert.deepEqual(
      (await reported())?.weakenings.map(({ change }) => change),
      ["shorten-retention"],
    );
  });

  it("changes nothing, not even when it is asked to", async () => {
    own.at.pbs.pruneJobs.push(LIVING);
    const words = /only reports/;
    await assert.rejects(create(pruneJob, own.at.site, known({ ...JOB, jobId: "second" }), false), words);
    await assert.rejects(
      update(pruneJob, own.at.site, { ...JOB, adopted: false }, known({ ...JOB, keepDaily: 8 }), false),
      words,
    );
    await assert.rejects(remove(pruneJob, own.at.site, { ...JOB, adopted: false }), words);
    assert.deepEqual(own.at.writes, []);
  });

  it("is read back from the engine's log, whatever stands before it there", () => {
    const report = { object: "pbs:PruneJob/x", found: "equal" as const, differences: [], weakenings: [] };
    assert.deepEqual(reportIn(`info: ${reportLine(report)}`), report);
    assert.equal(reportIn("something else"), undefined);
  });
});
