import { flag, integer, list, oneOf, optional, type Parameters, text } from "../../core/specification";
import { isBefore } from "../../core/versions";
import { startSync } from "../sync/sync-run";
import { mayChange, mayRead } from "../sync/sync-rights";
import { filterFault } from "../sync/group-filter";
import { ANYBODY, type Call, type Operation, type Reply } from "../operation";
import { parameterRefusal, Refusal } from "../refusal";
import { AUTH_ID, COMMENT, deletable, DIGEST, JOB_ID, MAX_DEPTH, NAMESPACE, STORE } from "../schema";
import { shuffled } from "../settings";
import { type Fields, stored, updated } from "./config-file";
import { rejectBrokenSchedule } from "./job-file";
import { nextRun } from "./next-run";

const KEY_NAME = STORE;
const RATE = text({ minLength: 1, maxLength: 64 });
const DIRECTION = optional(oneOf("pull", "push"));
const FIELDS: Parameters = {
  "active-encryption-key": optional(KEY_NAME),
  "associated-key": optional(list(KEY_NAME)),
  "burst-in": optional(RATE),
  "burst-out": optional(RATE),
  comment: optional(COMMENT),
  "encrypted-only": optional(flag()),
  "group-filter": optional(list(text())),
  "max-depth": optional(MAX_DEPTH),
  ns: optional(NAMESPACE),
  owner: optional(AUTH_ID),
  "rate-in": optional(RATE),
  "rate-out": optional(RATE),
  remote: optional(STORE),
  "remote-ns": optional(NAMESPACE),
  "remove-vanished": optional(flag()),
  "resync-corrupt": optional(flag()),
  "run-on-mount": optional(flag()),
  schedule: optional(text()),
  "sync-direction": DIRECTION,
  "transfer-last": optional(integer({ minimum: 1 })),
  "unmount-on-done": optional(flag()),
  "verified-only": optional(flag()),
  "worker-threads": optional(integer({ minimum: 1, maximum: 32 })),
};
/** `resync-corrupt` cannot be cleared, only set to false (observed on PBS 4.2.3). */
const CLEARABLE = [
  "remote",
  "owner",
  "comment",
  "schedule",
  "remove-vanished",
  "group-filter",
  "rate-in",
  "burst-in",
  "rate-out",
  "burst-out",
  "ns",
  "remote-ns",
  "max-depth",
  "transfer-last",
  "encrypted-only",
  "verified-only",
  "run-on-mount",
  "unmount-on-done",
  "sync-direction",
  "worker-threads",
  "active-encryption-key",
  "associated-key",
];
/** What an older server does not know, with the version that brought it. Source: changelog of proxmox-backup, 4.0.20 and 4.1.8. */
const SINCE: Readonly<Record<string, string>> = { "unmount-on-done": "4.1", "worker-threads": "4.2" };

const LISTED: Parameters = { "sync-direction": optional(oneOf("all", "push", "pull")) };

/** Sync jobs. Without a direction a list has pull jobs only (observed on PBS 4.2.3). Of push jobs the lab only keeps the words. */
export const SYNC_JOB_OPERATIONS: readonly Operation[] = [
  {
    name: "GET /config/sync",
    permission: ANYBODY,
    parameters: LISTED,
    run: (call) => ({ data: visibleJobs(call), beside: { digest: call.server.syncJobs.digest } }),
  },
  {
    name: "POST /config/sync",
    permission: ANYBODY,
    privileged: true,
    parameters: { ...FIELDS, id: JOB_ID, "remote-store": STORE, store: STORE },
    run: createJob,
  },
  { name: "GET /config/sync/{id}", permission: ANYBODY, parameters: { id: JOB_ID }, run: readJob },
  {
    name: "PUT /config/sync/{id}",
    permission: ANYBODY,
    privileged: true,
    parameters: {
      ...FIELDS,
      delete: deletable(...CLEARABLE),
      digest: optional(DIGEST),
      id: JOB_ID,
      "remote-store": optional(STORE),
      store: optional(STORE),
    },
    run: updateJob,
  },
  {
    name: "DELETE /config/sync/{id}",
    permission: ANYBODY,
    privileged: true,
    parameters: { digest: optional(DIGEST), id: JOB_ID },
    run: deleteJob,
  },
  { name: "GET /admin/sync", permission: ANYBODY, parameters: { ...LISTED, store: optional(STORE) }, run: listStates },
  { name: "POST /admin/sync/{id}/run", permission: ANYBODY, parameters: { id: JOB_ID }, run: runJob },
];

function visibleJobs(call: Call): Fields[] {
  const { server, authId } = call;
  const direction = call.maybe("sync-direction") ?? "pull";
  const jobs = server.syncJobs.ids().map((id): Fields => ({ id, ...server.syncJobs.find(id) }));
  const asked = jobs.filter((job) => direction === "all" || (job["sync-direction"] ?? "pull") === direction);
  return shuffled(
    server.settings,
    asked.filter((job) => mayRead(server, authId, job)),
  );
}

