import { Command, InvalidArgumentError, Option } from "commander";

import { isDuration, toSeconds } from "../../estate/units/duration";
import { maintainNode } from "../maintain";
import { type End } from "../maintain/run";
import { stackFrom, terminalTalk, withStackOptions, type StackOptions } from "./stack-options";

interface Options extends StackOptions {
  readonly node: string;
  readonly yes?: true;
  readonly dryRun?: true;
  readonly drainLimit: number;
  readonly returnLimit: number;
  readonly pause: number;
}

const EXIT: Readonly<Record<End, number>> = {
  done: 0,
  planned: 0,
  refused: 1,
  "not drained": 1,
  "not back": 1,
  "not settled": 2,
  declined: 3,
};

/** How long guests may take to be at home again, in seconds. */
const SETTLE = 1_800;

/** `maintain`: empties a node, restarts it, gives it back. */
export function maintainCommand(): Command {
  return withStackOptions(new Command("maintain"))
    .description(
      "empty a node, restart it and give it back with what ran on it. What happens to each guest is shown first, and asked.\n" +
        "Exit status 0 done, 1 refused or ended early, 2 back and not all as before, 3 declined",
    )
    .requiredOption("--node <name>", "the node")
    .option("--dry-run", "show what would happen, and nothing more")
    .option("--yes", "do not ask")
    .option("--drain-limit <duration>", "how long it may take to get empty", seconds, toSeconds("30 minutes"))
    .option("--return-limit <duration>", "how long the restart may take", seconds, toSeconds("20 minutes"))
    .addOption(new Option("--pause <milliseconds>", "pause between two looks").default(5_000).argParser(Number))
    .action(async (options: Options) => {
      const { node, yes, dryRun, drainLimit: drain, returnLimit: back, pause } = options;
      const limits = { drain, back, settle: SETTLE, pause };
      const talk = terminalTalk(yes === true);
      process.exitCode = EXIT[await maintainNode(node, stackFrom(options), limits, talk, dryRun === true)];
    });
}

function seconds(text: string): number {
  if (isDuration(text)) return toSeconds(text);
  throw new InvalidArgumentError('Expected a duration such as "30 minutes".');
}
