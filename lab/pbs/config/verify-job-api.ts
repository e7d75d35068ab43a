import { flag, integer, optional, type Parameters, text } from "../../core/specification";
import { startTold } from "../admin/told-task";
import { verifyStore } from "../admin/verify-work";
import { ANYBODY, type Call, type Operation, type Reply } from "../operation";
import { COMMENT, deletable, DIGEST, JOB_ID, MAX_DEPTH, NAMESPACE, STORE } from "../schema";
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

const KIND: JobKind = {
  noun: "verification",
  file: (server) => server.verifyJobs,
  writing: "Datastore.Verify",
  silent: { ns: "" },
};
const FIELDS: Parameters = {
  comment: optional(COMMENT),
  "ignore-verified": optional(flag()),
  "max-depth": optional(MAX_DEPTH),
  ns: optional(NAMESPACE),
  "outdated-after": optional(integer({ minimum: 0 })),
  "read-threads": optional(integer({ minimum: 1, maximum: 32 })),
  schedule: optional(text()),
  "verify-threads": optional(integer({ minimum: 1, maximum: 32 })),
};
const CLEARABLE = [
  "ignore-verified",
  "comment",
  "schedule",
  "outdated-after",
  "ns",
  "max-depth",
  "read-threads",
  "verify-threads",
];

/** Verify jobs. */
export const VERIFY_JOB_OPERATIONS: readonly Operation[] = [
  { name: "GET /config/verify", permission: ANYBODY, parameters: {}, run: (call) => listJobs(call, KIND) },
  {
    name: "POST /config/verify",
    permission: ANYBODY,
    privileged: true,
    parameters: { ...FIELDS, id: JOB_ID, store: STORE },
    run: (call) => createJob(call, KIND),
  },
  {
    name: "GET /config/verify/{id}",
    permission: ANYBODY,
    parameters: { id: JOB_ID },
    run: (call) => readJob(call, KIND),
  },
  {
    name: "PUT /config/verify/{id}",
    permission: ANYBODY,
    privileged: true,
    parameters: {
      ...FIELDS,
      delete: deletable(...CLEARABLE),
      digest: optional(DIGEST),
      id: JOB_ID,
      store: optional(STORE),
    },
    run: (call) => updateJob(call, KIND),
  },
  {
    name: "DELETE /config/verify/{id}",
    permission: ANYBODY,
    privileged: true,
    parameters: { digest: optional(DIGEST), id: JOB_ID },
    run: (call) => deleteJob(call, KIND),
  },
  { name: "GET /admin/verify", permission: ANYBODY, parameters: { store: optional(STORE) }, run: listStates },
  { name: "POST /admin/verify/{id}/run", permission: ANYBODY, parameters: { id: JOB_ID }, run: runJob },
];

function listStates(call: Call): Reply {
  const store = call.maybe("store");
  return { data: visibleJobs(call, KIND).filter((job) => store === undefined || job["store"] === store) };
}

function runJob(call: Call): Reply {
  const { server, authId } = call;
  const job = existingJob(call, KIND);
  server.rights.require(authId, jobPath(job), "Datastore.Verify");
  const store = String(job["store"]);
  const scope = {
    ns: namespaceOfJob(job),
    depth: Number(job["max-depth"] ?? 7),
    ignoreVerified: job["ignore-verified"] !== false,
  };
  const order = { type: "verificationjob", id: `${store}:${call.text("id")}`, authId };
  const data = startTold(server, order, { type: "verify", store, jobId: call.text("id") }, async ({ log, upid }) => {
    await verifyStore(server, store, scope, () => true, { log, upid });
  });
  return { data };
}
