import { parseCalendarEvent } from "../../pve/calendar-event";
import { type Privilege } from "../access/privileges";
import { type BackupServer } from "../backup-server";
import { type Call, type Reply } from "../operation";
import { parameterRefusal, Refusal } from "../refusal";
import { shuffled } from "../settings";
import { type ConfigFile, type Fields, stored, updated } from "./config-file";

/** What tells one kind of job from another. */
export interface JobKind {
  /** Name in refusals: `prune`, `verification`. */
  readonly noun: string;
  /** File that holds the jobs. */
  readonly file: (server: BackupServer) => ConfigFile;
  /** Privilege on the job's datastore and namespace that a change needs. */
  readonly writing: Privilege;
  /** Values at which the file stays silent. */
  readonly silent: Fields;
}

/** Jobs that the caller may see: others are left out without a word (observed on PBS 4.2.3). */
export function listJobs(call: Call, kind: JobKind): Reply {
  const { server } = call;
  return { data: visibleJobs(call, kind), beside: { digest: kind.file(server).digest } };
}

/** Fields of the jobs that the caller may see, in no order. */
export function visibleJobs({ server, authId }: Call, kind: JobKind): Fields[] {
  const jobs = kind
    .file(server)
    .ids()
    .map((id) => ({ id, ...kind.file(server).find(id) }));
  const mayRead = (job: Fields): boolean =>
    server.rights.hasAny(authId, jobPath(job), ["Datastore.Audit", kind.writing]);
  return shuffled(server.settings, jobs.filter(mayRead));
}

/** One job. */
export function readJob(call: Call, kind: JobKind): Reply {
  const file = kind.file(call.server);
  const job = existingJob(call, kind);
  if (!call.server.rights.hasAny(call.authId, jobPath(job), ["Datastore.Audit", kind.writing])) {
    call.server.rights.require(call.authId, jobPath(job), "Datastore.Audit");
  }
  return { data: { id: call.text("id"), ...job }, beside: { digest: file.digest } };
}

/** Makes a job. Nobody looks whether its datastore is there (observed on PBS 4.2.3). */
export function createJob(call: Call, kind: JobKind): Reply {
  const id = call.text("id");
  const job = stored(call.except("id"), kind.silent);
  call.server.rights.require(call.authId, jobPath(job), kind.writing);
  rejectBrokenSchedule(job);
  if (kind.file(call.server).find(id) !== undefined) throw parameterRefusal({ id: `job '${id}' already exists.` });
  kind.file(call.server).write(id, job);
  return { data: null };
}

/** Changes a job. Its datastore may change too. */
export function updateJob(call: Call, kind: JobKind): Reply {
  const { server, authId } = call;
  const file = kind.file(server);
  const job = existingJob(call, kind);
  server.rights.require(authId, jobPath(job), kind.writing);
  file.rejectStale(call.maybe("digest"));
  const next = stored(updated(job, call.except("id", "digest", "delete"), call.list("delete")), kind.silent);
  rejectBrokenSchedule(next);
  server.rights.require(authId, jobPath(next), kind.writing);
  file.write(call.text("id"), next);
  return { data: null };
}

/** Removes a job. */
export function deleteJob(call: Call, kind: JobKind): Reply {
  const file = kind.file(call.server);
  const job = existingJob(call, kind);
  call.server.rights.require(call.authId, jobPath(job), kind.writing);
  file.rejectStale(call.maybe("digest"));
  file.remove(call.text("id"));
  return { data: null };
}

/** The job that a call names. */
export function existingJob(call: Call, kind: JobKind): Fields {
  const id = call.text("id");
  const job = kind.file(call.server).find(id);
  if (job === undefined) throw new Refusal(`no such ${kind.noun} '${id}'`);
  return job;
}

/** Path at which the rights to a job are looked up: its datastore, or the namespace in it. */
export function jobPath(job: Fields): string {
  const ns = namespaceOfJob(job);
  return `/datastore/${String(job["store"])}${ns === "" ? "" : `/${ns}`}`;
}

/** Namespace at which a job starts; the root when it names none. */
export function namespaceOfJob({ ns }: Fields): string {
  return typeof ns === "string" ? ns : "";
}

/** Stops a schedule that is no calendar event. */
export function rejectBrokenSchedule(fields: Fields, name = "schedule"): void {
  const schedule = fields[name];
  if (typeof schedule !== "string" || parseCalendarEvent(schedule) !== undefined) return;
  throw parameterRefusal({ [name]: `unable to parse calendar event - ${JSON.stringify(schedule)}` });
}
