import { X509Certificate } from "node:crypto";

import { flag, integer, list, oneOf, optional, text } from "../../core/specification";
import { type Task } from "../../core/tasks";
import { type BackupServer } from "../backup-server";
import { ANYBODY, type Call, holders, type Operation, type Reply } from "../operation";
import { Refusal } from "../refusal";
import { NODE, STORE, UPID } from "../schema";
import { isToken, userOf } from "../store/owner";
import { isUpid } from "../upid";

const ONE_TASK = { node: NODE, upid: UPID };
type SeenTask = Readonly<Omit<Task, "log">> & { readonly log: readonly string[] };

/** Tasks and the certificate. Every well-formed node name is this server. */
export const NODE_OPERATIONS: readonly Operation[] = [
  {
    name: "GET /nodes/{node}/tasks",
    permission: ANYBODY,
    parameters: {
      errors: optional(flag()),
      limit: optional(integer()),
      node: NODE,
      running: optional(flag()),
      since: optional(integer()),
      start: optional(integer()),
      statusfilter: optional(list(oneOf("ok", "warning", "error", "unknown"))),
      store: optional(STORE),
      typefilter: optional(text()),
      until: optional(integer()),
      userfilter: optional(text()),
    },
    run: listTasks,
  },
  { name: "GET /nodes/{node}/tasks/{upid}/status", permission: ANYBODY, parameters: ONE_TASK, run: readTask },
  {
    name: "GET /nodes/{node}/tasks/{upid}/log",
    permission: ANYBODY,
    parameters: {
      ...ONE_TASK,
      download: optional(flag()),
      limit: optional(integer({ minimum: 0 })),
      start: optional(integer({ minimum: 0 })),
      "test-status": optional(flag()),
    },
    run: readLog,
  },
  { name: "DELETE /nodes/{node}/tasks/{upid}", permission: ANYBODY, parameters: ONE_TASK, run: stopTask },
  {
    name: "GET /nodes/{node}/certificates/info",
    permission: holders("Sys.Modify", "system", "certificates"),
    parameters: { node: NODE },
    run: readCertificates,
  },
  { name: "GET /nodes/{node}/time", permission: ANYBODY, parameters: { node: NODE }, run: readTime },
];

/** The lab's machines stand in UTC. */
function readTime({ server }: Call): Reply {
  const time = server.machine.site.clock.seconds();
  return { data: { time, localtime: time, timezone: "Etc/UTC" } };
}

function listTasks(call: Call): Reply {
  const { server, authId } = call;
  const all = server.rights.hasAny(authId, "/system/tasks", ["Sys.Audit"]);
  const tasks = server.tasks.all().filter((task) => (all || isOwn(authId, task.authId)) && isWanted(call, task));
  const start = call.number("start") ?? 0;
  const page = tasks.slice(start, start + (call.number("limit") ?? 50));
  return { data: page.map(listEntry), beside: { total: tasks.length } };
}

function isWanted(call: Call, task: SeenTask): boolean {
  const { starttime, exitstatus, type, authId, id } = task;
  const store = call.maybe("store");
  const kinds = call.list("statusfilter");
  return (
    (!call.flag("running") || exitstatus === undefined) &&
    (!call.flag("errors") || (exitstatus !== undefined && exitstatus !== "OK")) &&
    (kinds.length === 0 || kinds.includes(statusKind(exitstatus))) &&
    starttime >= (call.number("since") ?? 0) &&
    starttime <= (call.number("until") ?? Infinity) &&
    type.includes(call.maybe("typefilter") ?? "") &&
    authId.includes(call.maybe("userfilter") ?? "") &&
    (store === undefined || id === store || id.startsWith(`${store}:`))
  );
}

function statusKind(exitstatus: string | undefined): string {
  if (exitstatus === undefined || exitstatus === "unknown") return "unknown";
  if (exitstatus === "OK") return "ok";
  return exitstatus.startsWith("WARNINGS") ? "warning" : "error";
}

