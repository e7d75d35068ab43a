import { Command } from "commander";

import { isDrHost, type AnyStack } from "../engine/stack";
import { recordHome } from "../guard/come-home";
import { keysIn } from "../secrets";
import { cloudDown } from "../site/cloud-down";
import { down } from "../site/down";
import { hostDown } from "../site/host-down";
import { type Talk } from "../site/talk";
import { homeOf, hostClient } from "./rebuild-host";
import { anyStackFrom, terminalTalk, withStackOptions, type StackOptions } from "./stack-options";

/** `down`: the program leaves the site; data and the way to it stay. */
export function downCommand(): Command {
  return withStackOptions(new Command("down"))
    .description("take the program off the site; what data rests on stays; exit status 0 done, 3 declined")
    .option("--confirm <name>", "the stack's name, for a machine that cannot type it")
    .action(async (options: StackOptions & { readonly confirm?: string }) => {
      const talk = terminalTalk(false);
      const { confirm } = options;
      const typed = confirm === undefined ? talk : { ...talk, ask: () => Promise.resolve(confirm) };
      process.exitCode = (await takenDown(anyStackFrom(options), typed)) ? 0 : 3;
    });
}

async function takenDown(stack: AnyStack, talk: Talk): Promise<boolean> {
  if (!isDrHost(stack)) return down(stack, talk);
  if (stack.settings.cloud !== undefined && !keysIn(stack.settingsFile).has("pveApiToken"))
    return cloudDown(stack, talk);
  const pve = await hostClient(stack);
  try {
    const home = homeOf(stack);
    if (home.settings.returnGuard !== undefined)
      talk.say(
        `Then it is recorded that ${home.name} serves all of its guests again: those that its nodes keep off start there, with what they had.`,
      );
    const done = await hostDown(stack, pve, talk);
    // Nothing of it serves there any more: what home still has may start at home.
    if (done) await recordHome(home, stack.name, [], talk);
    return done;
  } finally {
    await pve.close();
  }
}
