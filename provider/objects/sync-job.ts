import * as z from "zod";

import { isAtLeast } from "../../estate/units/proxmox-version";
import { type PbsSyncJob } from "../clients/pbs-shapes";
import { type Weakening } from "./acceptance";
import { given, orElse, plain, text, trimmed, unordered, type Fields } from "./fields";
import { comment, identifier, loginText, SCHEDULE } from "./input-text";
import { Refusal } from "./refusal";
import { type Site } from "./site";
import { type SiteObject } from "./site-object";
import { fewerRuns, lookForJob, rate, RATE } from "./sync-job-shared";
import { written } from "./written";

const PUSH = "a server that pushes has to hold a login that can write here, and whoever takes it over has that too";

const INPUTS = z.strictObject({
  jobId: identifier("pbsId").describe("Identifier of the job. **Cannot be changed.**"),
  store: identifier("pbsId").describe("Datastore that receives. **Cannot be changed.**"),
  namespace: identifier("namespace")
    .optional()
    .describe("Namespace that receives; the root namespace by default. **Cannot be changed.**"),
  remote: identifier("pbsId")
    .optional()
    .describe("Remote from which it pulls; this server itself by default. **Cannot be changed.**"),
  remoteStore: identifier("pbsId").describe("Datastore over there, or the other one here. **Cannot be changed.**"),
  remoteNamespace: identifier("namespace")
    .optional()
    .describe("Namespace over there; the root namespace by default. **Cannot be changed.**"),
  direction: z
    .string()
    .refine((word) => word === "pull", { error: `expected "pull": ${PUSH}. Let the other server pull` })
    .optional()
    .describe("Only pull, which is also the default."),
  schedule: SCHEDULE.optional().describe("Calendar event in the PBS's local time; never by itself without."),
  owner: loginText("copies@pbs")
    .optional()
    .describe("Login on this server to whom the copies belong; root@pam by default."),
  maxDepth: z.number().int().min(0).max(7).optional().describe("Levels of namespaces below, 0 to 7; all by default."),
  groupFilters: z
    .array(
      z
        .string()
        .regex(
          /^(?:(?:include|exclude):)?(?:type:(?:vm|ct|host)|group:(?:vm|ct|host)\/[A-Za-z0-9_][A-Za-z0-9._-]*|regex:.+)$/,
          'expected a filter such as "group:vm/140", "type:ct" or "exclude:regex:…"',
        ),
    )
    .optional()
    .describe("Groups that it takes; all by default."),
  encryptedOnly: z.boolean().optional().describe("Leaves out what is not encrypted; takes all by default."),
  verifiedOnly: z.boolean().optional().describe("Leaves out what the other side has not verified."),
  transferLast: z.number().int().min(1).optional().describe("How many of the newest a run takes; all by default."),
  resyncCorrupt: z.boolean().optional().describe("Fetches copies again that failed their verification here."),
  removeVanished: z.boolean().optional().describe("Deletes copies that are gone over there; keeps them by default."),
  rateIn: RATE.describe('Most that it fetches a second, such as "10 MB".'),
  burstIn: RATE.describe("Most that it fetches in a short burst."),
  workerThreads: z.number().int().min(1).max(32).optional().describe("Groups fetched at once, 1 to 32; 1 by default."),
  runOnMount: z.boolean().optional().describe("Whether it runs when a removable datastore is plugged in."),
  unmountOnDone: z.boolean().optional().describe("Whether a removable datastore is unmounted after it."),
  comment: comment(128).optional().describe("One line for people."),
});

const OTHER =
  "Copies of another source, or in another place, are another job: declare a second one, and take the first out of the program";
/**
 * What an older server does not know: it refuses the parameter, and also to unset it. By field, with its parameter and the version that
 * brought it. Source: changelog of proxmox-backup, 4.0.20 for PBS 4.1, 4.1.8 for PBS 4.2.
 */
const NEWER = {
  unmountOnDone: { parameter: "unmount-on-done", since: "4.1" },
  workerThreads: { parameter: "worker-threads", since: "4.2" },
} as const;

/** `resync-corrupt` cannot be unset, only said to be false (observed on PBS 4.2.3). */
const NEVER_UNSET = "resync-corrupt";

/** A sync job that pulls from another PBS, or from another datastore of the same one. There is none that pushes. */
export const syncJob: SiteObject = {
  token: "resilience:pbs:SyncJob",
  description: "Which backups of another Proxmox Backup Server are pulled here, and when.",
  inputs: INPUTS,
  extraOutputs: {},
  secrets: [],
  unreadable: [],
  identity: ["jobId"],
  fixed: Object.fromEntries(
    ["jobId", "store", "namespace", "remote", "remoteStore", "remoteNamespace"].map((field) => [field, OTHER]),
  ),
  meanings: {
    jobId: plain,
    store: plain,
    namespace: trimmed,
    remote: plain,
    remoteStore: plain,
    remoteNamespace: trimmed,
    direction: orElse("pull"),
    schedule: trimmed,
    owner: orElse("root@pam"),
    maxDepth: orElse(7),
    groupFilters: unordered,
    encryptedOnly: orElse(false),
    verifiedOnly: orElse(false),
    transferLast: plain,
    resyncCorrupt: orElse(false),
    removeVanished: orElse(false),
    rateIn: rate,
    burstIn: rate,
    workerThreads: orElse(1),
    runOnMount: orElse(false),
    unmountOnDone: orElse(false),
    comment: trimmed,
  },
  idOf: (fields) => text(fields, "jobId"),
  identityOf: (id) => ({ jobId: id }),
  look: (site, identity) => lookForJob(site, identity, fieldsOf),
  weakenings: (_site, wanted, living) => Promise.resolve(weakenings(wanted, living)),
  demand,
  async create(site, wanted) {
    await site.pbs().createSyncJob({ id: text(wanted, "jobId"), ...given(parameters(wanted)) });
    return {};
  },
  async update(site, wanted, living) {
    const { set, unset } = written(parameters(wanted));
    const isSilent = unset.includes(NEVER_UNSET);
    const kept = new Set<string>([NEVER_UNSET, ...unsetAlready(living)]);
    await site.pbs().updateSyncJob(
      text(wanted, "jobId"),
      { ...set, ...(isSilent && { [NEVER_UNSET]: false }) },
      unset.filter((name) => !kept.has(name)),
    );
    return {};
  },
  async remove(site, living) {
    await site.pbs().removeSyncJob(text(living, "jobId"));
  },
};

