import { endedTask, refusalText, taskOutput } from "./local-call";
import { perform } from "../api";
import { type PveNode } from "../node";
import { type Operation } from "../operation";
import { OPERATIONS } from "../operations";
import { Refusal } from "../refusal";
import { OptionFault, parseOptions } from "../../core/cli/options";
import { textOf } from "../../core/cli/text-table";
import { type CommandResult, failed, printed, type Program } from "../../core/program";
import { flag, oneOf } from "../../core/specification";

/** One subcommand of a program that PVE made of its API. */
export interface Subcommand {
  /** Verb and path of the operation behind it. */
  readonly operation: string;
  /** Parameters that are given by their place; `vmid...` takes all that are left, joined by commas. */
  readonly operands?: readonly string[];
  /** Parameters that are always so. */
  readonly fixed?: Readonly<Record<string, string>>;
  /** Text of the answer; by default it is printed as a table. */
  readonly print?: (answer: unknown, given: Readonly<Record<string, unknown>>) => string;
}

/** Subcommands by their words: `config`, `rules add`. */
export type Subcommands = Readonly<Record<string, Subcommand>>;

/** Prints nothing of an answer. */
export const nothing = (): string => "";

/** A program whose subcommands call operations as root, as pve-common's `src/PVE/CLIHandler.pm` does. */
export function tool(node: PveNode, name: string, subcommands: Subcommands): Program {
  return async (argv) => {
    const words = Object.keys(subcommands)
      .sort((a, b) => b.length - a.length)
      .find((key) => key === argv.slice(0, key.split(" ").length).join(" "));
    const found = words === undefined ? undefined : subcommands[words];
    if (words === undefined || found === undefined) {
      const known = [...new Set(Object.keys(subcommands).map((key) => key.split(" ")[0]))].join("|");
      return failed(
        255,
        `ERROR: unknown command '${name} ${argv[0] ?? ""}'\nUSAGE: ${name} <${known}> [ARGS] [OPTIONS]`,
      );
    }
    return runSubcommand(node, found, argv.slice(words.split(" ").length));
  };
}

/** Runs one subcommand with what follows its words. */
export async function runSubcommand(
  node: PveNode,
  subcommand: Subcommand,
  argv: readonly string[],
): Promise<CommandResult> {
  const operation = OPERATIONS.find(({ name }) => name === subcommand.operation);
  if (operation === undefined) return failed(255, `'${subcommand.operation}' is not implemented in the lab`);
  try {
    const given = parameters(node, subcommand, operation, argv);
    const path = Object.fromEntries(Object.entries(given).filter(([name]) => operation.name.includes(`{${name}}`)));
    const answer = await perform(node, "root@pam", { operation, parameters: path as Record<string, string> }, given);
    const task = await endedTask(node, answer);
    if (task !== undefined) return taskOutput(task);
    return printed((subcommand.print ?? asTable)(answer, given));
  } catch (error) {
    if (error instanceof OptionFault) return failed(255, error.message);
    if (!(error instanceof Refusal)) throw error;
    return failed(error.errors === undefined ? 2 : 255, refusalText(error));
  }
}

function parameters(
  node: PveNode,
  { operands: places = [], fixed }: Subcommand,
  operation: Operation,
  argv: readonly string[],
): Record<string, unknown> {
  const format = { "output-format": oneOf("json", "json-pretty", "text", "yaml"), quiet: flag() };
  const { operands, options } = parseOptions(argv, { ...operation.parameters, ...format });
  const given: Record<string, unknown> = { ...fixed };
  const rest = [...operands];
  for (const place of places) {
    if (place.endsWith("...")) given[place.slice(0, -"...".length)] = rest.splice(0).join(",");
    else if (rest.length === 0) throw new OptionFault(`400 not enough arguments`);
    else given[place] = rest.shift();
  }
  if (rest.length > 0) throw new OptionFault("400 too many arguments");
  const own = Object.entries(options).filter(([name]) => !(name in format));
  const here = operation.parameters["node"] !== undefined && !("node" in options);
  return { ...(here && { node: node.name }), ...given, ...Object.fromEntries(own) };
}

function asTable(answer: unknown): string {
  return textOf(answer, { border: true, header: true });
}
