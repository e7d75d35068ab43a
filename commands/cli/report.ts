import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { Command } from "commander";

import { type DrHostSettings } from "../../estate/dr-host-settings";
import { dayOf, isOver } from "../../estate/units/day";
import { whoReads } from "../../planning/host/exposure";
import { stopsOf } from "../../planning/gate";
import { type Judgement } from "../../planning/judgement-schema";
import { isDrHost, isSite, type Stack } from "../engine/stack";
import { readServing } from "../rebuild/serving";
import { judgeBase } from "../report/base";
import { passes, readBrokenGlass } from "../report/break-glass";
import { pageOf } from "../report/html";
import { comparedWith, judgementOf } from "../report/knowledge";
import { changeSection, markdownOf } from "../report/markdown";
import { reportSchemaText } from "../report/schema";
import { stopText } from "../report/words";
import { anyStackFrom, stackFrom, withStackOptions, type StackOptions } from "./stack-options";

interface Options extends StackOptions {
  readonly json?: true;
  readonly changes?: true;
  readonly out?: string;
  readonly base?: string;
  readonly baseReport?: string;
  readonly breakGlass?: string;
  readonly schema?: true;
}

/** `report`: what a site survives, from its files alone, and what a change makes of it. */
export function reportCommand(): Command {
  return withStackOptions(new Command("report"))
    .description(
      "what each loss costs each guest, how many copies there are, and in which order all would be read back;\n" +
        "from the site's files alone: it looks at nothing and needs no login. Exit status 0: it passes; 1: a target of the owner is\n" +
        "not held, or against --base something gets worse that nobody accepted",
    )
    .option("--json", "print it as JSON, as report.schema.json describes it")
    .option("--changes", "print only what changes against --base, as Markdown")
    .option("--out <folder>", "write report.md, report.html and report.json there")
    .option("--base <ref>", "compare with the files of a commit or a branch, or of a checkout in another folder")
    .option(
      "--base-report <file>",
      "what the base's own version said of its files, as JSON: a change of the planner is shown",
    )
    .option("--break-glass <reason>", "pass all the same; the reason is written down in the site's folder")
    .option("--schema", "print the JSON Schema of --json")
    .action((options: Options) => {
      if (options.schema === true) process.stdout.write(reportSchemaText());
      else report(options);
    });
}

function report({ json, changes, out, base, baseReport, breakGlass, ...which }: Options): void {
  const asked = anyStackFrom(which);
  if (isDrHost(asked)) {
    reportExposure(asked);
    return;
  }
  const stack = isSite(asked) ? asked : stackFrom(which);
  const now = new Date().toISOString();
  const head = judgementOf(stack);
  const judged = base === undefined || base === "" ? head : against(base, baseReport, head, stack, now);
  const stops = stopsOf(judged).map(stopText);
  const breaking = { siteFolder: stack.siteFolder, command: "report", reason: breakGlass, at: now };
  const isPassed = passes(stops, breaking);
  if (!isPassed) process.exitCode = 1;
  const judgement = { ...judged, stops, brokenGlass: readBrokenGlass(stack.siteFolder).toReversed() };
  if (out !== undefined) write(judgement, out);
  if (json === true) console.log(JSON.stringify(judgement, null, 2));
  else if (changes === true) console.log(changeSection(judgement).join("\n\n"));
  else if (out === undefined) console.log(markdownOf(judgement));
  if (stops.length === 0) return;
  const verdict = isPassed ? "This passed all the same, and is written down:" : "This does not pass:";
  process.stderr.write(`${[verdict, ...stops.map((text) => `  - ${text}`)].join("\n")}\n`);
}

/** Of guests on somebody else's node: who could read what. Exit status 1 when some serve there and nobody accepts that today. */
function reportExposure({ settings, siteFolder }: Stack<DrHostSettings>): void {
  const { guests } = readServing(siteFolder, settings.home);
  if (guests.length === 0) {
    console.log(`Nothing of ${settings.home} is on ${settings.host.node}, as far as ${settings.site} says.`);
    return;
  }
  console.log(whoReads(settings, guests).join("\n"));
  const { exposure } = settings;
  if (exposure === undefined || isOver(exposure.until, dayOf(new Date().toISOString()))) process.exitCode = 1;
}

function against(
  base: string,
  baseReport: string | undefined,
  head: Judgement,
  { settingsFile, siteFolder }: { readonly settingsFile: string; readonly siteFolder: string },
  now: string,
): Judgement {
  const judgement = judgeBase(base, settingsFile);
  if (judgement === undefined) {
    process.stderr.write(`${base} has no such stack: there is nothing to compare with.\n`);
    return head;
  }
  const own = baseReport === undefined || baseReport === "" ? undefined : readJson(baseReport);
  return comparedWith(head, { name: base, judgement, own }, siteFolder, dayOf(now));
}

function readJson(file: string): unknown {
  return JSON.parse(readFileSync(file, "utf8")) as unknown;
}

function write(judgement: Judgement, folder: string): void {
  mkdirSync(folder, { recursive: true });
  const files = {
    "report.md": `${markdownOf(judgement)}\n`,
    "report.html": pageOf(judgement),
    "report.json": `${JSON.stringify(judgement, null, 2)}\n`,
  };
  for (const [name, content] of Object.entries(files)) {
    writeFileSync(join(folder, name), content);
    process.stderr.write(`${join(folder, name)}\n`);
  }
}
