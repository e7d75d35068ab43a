import * as z from "zod";

import { isShorter, keepsSomething, type Retention } from "../../estate/units/retention";
import { type PbsPruneJob } from "../clients/pbs-shapes";
import { type Weakening } from "./acceptance";
import { given, orElse, plain, trimmed, type Fields, text } from "./fields";
import { comment, identifier, SCHEDULE } from "./input-text";
import { pruneRehearsal } from "./prune-rehearsal";
import { demandSight, type Site } from "./site";
import { type SiteObject } from "./site-object";
import { written } from "./written";

const keep = (period: string) =>
  z
    .number()
    .int()
    .min(1)
    .max(1000)
    .optional()
    .describe(`How many ${period} keep their newest backup snapshot, 1 to 1000.`);

const INPUTS = z.strictObject({
  jobId: identifier("pbsId").describe("Identifier of the job. **Cannot be changed.**"),
  store: identifier("pbsId").describe("Datastore that it thins out. **Cannot be changed.**"),
  schedule: SCHEDULE.describe("Calendar event in the PBS's local time."),
  keepLast: z.number().int().min(1).max(1000).optional().describe("How many of the newest are kept, 1 to 1000."),
  keepHourly: keep("hours"),
  keepDaily: keep("days"),
  keepWeekly: keep("weeks"),
  keepMonthly: keep("months"),
  keepYearly: keep("years"),
  namespace: identifier("namespace").optional().describe("Namespace in which it works; the root namespace by default."),
  maxDepth: z.number().int().min(0).max(7).optional().describe("Levels below the namespace, 0 to 7; all by default."),
  comment: comment(128).optional().describe("One line for people."),
  disable: z.boolean().optional().describe("Whether it rests."),
});

type Inputs = z.infer<typeof INPUTS>;

const KEEPS = ["keepLast", "keepHourly", "keepDaily", "keepWeekly", "keepMonthly", "keepYearly"] as const;
const OTHER =
  "Another job identifier or datastore is another job: declare a second one, and take the first out of the program";

/** A prune job on a PBS: how long backup snapshots stay. */
export const pruneJob: SiteObject = {
  token: "resilience:pbs:PruneJob",
  description: "How long backup snapshots stay: a prune job on a Proxmox Backup Server.",
  inputs: INPUTS,
  extraOutputs: {},
  secrets: [],
  unreadable: [],
  identity: ["jobId"],
  fixed: { jobId: OTHER, store: OTHER },
  meanings: {
    jobId: plain,
    store: plain,
    schedule: trimmed,
    ...Object.fromEntries(KEEPS.map((field) => [field, plain])),
    namespace: trimmed,
    maxDepth: plain,
    comment: trimmed,
    disable: orElse(false),
  },
  idOf: ({ jobId }) => String(jobId),
  identityOf: (id) => ({ jobId: id }),
  look,
  weakenings,
  async create(site, wanted) {
    await site.pbs().createPruneJob({ id: text(wanted, "jobId"), ...parameters(wanted) });
    return {};
  },
  async update(site, wanted) {
    const { set, unset } = written(parameters(wanted));
    await site.pbs().updatePruneJob(text(wanted, "jobId"), set, unset);
    return {};
  },
  async remove(site, living) {
    await site.pbs().removePruneJob(text(living, "jobId"));
  },
};

async function look(site: Site, identity: Fields): Promise<Fields | undefined> {
  const jobId = text(identity, "jobId");
  const found = (await site.pbs().pruneJobs()).find(({ id }) => id === jobId);
  if (found !== undefined) return fieldsOf(found);
  // A job shows only to who may see its datastore, and it may have been moved to any.
  await demandSight(site.pbs(), "/datastore", "Datastore.Audit", "below");
  return undefined;
}

function fieldsOf(job: PbsPruneJob): Fields {
  const { id: jobId, store, schedule, comment: words, disable } = job;
  return given({
    jobId,
    store,
    schedule,
    keepLast: job["keep-last"],
    keepHourly: job["keep-hourly"],
    keepDaily: job["keep-daily"],
    keepWeekly: job["keep-weekly"],
    keepMonthly: job["keep-monthly"],
    keepYearly: job["keep-yearly"],
    namespace: job.ns,
    maxDepth: job["max-depth"],
    comment: words,
    disable,
  });
}

function parameters(wanted: Fields) {
  const job = INPUTS.parse(wanted);
  const { store, schedule, namespace: ns, comment: words, disable } = job;
  return { store, schedule, ...keepParameters(job), ns, "max-depth": job.maxDepth, comment: words, disable };
}

/** Counts in PBS's own names. */
function keepParameters(job: Partial<Inputs>) {
  return {
    "keep-last": job.keepLast,
    "keep-hourly": job.keepHourly,
    "keep-daily": job.keepDaily,
    "keep-weekly": job.keepWeekly,
    "keep-monthly": job.keepMonthly,
    "keep-yearly": job.keepYearly,
  };
}

function retentionOf(job: Partial<Inputs>): Retention {
  return given(Object.fromEntries(KEEPS.map((field) => [field, job[field]])));
}

/** A job that is new, or resumes, counts when PBS itself says that it would remove something. */
async function weakenings(site: Site, wanted: Fields, living: Fields | undefined): Promise<Weakening[]> {
  const job = wanted as Partial<Inputs>;
  if (job.store === undefined || job.disable === true || !keepsSomething(retentionOf(job))) return [];
  const why = living === undefined ? ["a new prune job"] : widenings(job, living);
  if (why.length === 0) return [];
  const scope = { store: job.store, namespace: job.namespace ?? "", depth: job.maxDepth };
  const rehearsal = await pruneRehearsal(site.pbs(), scope, given(keepParameters(job)));
  if (living === undefined && rehearsal.removed === 0) return [];
  const what = `retention becomes shorter (${why.join("; ")})`;
  return [{ change: "shorten-retention", what, cost: rehearsal.lines }];
}

/** Ways in which more would be removed than before. */
function widenings(wanted: Partial<Inputs>, living: Partial<Inputs>): string[] {
  const why: string[] = [];
  if (isShorter(retentionOf(wanted), retentionOf(living)))
    why.push(...KEEPS.filter((field) => wanted[field] !== living[field]).map(goes));
  if (living.disable === true) why.push("the job wakes up");
  if ((wanted.namespace ?? "") !== (living.namespace ?? "")) why.push("another namespace");
  if ((wanted.maxDepth ?? 7) > (living.maxDepth ?? 7)) why.push("more levels of namespaces");
  return why;

  function goes(field: (typeof KEEPS)[number]): string {
    return `${field} goes from ${living[field] ?? "nothing"} to ${wanted[field] ?? "nothing"}`;
  }
}
