import { Command } from "commander";

import { standingLines, standingsOf } from "../status/replication";
import { alarmLines } from "../watch/alarm-lines";
import { lookAround } from "../watch/look";
import { show } from "./arguments";
import { stackFrom, withStackOptions, type StackOptions } from "./stack-options";

/** `status`: how the site stands at this moment. */
export function statusCommand(): Command {
  return withStackOptions(new Command("status"))
    .description(
      "how the site stands now: where each guest would come up if its node were lost, with how much work lost, and what to look at;\n" +
        "exit status 0 all well, 2 something to look at, 1 could not look",
    )
    .option("--json", "print it as JSON")
    .action(async (options: StackOptions & { readonly json?: true }) => {
      const { alarms, failover, seen } = await lookAround(stackFrom(options));
      const standings = standingsOf(failover, seen);
      const { quorate, master, device } = seen;
      const attention = alarmLines(alarms);
      const lines = [
        ...standingLines(standings, seen),
        ...(attention.length === 0 ? [] : ["", "To look at:", ...attention]),
      ];
      show(options.json, { quorate, master, device, failover: standings, alarms }, lines);
      process.exitCode = alarms.length === 0 ? 0 : 2;
    });
}