/** What the server need not know as long as nobody sets it. */
function unsetAlready(living: Fields): string[] {
  return Object.entries(NEWER).flatMap(([field, { parameter }]) => (living[field] === undefined ? [parameter] : []));
}

/** What the server does not know is said by name before anything is written. */
async function demand(site: Site, wanted: Fields): Promise<void> {
  const asked = Object.entries(NEWER).filter(([field]) => wanted[field] !== undefined);
  if (asked.length === 0) return;
  const version = await site.pbs().version();
  for (const [field, { since }] of asked) {
    if (isAtLeast(version, since) !== false) continue;
    const what = `pbs:SyncJob/${text(wanted, "jobId")}: ${field} expected PBS ${since} or newer, got PBS ${version}`;
    throw new Refusal(`${what}; upgrade the server, or leave ${field} out. Nothing was changed`);
  }
}

function fieldsOf(job: PbsSyncJob): Fields {
  if (job["sync-direction"] === "push") {
    throw new Refusal(
      `pbs:SyncJob/${job.id} pushes, and no job of that kind is taken over: ${PUSH}. ` +
        "Give the job in the program another identifier, and let the other server pull",
    );
  }
  return given({
    jobId: job.id,
    store: job.store,
    namespace: job.ns,
    remote: job.remote,
    remoteStore: job["remote-store"],
    remoteNamespace: job["remote-ns"],
    schedule: job.schedule,
    owner: job.owner,
    maxDepth: job["max-depth"],
    groupFilters: job["group-filter"],
    encryptedOnly: job["encrypted-only"],
    verifiedOnly: job["verified-only"],
    transferLast: job["transfer-last"],
    resyncCorrupt: job["resync-corrupt"],
    removeVanished: job["remove-vanished"],
    rateIn: job["rate-in"],
    burstIn: job["burst-in"],
    workerThreads: job["worker-threads"],
    runOnMount: job["run-on-mount"],
    unmountOnDone: job["unmount-on-done"],
    comment: job.comment,
  });
}

function parameters(wanted: Fields) {
  const job = INPUTS.parse(wanted);
  const { store, remote, schedule, owner, comment: words, groupFilters = [] } = job;
  return {
    store,
    ns: job.namespace,
    remote,
    "remote-store": job.remoteStore,
    "remote-ns": job.remoteNamespace,
    schedule,
    owner,
    "max-depth": job.maxDepth,
    "group-filter": groupFilters.length === 0 ? undefined : groupFilters,
    "encrypted-only": job.encryptedOnly,
    "verified-only": job.verifiedOnly,
    "transfer-last": job.transferLast,
    [NEVER_UNSET]: job.resyncCorrupt,
    "remove-vanished": job.removeVanished,
    "rate-in": job.rateIn,
    "burst-in": job.burstIn,
    "worker-threads": job.workerThreads,
    "run-on-mount": job.runOnMount,
    "unmount-on-done": job.unmountOnDone,
    comment: words,
  };
}

/** Ways in which fewer copies would arrive or stay. */
function weakenings(wanted: Fields, living: Fields | undefined): Weakening[] {
  const found: Weakening[] = [];
  if (wanted["removeVanished"] === true && living?.["removeVanished"] !== true) {
    found.push({ change: "shorten-retention", what: "whoever deletes at the source deletes the copies here too" });
  }
  if (living === undefined) return found;
  if (living["encryptedOnly"] === true && wanted["encryptedOnly"] !== true) {
    found.push({ change: "weaken-encryption", what: "backups that lie open arrive here too" });
  }
  const why = fewer(wanted, living);
  if (why.length > 0) found.push({ change: "disable-job", what: `fewer copies arrive (${why.join("; ")})` });
  return found;
}

function fewer(wanted: Fields, living: Fields): string[] {
  const last = (job: Fields): number => Number(job["transferLast"] ?? Infinity);
  return [
    ...fewerRuns(wanted, living),
    ...(Number(wanted["maxDepth"] ?? 7) < Number(living["maxDepth"] ?? 7) ? ["fewer levels of namespaces"] : []),
    ...(wanted["verifiedOnly"] === true && living["verifiedOnly"] !== true ? ["only what is verified over there"] : []),
    ...(last(wanted) < last(living) ? [`only the newest ${last(wanted)} of a run`] : []),
  ];
}
