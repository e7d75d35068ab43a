import { type TaskDialect } from "../core/tasks";

/** How PBS names its tasks: `UPID:<node>:<pid>:<pstart>:<task>:<start>:<type>:<id>:<auth id>:`, numbers in hex. */
export const PBS_TASKS: TaskDialect = {
  upid: ({ node, pid, pstart, number, starttime, type, id, authId }) =>
    `UPID:${node}:${hex(pid)}:${hex(pstart)}:${hex(number)}:${hex(starttime)}:${type}:${escapeUnit(id)}:${authId}:`,
  lostStatus: "unknown",
  lastLine: (exitstatus) => (exitstatus === "OK" ? "TASK OK" : `TASK ${failure(exitstatus)}`),
};

/** Whether a text has the form of a task's name. */
export function isUpid(text: string): boolean {
  return /^UPID:[^:\s]+:[0-9A-Fa-f]{8}:[0-9A-Fa-f]{8,9}:[0-9A-Fa-f]{8,16}:[0-9A-Fa-f]{8}:[^:\s]+:[^:\s]*:[^:\s]+:$/.test(
    text,
  );
}

function failure(exitstatus: string): string {
  return exitstatus.startsWith("WARNINGS") ? exitstatus : `ERROR: ${exitstatus}`;
}

function hex(number: number): string {
  return number.toString(16).toUpperCase().padStart(8, "0");
}

/** As in names of systemd's units: `/` becomes `-`, everything unusual `\x` and its code. */
function escapeUnit(text: string): string {
  return text.replace(/[^A-Za-z0-9_.]/g, (sign) =>
    sign === "/" ? "-" : `\\x${sign.charCodeAt(0).toString(16).padStart(2, "0")}`,
  );
}
