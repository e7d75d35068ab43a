import { callLocally, endedTask, refusalText, taskOutput } from "./local-call";
import { findOperation } from "../api";
import { type PveNode } from "../node";
import { OPERATIONS } from "../operations";
import { Refusal } from "../refusal";
import { OptionFault, parseOptions } from "../../core/cli/options";
import { cell, textOf } from "../../core/cli/text-table";
import { type CommandResult, failed, printed } from "../../core/program";
import { flag, oneOf, type Parameters } from "../../core/specification";

const VERBS: Readonly<Record<string, string>> = { get: "GET", create: "POST", set: "PUT", delete: "DELETE" };

const USAGE = "ERROR: unknown command\nUSAGE: pvesh <create|delete|get|ls|set> <api_path> [OPTIONS] [FORMAT_OPTIONS]";

/** Options of the output, beside those of the operation. */
const FORMAT: Parameters = {
  "human-readable": flag(),
  noborder: flag(),
  noheader: flag(),
  noproxy: flag(),
  "output-format": oneOf("json", "json-pretty", "text", "yaml"),
  quiet: flag(),
};

/**
 * `pvesh VERB PATH [OPTIONS]`: the API as root, without a login. An operation that starts a task shows the task's log
 * and waits for its end. Source: pve-manager, PVE/CLI/pvesh.pm.
 */
export async function pvesh(node: PveNode, argv: readonly string[]): Promise<CommandResult> {
  const [verb = "", path, ...rest] = argv;
  if (path === undefined || (verb !== "ls" && VERBS[verb] === undefined)) return failed(255, USAGE);
  const { parameters } = findOperation(VERBS[verb] ?? "GET", path)?.operation ?? { parameters: {} };
  try {
    const { operands, options } = parseOptions(rest, { ...FORMAT, ...parameters });
    if (operands.length > 0) return failed(255, "400 too many arguments");
    if (verb === "ls") return await list(node, path);
    return await call(node, verb, path, options);
  } catch (error) {
    if (error instanceof OptionFault) return failed(255, error.message);
    if (!(error instanceof Refusal)) throw error;
    if (error.status === 501) return failed(2, `No '${verb}' handler defined for '${path}'`);
    return failed(error.errors === undefined ? 2 : 255, refusalText(error));
  }
}

type Options = ReturnType<typeof parseOptions>["options"];

async function call(node: PveNode, verb: string, path: string, options: Options): Promise<CommandResult> {
  const given = Object.fromEntries(Object.entries(options).filter(([name]) => FORMAT[name] === undefined));
  const answer = await callLocally(node, VERBS[verb] ?? "", path, given);
  const task = await endedTask(node, answer);
  const text = options["quiet"] === undefined ? shown(answer, options) : "";
  if (task === undefined) return printed(text);
  const output = taskOutput(task);
  return { ...output, stdout: output.stdout + text };
}

function shown(answer: unknown, options: Options): string {
  if (answer === undefined || answer === null) return "";
  const format = options["output-format"] ?? "text";
  if (format === "json") return `${JSON.stringify(sorted(answer))}\n`;
  if (format === "json-pretty") return `${JSON.stringify(sorted(answer), undefined, 3)}\n`;
  // JSON is YAML too.
  if (format === "yaml") return `---\n${JSON.stringify(sorted(answer), undefined, 2)}\n`;
  return textOf(answer, { border: options["noborder"] !== "1", header: options["noheader"] !== "1" });
}

/** Keys in the order of their names, as PVE prints them. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([name, part]) => [name, sorted(part)]));
}

/** What lies directly below a path, each with what it can: directory, read, write, create, delete. */
async function list(node: PveNode, path: string): Promise<CommandResult> {
  const above = segments(path);
  const below = OPERATIONS.map(({ name }) => segments(name.split(" ")[1] ?? ""))
    .filter((parts) => parts.length > above.length && above.every((part, index) => fits(parts[index] ?? "", part)))
    .map((parts) => parts[above.length] ?? "");
  if (below.length === 0) return failed(2, `No 'ls' handler defined for '${path}'`);
  const names = new Set(below.filter((part) => !part.startsWith("{")));
  const variable = below.find((part) => part.startsWith("{"));
  if (variable !== undefined) for (const name of await members(node, path, variable.slice(1, -1))) names.add(name);
  const lines = [...names].sort().map((name) => `${capabilities([...above, name])}    ${name}`);
  return printed(`${lines.join("\n")}\n`);
}

async function members(node: PveNode, path: string, key: string): Promise<string[]> {
  const rows = (await callLocally(node, "GET", path)) as readonly Readonly<Record<string, unknown>>[];
  return rows.flatMap((row) => (row[key] === undefined ? [] : [cell(row[key])]));
}

function capabilities(path: readonly string[]): string {
  const here = `/${path.join("/")}`;
  const deeper = OPERATIONS.some(({ name }) => {
    const parts = segments(name.split(" ")[1] ?? "");
    return parts.length > path.length && path.every((part, index) => fits(parts[index] ?? "", part));
  });
  const can = (verb: string, letter: string) => (findOperation(verb, here) === undefined ? "-" : letter);
  return `${deeper ? "D" : "-"}${can("GET", "r")}${can("PUT", "w")}${can("POST", "c")}${can("DELETE", "d")}`;
}

function segments(path: string): string[] {
  return path.split("/").filter((part) => part !== "");
}

function fits(template: string, part: string): boolean {
  return template === part || template.startsWith("{");
}
