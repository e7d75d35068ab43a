import { readFileSync } from "node:fs";

/** Which process something belongs to: `<pid>-<start>`, so that a later process with the same number is not taken for it. */
export type ProcessIdentity = `${number}-${string}`;

/** Identity of this very process. */
export const THIS_PROCESS = identityOf(process.pid) ?? `${process.pid}-0`;

/** Whether the process of this identity still runs; text that is no identity belongs to nobody. */
export function isRunning(identity: string): boolean {
  const pid = Number(identity.split("-")[0]);
  return Number.isInteger(pid) && pid > 0 && identityOf(pid) === identity;
}

/** Field 22 of `/proc/<pid>/stat`, counted behind the name, which may hold spaces and brackets (proc_pid_stat(5)). */
const START_FIELD = 19;

function identityOf(pid: number): ProcessIdentity | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return `${pid}-${fields[START_FIELD] ?? ""}`;
  } catch {
    return undefined;
  }
}