function listEntry({ upid, node, pid, pstart, starttime, endtime, exitstatus, type, id, authId }: SeenTask): object {
  const ended = endtime === undefined ? {} : { endtime, status: exitstatus };
  return { upid, node, pid, pstart, starttime, worker_type: type, worker_id: id, user: authId, ...ended };
}

function readTask(call: Call): Reply {
  const task = findTask(call);
  const upid = call.text("upid");
  if (task === undefined) return { data: { ...unknownTask(upid), status: "stopped", exitstatus: "unknown" } };
  const { node, pid, pstart, starttime, type, id, authId, endtime, exitstatus } = task;
  const token = isToken(authId) && { tokenid: authId.slice(authId.indexOf("!") + 1) };
  const known = { upid, node, pid, pstart, starttime, type, id, user: userOf(authId), ...token };
  return {
    data:
      endtime === undefined ? { ...known, status: "running" } : { ...known, status: "stopped", exitstatus, endtime },
  };
}

/** What a name alone tells. A task that nobody knows is answered as ended (observed on PBS 4.2.3). */
function unknownTask(upid: string): object {
  const [, node, pid = "", pstart = "", , starttime = "", type, id, authId = ""] = upid.split(":");
  const number = (hex: string): number => Number.parseInt(hex, 16);
  const token = isToken(authId) && { tokenid: authId.slice(authId.indexOf("!") + 1) };
  return {
    upid,
    node,
    pid: number(pid),
    pstart: number(pstart),
    starttime: number(starttime),
    type,
    id,
    user: userOf(authId),
    ...token,
  };
}

function readLog(call: Call): Reply {
  const log = findTask(call)?.log ?? [];
  const start = call.number("start") ?? 0;
  const limit = call.number("limit") ?? 50;
  const lines = log.slice(start, limit === 0 ? undefined : start + limit);
  const active = call.flag("test-status") && { active: findTask(call)?.endtime === undefined };
  return { data: lines.map((line, at) => ({ n: start + at + 1, t: line })), beside: { total: log.length, ...active } };
}

function stopTask(call: Call): Reply {
  const { server, authId } = call;
  const task = server.tasks.find(call.text("upid"));
  if (
    task !== undefined &&
    !isOwn(authId, task.authId) &&
    !server.rights.hasAny(authId, "/system/tasks", ["Sys.Modify"])
  ) {
    throw new Refusal("permission check failed", 403);
  }
  server.tasks.stop(call.text("upid"));
  return { data: null };
}

function findTask(call: Call): SeenTask | undefined {
  const { server, authId } = call;
  const upid = call.text("upid");
  if (!isUpid(upid)) throw new Refusal("unable to parse UPID");
  const task = server.tasks.find(upid);
  const starter = task?.authId ?? upid.split(":").at(-2) ?? "";
  if (!isOwn(authId, starter) && !maySeeAll(server, authId)) throw new Refusal("task access not allowed");
  return task;
}

function maySeeAll({ rights }: BackupServer, authId: string): boolean {
  return rights.hasAny(authId, "/system/tasks", ["Sys.Audit"]);
}

/** One's own tasks, and a user's those of its tokens. */
function isOwn(authId: string, starter: string): boolean {
  return starter === authId || (isToken(starter) && userOf(starter) === authId);
}

async function readCertificates({ server }: Call): Promise<Reply> {
  const { machine } = server;
  const { certificate: pem, fingerprint } = await machine.site.authority.certificateFor(machine.name, machine.address);
  const certificate = new X509Certificate(pem);
  const seconds = (date: string): number => Math.floor(Date.parse(date) / 1000);
  const entry = {
    filename: "proxy.pem",
    fingerprint,
    issuer: certificate.issuer,
    subject: certificate.subject,
    notbefore: seconds(certificate.validFrom),
    notafter: seconds(certificate.validTo),
    pem,
    san: (certificate.subjectAltName ?? "").split(", ").map((name) => name.replace(/^[^:]+:/, "")),
    "public-key-type": "id-ecPublicKey",
    "public-key-bits": 256,
  };
  return { data: [entry] };
}
