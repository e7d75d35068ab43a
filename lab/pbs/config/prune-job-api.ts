import { flag, optional, type Parameters, text } from "../../core/specification";
import { pruneStore } from "../admin/prune-work";
import { startTold } from "../admin/told-task";
import { ANYBODY, type Call, type Operation, type Reply } from "../operation";
import { type KeepOptions, KEEP_NAMES } from "../retention";
import { COMMENT, deletable, DIGEST, JOB_ID, KEEP, MAX_DEPTH, NAMESPACE, STORE } from "../schema";
import {
  createJob,
  deleteJob,
  existingJob,
  type JobKind,
  jobPath,
  namespaceOfJob,
  listJobs,
  readJob,
  updateJob,
  visibleJobs,
} from "./job-file";
import { nextRun } from "./next-run";

const KIND: JobKind = {
  noun: "prune",
  file: (server) => server.pruneJobs,
  writing: "Datastore.Modify",
  silent: { disable: false, ns: "" },
};
const FIELDS: Parameters = {
  ...KEEP,
  comment: optional(COMMENT),
  disable: optional(flag()),
  "max-depth": optional(MAX_DEPTH),
  ns: optional(NAMESPACE),
};

/** Prune jobs. One that keeps nothing in particular is accepted, and keeps everything. */
export const PRUNE_JOB_OPERATIONS: readonly Operation[] = [
  { name: "GET /config/prune", permission: ANYBODY, parameters: {}, run: (call) => listJobs(call, KIND) },
  {
    name: "POST /config/prune",
    permission: ANYBODY,
    privileged: true,
    parameters: { ...FIELDS, id: JOB_ID, schedule: text(), store: STORE },
    run: (call) => createJob(call, KIND),
  },
  {
    name: "GET /config/prune/{id}",
    permission: ANYBODY,
    parameters: { id: JOB_ID },
    run: (call) => readJob(call, KIND),
  },
  {
    name: "PUT /config/prune/{id}",
    permission: ANYBODY,
    privileged: true,
    parameters: {
      ...FIELDS,
      delete: deletable("comment", "disable", "ns", "max-depth", ...KEEP_NAMES),
      digest: optional(DIGEST),
      id: JOB_ID,
      schedule: optional(text()),
      store: optional(STORE),
    },
    run: (call) => updateJob(call, KIND),
  },
  {
    name: "DELETE /config/prune/{id}",
    permission: ANYBODY,
    privileged: true,
    parameters: { digest: optional(DIGEST), id: JOB_ID },
    run: (call) => deleteJob(call, KIND),
  },
  { name: "GET /admin/prune", permission: ANYBODY, parameters: { store: optional(STORE) }, run: listStates },
  { name: "POST /admin/prune/{id}/run", permission: ANYBODY, parameters: { id: JOB_ID }, run: runJob },
];

function listStates(call: Call): Reply {
  const now = call.server.machine.site.clock.now();
  const store = call.maybe("store");
  const jobs = visibleJobs(call, KIND).filter((job) => store === undefined || job["store"] === store);
  return { data: jobs.map((job) => ({ ...job, ...nextRun(String(job["schedule"]), now) })) };
}

function runJob(call: Call): Reply {
  const { server, authId } = call;
  const job = existingJob(call, KIND);
  server.rights.require(authId, jobPath(job), "Datastore.Modify");
  const store = String(job["store"]);
  const scope = {
    ns: namespaceOfJob(job),
    depth: Number(job["max-depth"] ?? 7),
    keep: job as KeepOptions,
    dryRun: false,
  };
  const order = { type: "prunejob", id: `${store}:${call.text("id")}`, authId };
  const upid = startTold(server, order, { type: "prune", store, jobId: call.text("id") }, ({ log }) =>
    pruneStore(server, store, scope, SERVER_REACH, log),
  );
  return { data: upid };
}

/** A job works as the server itself: it reaches every group. */
const SERVER_REACH = { authId: "root@pam", reach: () => "all" as const };
