import { OptionFault, parseOptions } from "../../core/cli/options";
import { textOf } from "../../core/cli/text-table";
import { type CommandResult, failed, printed, type Program } from "../../core/program";
import { oneOf } from "../../core/specification";
import { fault, type LocalCalls, taskOutput } from "./local-call";

const VERBS: Readonly<Record<string, string>> = { get: "GET", create: "POST", set: "PUT", delete: "DELETE" };
const FORMAT = { "output-format": oneOf("json", "json-pretty", "text") };

/** `proxmox-backup-debug api VERB PATH [OPTIONS]`: any operation of the server as root. */
export function debug(calls: LocalCalls): Program {
  return async ([group, verb = "", path = "", ...rest]) => {
    const found = group === "api" ? calls.find(VERBS[verb] ?? "", path) : undefined;
    if (found === undefined) return failed(255, `Error: no such API '${verb} ${path}'`);
    try {
      return await run(calls, found, rest);
    } catch (error) {
      return error instanceof OptionFault ? failed(255, `Error: ${error.message}`) : fault(error);
    }
  };
}

type Found = NonNullable<ReturnType<LocalCalls["find"]>>;

async function run(
  calls: LocalCalls,
  { operation, parameters: path }: Found,
  argv: readonly string[],
): Promise<CommandResult> {
  const { options } = parseOptions(argv, { ...operation.parameters, ...FORMAT });
  const { "output-format": format = "text", ...given } = options;
  const answer = await calls.call(operation, path, given);
  if (format !== "text") return printed(`${JSON.stringify(answer)}\n`);
  const task = await calls.ended(answer);
  return task === undefined ? printed(textOf(answer, { border: true, header: true })) : taskOutput(task);
}
