import { OptionFault, parseOptions } from "../../core/cli/options";
import { textOf } from "../../core/cli/text-table";
import { type CommandResult, failed, printed, type Program } from "../../core/program";
import { oneOf } from "../../core/specification";
import { type Operation } from "../operation";
import { fault, type LocalCalls, taskOutput } from "./local-call";
import { MANAGER_COMMANDS, type ManagerCommand } from "./manager-commands";

const FORMAT = { "output-format": oneOf("json", "json-pretty", "text") };

/**
 * `proxmox-backup-manager`: the server's own operations as root. A task is shown and awaited, but with
 * `--output-format json` only its name is printed, and success is claimed (read in proxmox-backup, `view_task_result`).
 */
export function manager(calls: LocalCalls, operations: readonly Operation[]): Program {
  return async (argv) => {
    const words = Object.keys(MANAGER_COMMANDS).find((key) => key === argv.slice(0, key.split(" ").length).join(" "));
    const command = words === undefined ? undefined : MANAGER_COMMANDS[words];
    const operation = operations.find(({ name }) => name === command?.operation);
    if (words === undefined || command === undefined || operation === undefined) {
      return failed(255, `Error: no such command '${argv.slice(0, 2).join(" ")}'`);
    }
    try {
      return await run(calls, operation, command, argv.slice(words.split(" ").length));
    } catch (error) {
      return error instanceof OptionFault ? failed(255, `Error: ${error.message}`) : fault(error);
    }
  };
}

async function run(
  calls: LocalCalls,
  operation: Operation,
  { operands: places = [], fixed = {}, print }: ManagerCommand,
  argv: readonly string[],
): Promise<CommandResult> {
  const { operands, options } = parseOptions(argv, { ...operation.parameters, ...FORMAT });
  if (operands.length > places.length) throw new OptionFault(`unexpected argument '${operands.at(-1) ?? ""}'`);
  const given: Record<string, unknown> = { ...fixed, ...options };
  for (const [index, name] of places.entries()) given[name] = operands[index] ?? given[name];
  const missing = places.find((name) => given[name] === undefined);
  if (missing !== undefined) throw new OptionFault(`missing argument '${missing}'`);
  const { "output-format": format = "text", ...values } = given;
  const answer = await calls.call(operation, {}, values);
  if (format !== "text") return printed(`${JSON.stringify(answer)}\n`);
  const task = await calls.ended(answer);
  return task === undefined ? printed(shown(answer, print)) : taskOutput(task);
}

interface Certificate {
  readonly subject: string;
  readonly issuer: string;
  readonly fingerprint: string;
}

function shown(answer: unknown, print: ManagerCommand["print"]): string {
  if (print === "nothing") return "";
  if (print === "result") return `Result: ${JSON.stringify(answer, undefined, 2)}\n`;
  if (print !== "certificate") return textOf(answer, { border: true, header: true });
  const [certificate] = answer as readonly Certificate[];
  if (certificate === undefined) return "";
  const { subject, issuer, fingerprint } = certificate;
  return `Subject: ${subject}\nIssuer: ${issuer}\nFingerprint (sha256): ${fingerprint}\n`;
}
