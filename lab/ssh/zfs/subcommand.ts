import { type CommandResult } from "../../core/program";
import { CommandFailure, usageFailure } from "./command-line";
import { type ZfsContext } from "./node-zfs";

/** One subcommand: takes its own arguments and returns what it prints. */
export type Subcommand = (argv: readonly string[], context: ZfsContext) => string;

/** Runs one subcommand of `zpool` or `zfs`. One that the lab lacks fails and says so: nothing passes by being ignored. */
export function runSubcommand(
  program: string,
  subcommands: Readonly<Record<string, Subcommand>>,
  argv: readonly string[],
  context: ZfsContext,
): CommandResult {
  const [name, ...rest] = argv;
  const usage = `${program} command args ...`;
  try {
    if (name === undefined) throw usageFailure("missing command", usage);
    if (name === "version" || name === "--version" || name === "-V")
      return success("zfs-2.3.4-pve1\nzfs-kmod-2.3.4-pve1\n");
    const subcommand = subcommands[name];
    if (subcommand === undefined)
      throw usageFailure(`unrecognized command '${name}' (of those that the lab has)`, usage);
    return success(subcommand(rest, context));
  } catch (error) {
    if (!(error instanceof CommandFailure)) throw error;
    return { status: error.status, stdout: error.stdout, stderr: `${error.message}\n` };
  }
}

function success(stdout: string): CommandResult {
  return { status: 0, stdout, stderr: "" };
}
