import { Command } from "commander";

import { rotate, type Rotated } from "../site/rotate";
import { stackFrom, terminalTalk, withStackOptions, type StackOptions } from "./stack-options";

interface Options extends StackOptions {
  readonly yes?: true;
  readonly dryRun?: true;
}

const EXIT: Readonly<Record<Rotated["end"], number>> = { shown: 0, done: 0, declined: 3, stopped: 1, failed: 1 };

/** `rotate`: the nodes' backup login gets a new secret. */
export function rotateCommand(): Command {
  return withStackOptions(new Command("rotate"))
    .description(
      "give the login with which the nodes write backups a new secret, in place; exit status 0 done, 1 stopped, 3 declined.\n" +
        "The old one is refused from then on; a backup works at every moment",
    )
    .option("--dry-run", "say what it would do; do nothing")
    .option("--yes", "do not ask")
    .action(async (options: Options) => {
      const { yes, dryRun } = options;
      const order = { dryRun: dryRun === true, at: new Date() };
      const { end } = await rotate(stackFrom(options), order, terminalTalk(yes === true));
      process.exitCode = EXIT[end];
    });
}
