import { type TaskDialect } from "../core/tasks";

/** Tasks as PVE names and ends them. Source: pve-common, src/PVE/Tools.pm `upid_encode`, `upid_read_status`. */
export const PVE_TASKS: TaskDialect = {
  upid: ({ node, pid, pstart, starttime, type, id, authId }) =>
    `UPID:${node}:${hex(pid)}:${hex(pstart)}:${hex(starttime)}:${type}:${id}:${authId}:`,
  lostStatus: "unexpected status",
  lastLine: (exitstatus) => (exitstatus === "OK" ? "TASK OK" : `TASK ERROR: ${exitstatus}`),
};

function hex(value: number): string {
  return value.toString(16).toUpperCase().padStart(8, "0");
}
