import { type Call, type Operation } from "../operation";
import { LIST_TASKS, READ_TASK, READ_TASK_LOG } from "../parameters/node";
import { invalid, Refusal } from "../refusal";
import { splitAuthId } from "../access";
import { splitList } from "../formats";
import { type DeepReadonly } from "../../core/state";
import { type Task } from "../../core/tasks";

const TASK = "/nodes/{node}/tasks/{upid}";

/** Tasks. Texts: pve-manager, PVE/API2/Tasks.pm; pve-common, src/PVE/Tools.pm `upid_decode`. */
export const TASKS: readonly Operation[] = [
  { name: "GET /nodes/{node}/tasks", parameters: LIST_TASKS, permissions: { user: "all" }, handle: listTasks },
  {
    name: "GET /cluster/tasks",
    parameters: {},
    permissions: { user: "all" },
    handle: (call) => visible(call).slice(0, 25).map(row),
  },
  {
    name: `GET ${TASK}/status`,
    parameters: READ_TASK,
    permissions: { user: "all" },
    handle: (call) => status(taskOf(call)),
  },
  { name: `GET ${TASK}/log`, parameters: READ_TASK_LOG, permissions: { user: "all" }, handle: log },
  { name: `DELETE ${TASK}`, parameters: READ_TASK, permissions: { user: "all" }, handle: stop },
];

function visible(call: Call): DeepReadonly<Task>[] {
  return call.node.tasks.all().filter((task) => maySee(call, task));
}

function maySee(call: Call, { authId }: DeepReadonly<Task>): boolean {
  const own = splitAuthId(authId).user === splitAuthId(call.authId).user;
  return own || call.cluster.allows(call.authId, `/nodes/${call.node.name}`, ["Sys.Audit"]);
}

function listTasks(call: Call): unknown[] {
  const vmid = call.text("vmid");
  const types = splitList(call.text("typefilter") ?? "");
  const source = call.text("source") ?? "archive";
  const found = visible(call)
    .filter(({ exitstatus }) => source === "all" || (exitstatus === undefined) === (source === "active"))
    .filter(({ id, type }) => (vmid ?? id) === id && (types.length === 0 || types.includes(type)))
    .filter(({ starttime }) => starttime >= (call.number("since") ?? 0))
    .filter(({ exitstatus }) => !call.flag("errors") || (exitstatus !== undefined && exitstatus !== "OK"));
  const start = call.number("start") ?? 0;
  return found.slice(start, start + (call.number("limit") ?? 50)).map(row);
}

function row({
  upid,
  node,
  pid,
  pstart,
  starttime,
  type,
  id,
  authId,
  endtime,
  exitstatus,
}: DeepReadonly<Task>): object {
  const ended = exitstatus === undefined ? {} : { endtime, status: exitstatus };
  return { upid, node, pid, pstart, starttime, type, id, ...userParts(authId), ...ended };
}

function userParts(authId: string): object {
  const { user, token } = splitAuthId(authId);
  return { user: authId, ...(token !== undefined && { user, tokenid: token }) };
}

const UPID = /^UPID:([^:]+):[0-9A-Fa-f]{8}:[0-9A-Fa-f]{8,9}:[0-9A-Fa-f]{8}:[^:\s]+:[^:\s]*:[^:\s]+:$/;

function taskOf(call: Call): DeepReadonly<Task> {
  const upid = call.required("upid");
  if (!UPID.test(upid)) throw invalid({ upid: `unable to parse worker upid '${upid}'` });
  const found = call.node.tasks.find(upid);
  if (found === undefined) throw invalid({ upid: "no such task" });
  if (!maySee(call, found)) throw new Refusal(403, `Permission check failed (/nodes/${call.node.name}, Sys.Audit)`);
  return found;
}

function status({ upid, node, pid, pstart, starttime, type, id, authId, exitstatus }: DeepReadonly<Task>): object {
  const common = { upid, node, pid, pstart, starttime, type, id, ...userParts(authId) };
  return exitstatus === undefined ? { ...common, status: "running" } : { ...common, status: "stopped", exitstatus };
}

/** Observed on PVE: a log without lines holds one that says `no content`. */
function log(call: Call): unknown[] {
  const lines = taskOf(call).log.map((text, index) => ({ n: index + 1, t: text }));
  const start = call.number("start") ?? 0;
  return lines.length === 0 ? [{ n: 1, t: "no content" }] : lines.slice(start, start + (call.number("limit") ?? 50));
}

function stop(call: Call): void {
  const task = taskOf(call);
  if (splitAuthId(task.authId).user !== splitAuthId(call.authId).user) {
    call.cluster.require(call.authId, `/nodes/${call.node.name}`, ["Sys.Modify"]);
  }
  call.node.tasks.stop(task.upid);
}
