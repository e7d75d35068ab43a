import { resolve } from "node:path";

import { Command } from "commander";

import { lastObservation, observationSummary, observe, withMemory, writeObservation } from "../observe";
import { openServers } from "../servers";
import { keepReplicationNumbers } from "../site/replication-numbers";
import { readStackFile, REPOSITORY } from "../stack-file";
import { show } from "./arguments";

interface ObserveOptions {
  readonly settings: string;
  readonly json?: true;
  readonly dryRun?: true;
}

/** `observe`: looks at a site and writes down, dated, what it has. */
export function observeCommand(): Command {
  return new Command("observe")
    .description("look at a site and write down, dated, what it has; it changes nothing")
    .requiredOption("--settings <file>", "the stack's settings, Pulumi.<stack>.yaml")
    .option("--json", "print the observation too")
    .option("--dry-run", "write nothing")
    .action(run);
}

async function run({ settings: file, json, dryRun }: ObserveOptions): Promise<void> {
  const settings = readStackFile(file);
  const { site } = settings;
  const folder = resolve(REPOSITORY, site);
  const servers = await openServers(resolve(file));
  try {
    const seen = await observe({ ask: servers.pve.ask, pbs: servers.pbs }, site);
    const observation = withMemory(seen, lastObservation(folder));
    const path = dryRun === true ? "(not written)" : writeObservation(folder, observation);
    if (dryRun !== true) keepReplicationNumbers(folder, settings);
    show(json, observation, [...observationSummary(observation), path]);
  } finally {
    await servers.close();
  }
}
