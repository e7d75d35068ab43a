import { readFileSync } from "node:fs";

/** Field 22 of `/proc/<pid>/stat`, counted behind the name, which may hold spaces and brackets (proc_pid_stat(5)). */
const START_FIELD = 19;

/** Which process something belongs to: `<pid>-<start>`, so that a later process with the same number is not taken for it. */
export const THIS_PROCESS = ownIdentity();

/** Whether the process of this identity still runs; text that is no identity belongs to nobody. */
export function isRunning(identity: string): boolean {
  const pid = Number(identity.split("-")[0]);
  return Number.isInteger(pid) && pid > 0 && identityOf(pid) === identity;
}

function ownIdentity(): string {
  const own = identityOf(process.pid);
  if (own !== undefined) return own;
  throw new Error(`expected /proc/${process.pid}/stat to be there, found none; mount /proc`);
}

function identityOf(pid: number): string | undefined {
  const stat = statOf(pid);
  if (stat === undefined) return undefined;
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return `${pid}-${fields[START_FIELD] ?? ""}`;
}

function statOf(pid: number): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/stat`, "utf8");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ESRCH") return undefined;
    throw error;
  }
}
