import { Command } from "commander";

import { gateLines, targetGate } from "../report/preview-gate";
import { isSite } from "../engine/stack";
import { sayPreview } from "../site/preview";
import { countText } from "../site/resource-count";
import { previewUnderRules, ruleLines } from "../site/rules";
import { anyStackFrom, terminalTalk, withStackOptions, type StackOptions } from "./stack-options";

/** `preview`: what the program would do, with a gate before what data rests on. */
export function previewCommand(): Command {
  return withStackOptions(new Command("preview"))
    .description(
      "show what the program would do; exit status 0: nothing that data rests on goes; 1: it would, or a target of the owner is not\n" +
        "held; 2: there is no plan",
    )
    .option(
      "--break-glass <reason>",
      "pass targets and rules all the same; the reason is written down in the site's folder",
    )
    .option("--json", "print the plan as JSON")
    .action(async (options: StackOptions & { readonly json?: true; readonly breakGlass?: string }) => {
      const stack = anyStackFrom(options);
      const at = new Date().toISOString();
      const breaking = { siteFolder: stack.siteFolder, command: "preview", reason: options.breakGlass, at };
      const previewed = await previewUnderRules(stack, breaking);
      const { plan, changes, harm, count, broken, advice } = previewed;
      const gate = plan.complete && isSite(stack) ? targetGate(stack, changes, breaking) : undefined;
      if (options.json === true) {
        const steps = changes.map(({ op, urn, fields, guarded }) => ({ op, urn, fields, guarded }));
        const { complete } = plan;
        const warnings = [...plan.warnings, ...advice];
        const errors = [...plan.errors, ...broken];
        console.log(
          JSON.stringify({ stack: stack.name, complete, steps, count, harm, warnings, errors, gate }, null, 2),
        );
      } else {
        const talk = terminalTalk(false);
        sayPreview(previewed, talk);
        for (const line of ruleLines(previewed)) talk.say(line);
        if (gate !== undefined) for (const line of gateLines(gate)) talk.say(line);
        if (plan.complete) talk.say(countText(count));
        if (plan.complete && changes.length === 0)
          talk.say("The program and its state agree. Only `make up` or `make drift` looks at the site.");
      }
      process.exitCode = harm.length > 0 || gate?.passes === false ? 1 : plan.complete ? 0 : 2;
    });
}
