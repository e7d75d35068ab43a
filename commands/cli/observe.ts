import { resolve } from "node:path";

import { Command } from "commander";

import { parseToken } from "../../provider/clients/login";
import { PveClient } from "../../provider/clients/pve-client";
import { observe, observationSummary, writeObservation } from "../observe";
import { readObserveToken } from "../secrets";
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
  const { nodes, caCertificate, site } = readStackFile(file);
  const [node] = Object.values(nodes);
  if (node === undefined) throw new Error(`${file} names no node.`);
  const login = parseToken(await readObserveToken(resolve(file)), "PVE");
  const trust = caCertificate === undefined ? {} : { authority: caCertificate };
  const pve = new PveClient({ endpoint: node.api, trust, login });
  try {
    const observation = await observe(pve.ask, site);
    const path = dryRun === true ? "(not written)" : writeObservation(resolve(REPOSITORY, site), observation);
    show(json, observation, [...observationSummary(observation), path]);
  } finally {
    await pve.close();
  }
}
