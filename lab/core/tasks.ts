import { setTimeout as wait } from "node:timers/promises";

import { type Machine } from "./machine";
import { type DeepReadonly, type Document } from "./state";

/** A worker task of a machine, running or ended. */
export interface Task {
  /** Identifier, in the form of the machine's dialect. */
  readonly upid: string;
  /** Name of the node in the UPID. */
  readonly node: string;
  /** Process number. */
  readonly pid: number;
  /** Start of the process in ticks. */
  readonly pstart: number;
  /** Counts the machine's tasks. */
  readonly number: number;
  /** Start in seconds since 1970. */
  readonly starttime: number;
  /** `vzdump`, `qmrestore`, `create-datastore`, ... */
  readonly type: string;
  /** What it works on; may be empty. */
  readonly id: string;
  /** User or token that started it. */
  readonly authId: string;
  /** Lines of output. */
  log: string[];
  /** End in seconds since 1970; absent while it runs. */
  endtime?: number;
  /** `OK`, `WARNINGS: n` or the error; absent while it runs. */
  exitstatus?: string;
}

/** What tells tasks of PVE from tasks of PBS. */
export interface TaskDialect {
  /** Identifier of a task. */
  readonly upid: (task: Omit<Task, "upid" | "log">) => string;
  /** Exit status of a task that was running when its machine died. */
  readonly lostStatus: string;
  /** Last line of the log for an exit status. */
  readonly lastLine: (exitstatus: string) => string;
}

/** How a task is asked for. */
export interface TaskOrder {
  /** `vzdump`, `qmrestore`, `create-datastore`, ... */
  readonly type: string;
  /** What it works on; may be empty. */
  readonly id: string;
  /** User or token that asks. */
  readonly authId: string;
}

/** What a task's work gets. */
export interface Worker {
  /** Adds a line to the task's log. */
  readonly log: (line: string) => void;
  /** The task's own UPID. */
  readonly upid: string;
  /** Aborted when somebody stops the task. */
  readonly signal: AbortSignal;
}

/** Stored form of a machine's tasks. */
export interface TaskList {
  /** Number of the last task. */
  last: number;
  /** All tasks, oldest first. */
  tasks: Task[];
}

/** Worker tasks of one machine. They run for at least {@link SHORTEST_TASK} and survive a restart as lost ones. */
export class Tasks {
  private readonly aborts = new Map<string, AbortController>();
  private readonly running = new Map<string, Promise<void>>();

  constructor(
    private readonly machine: Machine,
    private readonly list: Document<TaskList>,
    private readonly dialect: TaskDialect,
  ) {
    this.endLostOnes();
  }

  /** Starts `work` and returns its UPID at once. A throw of `work` is the task's failure, its message the exit status. */
  start(order: TaskOrder, work: (worker: Worker) => Promise<void> | void): string {
    const upid = this.enter(order);
    const abort = new AbortController();
    this.aborts.set(upid, abort);
    this.machine.site.events.record(this.machine.name, "task", `${upid} started`);
    this.running.set(upid, this.carryOut(upid, abort.signal, work));
    return upid;
  }

  /** A task; undefined when the machine never had it. */
  find(upid: string): DeepReadonly<Task> | undefined {
    return this.list.value.tasks.find((task) => task.upid === upid);
  }

  /** All tasks, newest first. */
  all(): DeepReadonly<Task>[] {
    return [...this.list.value.tasks].reverse();
  }

  /** Asks a running task to stop. */
  stop(upid: string): void {
    this.aborts.get(upid)?.abort();
  }

  /** Resolves when the task has ended, in whatever way. */
  async ended(upid: string): Promise<void> {
    await this.running.get(upid);
  }

  private enter({ type, id, authId }: TaskOrder): string {
    const { clock } = this.machine.site;
    return this.list.change((list) => {
      list.last += 1;
      const number = list.last;
      const known = { node: this.machine.name, pid: 4096 + number, pstart: 262_144 + number * 64, number };
      const task = { ...known, starttime: clock.seconds(), type, id, authId };
      const upid = this.dialect.upid(task);
      list.tasks.push({ ...task, upid, log: [] });
      return upid;
    });
  }

  private async carryOut(upid: string, signal: AbortSignal, work: (worker: Worker) => Promise<void> | void) {
    const log = (line: string): void => {
      this.edit(upid, (task) => task.log.push(line));
    };
    const shortest = wait(SHORTEST_TASK);
    let exitstatus = "OK";
    try {
      await work({ log, upid, signal });
    } catch (error) {
      exitstatus = error instanceof Error ? error.message : String(error);
    }
    await shortest;
    if (this.machine.isDead) return;
    this.end(upid, signal.aborted ? "abort requested - aborting task" : exitstatus);
  }

  private end(upid: string, exitstatus: string): void {
    this.edit(upid, (task) => {
      task.log.push(this.dialect.lastLine(exitstatus));
      task.endtime = this.machine.site.clock.seconds();
      task.exitstatus = exitstatus;
    });
    this.aborts.delete(upid);
    this.running.delete(upid);
    this.machine.site.events.record(this.machine.name, "task", `${upid} ended: ${exitstatus.split("\n")[0] ?? ""}`);
  }

  private edit(upid: string, change: (task: Task) => void): void {
    if (this.machine.isDead) return;
    this.list.change(({ tasks }) => {
      const task = tasks.find((candidate) => candidate.upid === upid);
      if (task !== undefined) change(task);
    });
  }

  private endLostOnes(): void {
    if (this.list.value.tasks.every(({ exitstatus }) => exitstatus !== undefined)) return;
    this.list.change(({ tasks }) => {
      for (const task of tasks.filter(({ exitstatus }) => exitstatus === undefined)) {
        task.endtime = this.machine.site.clock.seconds();
        task.exitstatus = this.dialect.lostStatus;
      }
    });
  }
}

/** Least time in milliseconds for which a task is seen running, so that clients must poll. */
export const SHORTEST_TASK = 120;
