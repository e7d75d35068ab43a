import * as z from "zod";

import { type PbsVerifyJob } from "../clients/pbs-shapes";
import { type Weakening } from "./acceptance";
import { given, orElse, plain, text, trimmed, type Fields } from "./fields";
import { comment, identifier, SCHEDULE } from "./input-text";
import { demandSight, type Site } from "./site";
import { type SiteObject } from "./site-object";
import { written } from "./written";

const INPUTS = z.strictObject({
  jobId: identifier("pbsId").describe("Identifier of the job. **Cannot be changed.**"),
  store: identifier("pbsId").describe("Datastore that it rereads. **Cannot be changed.**"),
  schedule: SCHEDULE.describe("Calendar event in the PBS's local time."),
  ignoreVerified: z
    .boolean()
    .optional()
    .describe("Leaves out what was verified before and is not outdated; so by default."),
  outdatedAfter: z
    .number()
    .int()
    .min(0)
    .max(3650)
    .optional()
    .describe("Days after which a verified snapshot is reread."),
  namespace: identifier("namespace").optional().describe("Namespace in which it works; the root namespace by default."),
  maxDepth: z.number().int().min(0).max(7).optional().describe("Levels below the namespace, 0 to 7; all by default."),
  comment: comment(128).optional().describe("One line for people."),
});

const OTHER =
  "Another job identifier or datastore is another job: declare a second one, and take the first out of the program";

/** A verify job on a PBS: when backup snapshots are reread. */
export const verifyJob: SiteObject = {
  token: "resilience:pbs:VerifyJob",
  description: "When backup snapshots are reread: a verify job on a Proxmox Backup Server.",
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
    ignoreVerified: orElse(true),
    outdatedAfter: plain,
    namespace: trimmed,
    maxDepth: plain,
    comment: trimmed,
  },
  idOf: ({ jobId }) => String(jobId),
  identityOf: (id) => ({ jobId: id }),
  look,
  weakenings: (_site, wanted, living) => Promise.resolve(weakenings(wanted, living)),
  async create(site, wanted) {
    await site.pbs().createVerifyJob({ id: text(wanted, "jobId"), ...parameters(wanted) });
    return {};
  },
  async update(site, wanted) {
    const { set, unset } = written(parameters(wanted));
    await site.pbs().updateVerifyJob(text(wanted, "jobId"), set, unset);
    return {};
  },
  async remove(site, living) {
    await site.pbs().removeVerifyJob(text(living, "jobId"));
  },
};

async function look(site: Site, identity: Fields): Promise<Fields | undefined> {
  const jobId = text(identity, "jobId");
  const found = (await site.pbs().verifyJobs()).find(({ id }) => id === jobId);
  if (found !== undefined) return fieldsOf(found);
  // A job shows only to who may see its datastore, and it may have been moved to any.
  await demandSight(site.pbs(), "/datastore", "Datastore.Audit", "below");
  return undefined;
}

function fieldsOf(job: PbsVerifyJob): Fields {
  const { id: jobId, store, schedule, ns: namespace, comment: words } = job;
  const how = { ignoreVerified: job["ignore-verified"], outdatedAfter: job["outdated-after"] };
  return given({ jobId, store, schedule, ...how, namespace, maxDepth: job["max-depth"], comment: words });
}

function parameters(wanted: Fields) {
  const {
    store,
    schedule,
    ignoreVerified,
    outdatedAfter,
    namespace: ns,
    maxDepth,
    comment: words,
  } = INPUTS.parse(wanted);
  const how = { "ignore-verified": ignoreVerified, "outdated-after": outdatedAfter };
  return { store, schedule, ...how, ns, "max-depth": maxDepth, comment: words };
}

/** Ways in which less would be reread than before: rot is then found later, or never. */
function weakenings(wanted: Fields, living: Fields | undefined): Weakening[] {
  if (living === undefined) return [];
  const why: string[] = [];
  const [before, after] = [rereadAfter(living), rereadAfter(wanted)];
  if (after > before) why.push(`a snapshot is reread after ${days(after)}, not after ${days(before)}`);
  if (text(wanted, "namespace") !== text(living, "namespace")) why.push("another namespace");
  if (Number(wanted["maxDepth"] ?? 7) < Number(living["maxDepth"] ?? 7)) why.push("fewer levels of namespaces");
  return why.length === 0 ? [] : [{ change: "verify-less", what: `less is verified (${why.join("; ")})` }];
}

/** Days after which a verified snapshot is read again; endless where the job never does. */
function rereadAfter(job: Fields): number {
  if (job["ignoreVerified"] === false) return 0;
  return Number(job["outdatedAfter"] ?? Infinity);
}

function days(count: number): string {
  return count === Infinity ? "no time" : `${count} days`;
}
