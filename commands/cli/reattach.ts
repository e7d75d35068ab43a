import { Command } from "commander";

import { applyingClient } from "../applying-client";
import { reattach, type Reattached } from "../reattach";
import { keptConfigs } from "../reattach/kept-config";
import { siteOf } from "../report/knowledge";
import { instant } from "./arguments";
import { configStoreOf, keyOf, shellOn } from "./restore-config";
import { stackFrom, terminalTalk, withStackOptions, type StackOptions } from "./stack-options";

interface Options extends StackOptions {
  readonly via?: string;
  readonly before?: Date;
  readonly fromPaper?: string;
  readonly start: boolean;
  readonly dryRun?: true;
  readonly yes?: true;
  readonly json?: true;
}

const EXIT: Readonly<Record<Reattached["end"], number>> = { nothing: 0, shown: 0, done: 0, declined: 3 };

/** `reattach`: guests whose disks survived get their configuration back. */
export function reattachCommand(): Command {
  return withStackOptions(new Command("reattach"))
    .description(
      "give guests whose disks survived a lost node their configuration back, from the newest backup of the nodes' configuration; nothing is " +
        "written to a disk, and over no configuration that is there",
    )
    .option("--via <node>", "node whose shell is used; any of the cluster will do")
    .option("--before <instant>", "the newest configurations not later than this, RFC 3339", instant)
    .option("--from-paper <file>", "take the key from the escrow sheet in this file, `-` for standard input")
    .option("--no-start", "start none of them")
    .option("--dry-run", "show what would be done")
    .option("--yes", "do not ask")
    .option("--json", "for programs")
    .action(run);
}

async function run({ via, before, fromPaper, start, dryRun, ...options }: Options): Promise<void> {
  const stack = stackFrom(options);
  const { estate } = siteOf(stack);
  const store = await configStoreOf(stack);
  const key = await keyOf(stack, fromPaper);
  const shell = await shellOn(stack, via);
  const pve = await applyingClient(stack);
  try {
    const nodes = Object.keys(stack.settings.nodes);
    const kept = await keptConfigs(shell, store, nodes, key, before);
    const order = { pve, shell, guests: estate.guests, kept, start, dryRun: dryRun === true };
    const reattached = await reattach(order, terminalTalk(options.yes === true));
    if (options.json === true) console.log(JSON.stringify(reattached, null, 2));
    process.exitCode = EXIT[reattached.end];
  } finally {
    await pve.close();
    shell.close();
  }
}
