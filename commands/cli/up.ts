import { Command } from "commander";

import { up, type Upped } from "../site/up";
import { anyStackFrom, terminalTalk, withStackOptions, type StackOptions } from "./stack-options";

interface Options extends StackOptions {
  readonly yes?: true;
  readonly json?: true;
  readonly breakGlass?: string;
}

const EXIT: Readonly<Record<Upped["end"], number>> = { nothing: 0, applied: 0, declined: 3, stopped: 1, failed: 1 };

/** `up`: the site becomes what the program says. */
export function upCommand(): Command {
  return withStackOptions(new Command("up"))
    .description(
      "look at the site, show what changed, preview, ask, apply; exit status 0 done, 1 stopped, 3 declined.\n" +
        "Nothing that data rests on is ever replaced or deleted",
    )
    .option("--yes", "do not ask; it is no yes to losing data")
    .option("--break-glass <reason>", "let rules be broken; the reason is written down in the site's folder")
    .option("--json", "print what was found and done as JSON")
    .action(async (options: Options) => {
      const upped = await up(anyStackFrom(options), terminalTalk(options.yes === true), options.breakGlass);
      if (options.json === true) console.log(JSON.stringify(jsonOf(upped), null, 2));
      process.exitCode = EXIT[upped.end];
    });
}

function jsonOf({ end, drift, previewed, away }: Upped) {
  const changes = (previewed?.changes ?? []).map(({ op, urn, fields }) => ({ op, urn, fields }));
  const { harm = [], plan } = previewed ?? {};
  return { end, away, drift, changes, harm, warnings: plan?.warnings ?? [], errors: plan?.errors ?? [] };
}
