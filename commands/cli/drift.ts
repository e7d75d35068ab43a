import { Command } from "commander";

import { awayLines, awayOf } from "../site/away";
import { look, sayDrift } from "../site/look";
import { anyStackFrom, terminalTalk, withStackOptions, type StackOptions } from "./stack-options";

/** `drift`: what somebody else changed. */
export function driftCommand(): Command {
  return withStackOptions(new Command("drift"))
    .description(
      "look at the site and show what changed since the last run; exit status 0 nothing, 2 something, 1 could not look,\n" +
        "or not everywhere",
    )
    .option("--json", "print it as JSON")
    .action(async (options: StackOptions & { readonly json?: true }) => {
      const stack = anyStackFrom(options);
      const away = await awayOf(stack);
      const drift = await look(stack, away);
      const isWhole = away.nodes.length === 0;
      for (const line of awayLines(away)) process.stderr.write(`${line}\n`);
      if (options.json === true) console.log(JSON.stringify(drift, null, 2));
      else {
        const talk = terminalTalk(false);
        sayDrift(drift, talk);
        if (drift.length === 0)
          talk.say(`The site is as the last run left it${isWhole ? "" : ", as far as it answers"}.`);
      }
      process.exitCode = drift.length > 0 ? 2 : isWhole ? 0 : 1;
    });
}
