import { findOperation, perform } from "../api";
import { type PveNode } from "../node";
import { Refusal } from "../refusal";
import { type RawParameters } from "../verify";
import { type CommandResult, failed, printed } from "../../core/program";
import { type Task } from "../../core/tasks";
import { type DeepReadonly } from "../../core/state";

/** Who runs a program on a node. */
const ROOT = "root@pam";

/**
 * Asks a node's own API as root, in process: what a program on the node does.
 * @throws {Refusal} In PVE's words; 501 for what the lab does not know.
 */
export async function callLocally(
  node: PveNode,
  verb: string,
  path: string,
  parameters: RawParameters = {},
): Promise<unknown> {
  const match = findOperation(verb, path);
  if (match === undefined) throw new Refusal(501, `Method '${verb} ${path}' not implemented`);
  return perform(node, ROOT, match, parameters);
}

/** Waits for the task that an operation answered with; undefined when the answer names none. */
export async function endedTask(node: PveNode, answer: unknown): Promise<DeepReadonly<Task> | undefined> {
  if (typeof answer !== "string" || !answer.startsWith("UPID:")) return undefined;
  const { tasks } = node.cluster.nodes.get(answer.split(":")[1] ?? "") ?? node;
  await tasks.ended(answer);
  return tasks.find(answer);
}

/** What a program prints of the task that it waited for: the lines of its work, and why it failed. */
export function taskOutput({ log, exitstatus = "" }: DeepReadonly<Task>): CommandResult {
  const stdout = log
    .filter((line) => !line.startsWith("TASK "))
    .map((line) => `${line}\n`)
    .join("");
  const well = exitstatus === "OK" || exitstatus.startsWith("WARNINGS");
  return well ? printed(stdout) : failed(255, exitstatus, stdout);
}

/** What a program prints of a refusal. Parameters at fault come with the status, other refusals without. */
export function refusalText({ status, message, errors }: Refusal): string {
  const lines = Object.entries(errors ?? {}).map(([name, reason]) => `${name}: ${reason.trimEnd()}`);
  return [status === 500 ? message : `${status} ${message}`, ...lines].join("\n");
}
