import { Router } from "../../core/router";
import { type CommandResult, failed, printed } from "../../core/program";
import { type Task } from "../../core/tasks";
import { type DeepReadonly } from "../../core/state";
import { SUPERUSER } from "../access/rights";
import { type BackupServer } from "../backup-server";
import { Call, type Operation } from "../operation";
import { checkValues, type Values } from "../parameters";
import { Refusal } from "../refusal";

/** A backup server's own programs: the same handlers as behind HTTPS, called as `root@pam`. */
export class LocalCalls {
  private readonly router: Router<Operation>;

  constructor(
    readonly server: BackupServer,
    operations: readonly Operation[],
  ) {
    this.router = new Router(operations);
  }

  /** Finds an operation by verb and path below the API's base. */
  find(verb: string, path: string): { operation: Operation; parameters: Values } | undefined {
    return this.router.find(verb, path);
  }

  /**
   * Carries out an operation and returns its data.
   * @throws {Refusal} As over HTTPS.
   */
  async call(operation: Operation, path: Values, given: Values): Promise<unknown> {
    const values = checkValues(given, path, operation.parameters, false);
    return (await operation.run(new Call(this.server, SUPERUSER, values))).data;
  }

  /** Waits for the task that an operation answered with; undefined when the answer names none. */
  async ended(answer: unknown): Promise<DeepReadonly<Task> | undefined> {
    if (typeof answer !== "string" || !answer.startsWith("UPID:")) return undefined;
    await this.server.tasks.ended(answer);
    return this.server.tasks.find(answer);
  }
}

/** What a program prints of a task: its log, and 255 when it failed. */
export function taskOutput({ log, exitstatus = "" }: DeepReadonly<Task>): CommandResult {
  const stdout = log.map((line) => `${line}\n`).join("");
  const well = exitstatus === "OK" || exitstatus.startsWith("WARNINGS");
  return well ? printed(stdout) : failed(255, `Error: task failed (status ${exitstatus})`, stdout);
}

/** What a program says of anything that goes wrong: 255 in every case. Source: proxmox-router, src/cli/command.rs. */
export function fault(error: unknown): CommandResult {
  if (error instanceof Refusal) return failed(255, `Error: ${error.message}`);
  throw error;
}
