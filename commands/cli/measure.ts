import { isDeepStrictEqual } from "node:util";

import { Command } from "commander";

import { measure } from "../measure";
import { measuredLines } from "../measure/text";
import { writePlanning } from "../planning-file";
import { siteOf } from "../report/knowledge";
import { count } from "./arguments";
import { stackFrom, terminalTalk, withStackOptions, type StackOptions } from "./stack-options";

interface Options extends StackOptions {
  readonly days: number;
  readonly dryRun?: true;
  readonly yes?: true;
  readonly json?: true;
}

/** `measure`: what the site's own backups say of it, in the place of assumptions. */
export function measureCommand(): Command {
  return withStackOptions(new Command("measure"))
    .description(
      "read from the logs of the site's own backups how much each guest holds, what it changes in a day and how long a night takes,\n" +
        "and write that into planning.json; asks first. Exit status 0: measured; 2: a guest outgrows what is free for a snapshot; 3: you said no",
    )
    .option("--days <number>", "how far back", count, 31)
    .option("--dry-run", "only show it")
    .option("--yes", "do not ask")
    .option("--json", "print it as JSON")
    .action(run);
}

async function run(options: Options): Promise<void> {
  const stack = stackFrom(options);
  const talk = terminalTalk(options.yes === true);
  const measured = await measure(stack, options.days);
  const { changes, before, after, nights } = measured;
  const names = new Map(siteOf(stack).estate.guests.map(({ vmid, name }) => [vmid, name]));
  if (options.json === true) console.log(JSON.stringify({ backups: nights.length, changes, planning: after }, null, 2));
  else for (const line of measuredLines(measured, (vmid) => names.get(vmid) ?? String(vmid))) talk.say(line);
  process.exitCode = changes.some(({ outgrowsReserve }) => outgrowsReserve) ? 2 : 0;
  if (options.dryRun === true || isDeepStrictEqual(before, after)) return;
  if (!(await talk.confirm("Write this into planning.json?"))) {
    process.exitCode = 3;
    return;
  }
  writePlanning(stack.siteFolder, after);
  talk.say(`Written to ${stack.settings.site}/planning.json; make report reckons with it.`);
}
