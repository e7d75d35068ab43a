import { Command } from "commander";

import { applyingClient } from "../applying-client";
import { isDrHost, isSite, type Stack } from "../engine/stack";
import { homeChoice } from "../rebuild/choice";
import { rebuildStackOf } from "../rebuild/stack";
import { rebuild, type Rebuilt } from "../rebuild";
import { siteOf } from "../report/knowledge";
import { type Talk } from "../site/talk";
import { instant } from "./arguments";
import { backupSourceOf, withBackupSource, type BackupSource } from "./backup-source";
import { rebuildOnHost } from "./rebuild-host";
import { tellEnd } from "./rebuild-end";
import { anyStackFrom, stackFrom, terminalTalk, withStackOptions, type StackOptions } from "./stack-options";

interface Options extends StackOptions, BackupSource {
  readonly overInternet?: true;
  readonly before?: Date;
  readonly node?: string;
  readonly storage?: string;
  readonly besideDisks?: true;
  readonly dryRun?: true;
  readonly confirm?: string;
  readonly acceptTwice?: true;
  readonly yes?: true;
  readonly json?: true;
}

/** `rebuild`: the guests of a lost site come back. */
export function rebuildCommand(): Command {
  const command = withStackOptions(new Command("rebuild")).description(
    "bring the guests of a lost site back from backups, in the planned order, over nothing that lives; shows what it would do, asks, " +
      "and goes on where a run before it ended",
  );
  return withBackupSource(command)
    .option("--over-internet", "the backups are read over the internet: for the predicted times")
    .option("--before <instant>", "the newest backups not later than this, RFC 3339", instant)
    .option("--node <name>", "node for guests whose own is not there")
    .option("--storage <name>", "storage for all disks; by default each where it was")
    .option("--beside-disks", "restore guests whose disks are still there, too, beside those")
    .option("--dry-run", "show what would be done")
    .option(
      "--confirm <name>",
      "the lost site's name, where guests are to serve elsewhere and a machine cannot type it",
    )
    .option(
      "--accept-twice",
      "go on although guests may run at home, too; what speaks against it is shown and written down",
    )
    .option("--yes", "do not ask; it types no name")
    .option("--json", "print what was done as JSON")
    .action(run);
}

async function run(options: Options): Promise<void> {
  const stack = anyStackFrom(options);
  const terminal = terminalTalk(options.yes === true);
  const { escrowFile, before, dryRun = false, confirm, acceptTwice = false } = options;
  const talk = confirm === undefined ? terminal : { ...terminal, ask: () => Promise.resolve(confirm) };
  const rebuilt = isDrHost(stack)
    ? await rebuildOnHost(stack, { escrowFile, before, dryRun, acceptTwice }, talk)
    : await rebuildAtHome(isSite(stack) ? stack : stackFrom(options), options, talk);
  tellEnd(rebuilt, options.json);
}

async function rebuildAtHome(site: Stack, options: Options, talk: Talk): Promise<Rebuilt> {
  const { estate, model } = siteOf(site);
  const { escrow, login } = backupSourceOf(options);
  const pve = await applyingClient(site);
  const { before, node, storage, besideDisks, overInternet, dryRun = false } = options;
  const choices = { before, node, storage, besideDisks, overInternet };
  const stack = rebuildStackOf(site.settingsFile);
  try {
    const about = { stack, pve, escrow, login, dryRun, next: NEXT };
    const home = { pve, guests: estate.guests, model, choices };
    return await rebuild({ ...about, choose: (source) => homeChoice(home, source) }, talk);
  } finally {
    await pve.close();
  }
}

const NEXT = "Now `make up` brings back jobs, replicas and the rest of what the program declares.";
