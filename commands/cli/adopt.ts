import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { Command } from "commander";

import { survey } from "../adopt/survey";
import { adoptable, surveyLines } from "../adopt/text";
import { lastObservation, observe, withMemory, writeObservation } from "../observe";
import { openServers } from "../servers";
import { type Talk } from "../site/talk";
import { stackFrom, terminalTalk, withStackOptions, type StackOptions } from "./stack-options";
import { writeWholeJson } from "../whole-file";

interface Options extends StackOptions {
  readonly json?: true;
  readonly yes?: true;
}

/** `adopt`: what would be taken over from the site, and what the owner decides about it. */
export function adoptCommand(): Command {
  return withStackOptions(new Command("adopt"))
    .description(
      "look at the site and show for each thing that exists: taken over as it is, changed how, left alone; then ask about\n" +
        "each that differs and write the adoption list. The site is not changed",
    )
    .option("--json", "print the survey as JSON, and write nothing")
    .option("--yes", "put everything that differs on the adoption list, unasked; acceptances are never written")
    .action(run);
}

async function run(options: Options): Promise<void> {
  const stack = stackFrom(options);
  const talk = terminalTalk(options.yes === true);
  const found = await survey(stack, await freshLook(stack.settingsFile, stack.settings.site, stack.siteFolder));
  if (options.json === true) {
    console.log(JSON.stringify(found, null, 2));
    return;
  }
  for (const line of surveyLines(found)) talk.say(line);
  const chosen = await chosenOf(adoptable(found), stack.siteFolder, talk);
  if (chosen.length === 0) return;
  writeAdoptions(stack.siteFolder, chosen);
  talk.say(
    `${chosen.join(", ")}: on the adoption list, adoptions.json. The next \`make up\` changes them, after its own preview.`,
  );
}

async function freshLook(settingsFile: string, site: string, folder: string) {
  const servers = await openServers(settingsFile);
  try {
    const seen = withMemory(await observe({ ask: servers.pve.ask, pbs: servers.pbs }, site), lastObservation(folder));
    writeObservation(folder, seen);
    return seen;
  } finally {
    await servers.close();
  }
}

/** Objects that the owner wants changed, of those that are not on the list yet. */
async function chosenOf(objects: readonly string[], folder: string, talk: Talk): Promise<string[]> {
  const known = readAdoptions(folder);
  const chosen: string[] = [];
  for (const object of objects.filter((one) => !known.includes(one))) {
    if (await talk.confirm(`Change ${object} to what the program says, at the next \`make up\`?`)) chosen.push(object);
  }
  return chosen;
}

const FILE = "adoptions.json";

function readAdoptions(folder: string): string[] {
  const path = join(folder, FILE);
  return existsSync(path) ? (JSON.parse(readFileSync(path, "utf8")) as string[]) : [];
}

function writeAdoptions(folder: string, more: readonly string[]): void {
  const path = join(folder, FILE);
  writeWholeJson(path, [...readAdoptions(folder), ...more]);
}
