import { Command } from "commander";

import { release } from "../site/release";
import { anyStackFrom, terminalTalk, withStackOptions, type StackOptions } from "./stack-options";

interface Options extends StackOptions {
  readonly who: string;
  readonly why: string;
  readonly yes?: true;
}

/** `release`: the program forgets a resource, the site keeps it. */
export function releaseCommand(): Command {
  return withStackOptions(new Command("release"))
    .description("let the program forget a resource; the site keeps it as it is; exit status 0 done, 3 declined")
    .argument("<resource>", "its name, or its URN where several have that name")
    .requiredOption("--who <name>", "who decides")
    .requiredOption("--why <reason>", "for what reason; both are written down in the site's folder")
    .option("--yes", "do not ask")
    .action(async (resource: string, options: Options) => {
      const { who, why, yes } = options;
      const done = await release(anyStackFrom(options), resource, { who, why }, terminalTalk(yes === true));
      process.exitCode = done ? 0 : 3;
    });
}