function createJob(call: Call): Reply {
  const { server, authId } = call;
  const id = call.text("id");
  rejectUnknown(call);
  const job = stored(call.except("id"));
  rejectWithoutRight(mayChange(server, authId, job));
  rejectBroken(job);
  if (server.syncJobs.find(id) !== undefined) throw parameterRefusal({ id: `job '${id}' already exists.` });
  server.syncJobs.write(id, normalised(job));
  return { data: null };
}

function readJob(call: Call): Reply {
  const { server, authId } = call;
  const job = existingJob(call);
  rejectWithoutRight(mayRead(server, authId, job));
  return { data: { id: call.text("id"), ...job }, beside: { digest: server.syncJobs.digest } };
}

function updateJob(call: Call): Reply {
  const { server, authId } = call;
  rejectUnknown(call);
  const job = existingJob(call);
  rejectWithoutRight(mayChange(server, authId, job));
  server.syncJobs.rejectStale(call.maybe("digest"));
  const next = stored(updated(job, call.except("id", "digest", "delete"), call.list("delete")));
  rejectBroken(next);
  rejectWithoutRight(mayChange(server, authId, next));
  server.syncJobs.write(call.text("id"), normalised(next));
  return { data: null };
}

/** Alone among the jobs, one that is not there answers 404 (observed on PBS 4.2.3). */
function deleteJob(call: Call): Reply {
  const { server, authId } = call;
  const id = call.text("id");
  const job = server.syncJobs.find(id);
  if (job === undefined) throw new Refusal(`job '${id}' does not exist.`, 404);
  rejectWithoutRight(mayChange(server, authId, job));
  server.syncJobs.rejectStale(call.maybe("digest"));
  server.syncJobs.remove(id);
  return { data: null };
}

function listStates(call: Call): Reply {
  const { server } = call;
  const store = call.maybe("store");
  const now = server.machine.site.clock.now();
  const jobs = visibleJobs(call).filter((job) => store === undefined || job["store"] === store);
  const data = jobs.map((job) => {
    const last = server.tasks.all().find(({ type, id }) => type === "syncjob" && id.endsWith(`:${String(job["id"])}`));
    return {
      ...job,
      ...(typeof job["schedule"] === "string" && nextRun(job["schedule"], now)),
      ...(last !== undefined && { "last-run-upid": last.upid }),
      ...(last?.exitstatus !== undefined && {
        "last-run-state": last.exitstatus,
        "last-run-endtime": last.endtime,
      }),
    };
  });
  return { data };
}

function runJob(call: Call): Reply {
  const job = existingJob(call);
  rejectWithoutRight(mayChange(call.server, call.authId, job));
  return { data: startSync(call.server, call.authId, call.text("id"), job) };
}

function existingJob(call: Call): Fields {
  const id = call.text("id");
  const job = call.server.syncJobs.find(id);
  if (job === undefined) throw new Refusal(`no such sync '${id}'`);
  return job;
}

/** Refuses what a server of this version has not, as a value and as the name of one that is to go. */
function rejectUnknown(call: Call): void {
  const unknown = Object.keys(SINCE).filter((name) => isBefore(call.server.version, SINCE[name] ?? ""));
  for (const name of unknown) {
    if (call.maybe(name) !== undefined)
      throw parameterRefusal({ [name]: "schema does not allow additional properties" });
    if (call.list("delete").includes(name))
      throw parameterRefusal({ delete: `value '${name}' is not defined in the enumeration.` });
  }
}

function rejectWithoutRight(may: boolean): void {
  if (!may) throw new Refusal("permission check failed");
}

function rejectBroken(job: Fields): void {
  rejectBrokenSchedule(job);
  const filters = (job["group-filter"] ?? []) as string[];
  filters.forEach((filter, index) => {
    const fault = filterFault(filter);
    if (fault !== undefined) throw parameterRefusal({ [`group-filter/[${index}]`]: fault });
  });
  const local = job["remote"] === undefined && job["store"] === job["remote-store"];
  if (local) throw new Refusal("source and target datastore can't be the same");
}

/** Rates come back as the server writes them: `10MB` as `10 MB` (observed on PBS 4.2.3). */
function normalised(job: Fields): Fields {
  const rate = (value: unknown): unknown => {
    const [, number, unit] = /^(\d+(?:\.\d+)?)\s*([kmgt]i?)?b?$/i.exec(String(value)) ?? [];
    if (number === undefined) throw parameterRefusal({ rate: `unable to parse byte size '${String(value)}'` });
    return `${number} ${unit === undefined ? "" : unit.replace("k", "K").replace(/^[mgt]/, (letter) => letter.toUpperCase())}B`;
  };
  const entries = Object.entries(job).map(([name, value]) => [
    name,
    /^(?:rate|burst)-/.test(name) ? rate(value) : value,
  ]);
  return Object.fromEntries(entries) as Fields;
}
