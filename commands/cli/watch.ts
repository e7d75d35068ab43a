import { Command } from "commander";

import { readSecret } from "../secrets";
import { alarmLines } from "../watch/alarm-lines";
import { send } from "../watch/send";
import { renewRecord } from "../guard/renew";
import { isSite, isVault, type Stack } from "../engine/stack";
import { watch } from "../watch/look";
import { watchVault } from "../watch/vault";
import { anyStackFrom, terminalTalk, withStackOptions, type StackOptions } from "./stack-options";

interface Options extends StackOptions {
  readonly send?: true;
  readonly json?: true;
}

/** `watch`: what the site does not report by itself. */
export function watchCommand(): Command {
  return withStackOptions(new Command("watch"))
    .description(
      "look for what the site does not report by itself: certificates, full datastores, missing backups, sick pools and disks,\n" +
        "sheets that nobody looked at; exit status 0 nothing, 2 something, 1 could not look",
    )
    .option("--send", "send what was found to alertAddress, as a timer does")
    .option("--json", "print it as JSON")
    .action(async (options: Options) => {
      const stack = anyStackFrom(options);
      if (isSite(stack)) await renewRecord(stack, { say: (line) => process.stderr.write(`${line}\n`) });
      const alarms = isVault(stack) ? await watchVault(stack) : await watch(stack as Stack);
      const talk = terminalTalk(false);
      if (options.json === true) console.log(JSON.stringify(alarms, null, 2));
      else for (const line of alarmLines(alarms)) talk.say(line);
      if (alarms.length === 0 && options.json !== true) talk.say("Nothing to look at.");
      if (options.send === true && alarms.length > 0) {
        await send(
          await readSecret(stack.settingsFile, "alertAddress", "ALERT_ADDRESS"),
          isSite(stack) ? stack.settings.alerts.form : "text",
          stack.name,
          alarms,
        );
      }
      process.exitCode = alarms.length === 0 ? 0 : 2;
    });
}
