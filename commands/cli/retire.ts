import { Command } from "commander";

import { retireNode, type Retired } from "../retire";
import { stackFrom, terminalTalk, withStackOptions, type StackOptions } from "./stack-options";

interface Options extends StackOptions {
  readonly node: string;
  readonly yes?: true;
  readonly dryRun?: true;
}

const EXIT: Readonly<Record<Retired, number>> = { done: 0, planned: 0, refused: 1, declined: 3 };

/** `retire`: ends the replication to a node that goes for good. */
export function retireCommand(): Command {
  return withStackOptions(new Command("retire"))
    .description(
      "end the replication to a node that goes for good; refused while a guest needs it. The copies stay on its disks.\n" +
        "Exit status 0 done, 1 refused, 3 declined",
    )
    .requiredOption("--node <name>", "the node")
    .option("--dry-run", "show what would end, and nothing more")
    .option("--yes", "do not ask")
    .action(async (options: Options) => {
      const talk = terminalTalk(options.yes === true);
      process.exitCode = EXIT[await retireNode(options.node, stackFrom(options), talk, options.dryRun === true)];
    });
}
