import { setTimeout as sleep } from "node:timers/promises";
import * as z from "zod";

import { type ApiRequest } from "./https-client";

/** A task that ended otherwise than well, with the end of its log. */
export class TaskFailed extends Error {
  public override readonly name = "TaskFailed";

  constructor(
    /** The task, `UPID:…`. */
    public readonly upid: string,
    /** How it ended, in the server's words. */
    public readonly exitStatus: string,
    log: readonly string[],
  ) {
    super([`task ${upid} ended with "${exitStatus}"`, ...log.map((line) => `  ${line}`)].join("\n"));
  }
}

/** What to do while a task runs. */
export interface TaskWatch {
  /** Called with each new line of the log. */
  readonly onLine?: (line: string) => void;
  /** Milliseconds between two looks. @default 1000 */
  readonly interval?: number;
  /** Milliseconds after which to stop watching; the task goes on. @default 6 hours */
  readonly patience?: number;
}

/** One request, its answer held against a shape: what both clients can do. */
export type Ask = <T>(shape: z.ZodType<T>, request: ApiRequest) => Promise<T>;

const SIX_HOURS = 21_600_000;
const LOG_TAIL = 15;

/**
 * Waits for the end of a task, reading its log along the way.
 * @throws {TaskFailed} Unless it ends with OK or with warnings.
 * @throws {RangeError} When it has not ended in time.
 */
export async function taskEnd(ask: Ask, node: string, upid: string, watch: TaskWatch = {}): Promise<void> {
  const { onLine, interval = 1_000, patience = SIX_HOURS } = watch;
  const path = `/nodes/${encodeURIComponent(node)}/tasks/${encodeURIComponent(upid)}`;
  const deadline = Date.now() + patience;
  const lines: string[] = [];
  for (;;) {
    const { status, exitstatus = "unknown" } = await ask(STATUS, { method: "GET", path: `${path}/status` });
    for (const line of await logFrom(ask, path, lines.length)) {
      lines.push(line);
      onLine?.(line);
    }
    if (status === "stopped") {
      if (exitstatus === "OK" || exitstatus.startsWith("WARNINGS")) return;
      throw new TaskFailed(upid, exitstatus, lines.slice(-LOG_TAIL));
    }
    if (Date.now() > deadline) throw new RangeError(`Expected task ${upid} to end in time; it still runs.`);
    await sleep(interval);
  }
}

const STATUS = z.looseObject({ status: z.enum(["running", "stopped"]), exitstatus: z.string().optional() });
const LOG = z.array(z.looseObject({ n: z.number(), t: z.string().nullish() }));

/** Lines of the log after the first `known`. */
async function logFrom(ask: Ask, path: string, known: number): Promise<string[]> {
  const parameters = { start: known, limit: 500 };
  const entries = await ask(LOG, { method: "GET", path: `${path}/log`, parameters });
  // PVE says "no content" as a line of its own while a log is empty.
  return entries.map(({ t }) => t ?? "").filter((line) => line !== "no content");
}
