import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { Command } from "commander";

import { knownRunbook } from "../runbook/knowledge";
import { pageOf } from "../runbook/html";
import { markdownOf } from "../runbook/markdown";
import { stackFrom, withStackOptions, type StackOptions } from "./stack-options";

interface Options extends StackOptions {
  readonly json?: true;
  readonly out?: string;
}

/** `runbook`: what to do after each thing that can go wrong. */
export function runbookCommand(): Command {
  return withStackOptions(new Command("runbook"))
    .description(
      "what to do after each disaster, step by step, with the site's own names, addresses and times; from the site's files alone: it\n" +
        "looks at nothing and needs no login",
    )
    .option("--json", "print it as JSON")
    .option("--out <folder>", "write runbook.md and runbook.html there")
    .action(({ json, out, ...which }: Options) => {
      const runbook = knownRunbook(stackFrom(which));
      if (out !== undefined && out !== "")
        write(out, { "runbook.md": `${markdownOf(runbook)}\n`, "runbook.html": pageOf(runbook) });
      if (json === true) console.log(JSON.stringify(runbook, null, 2));
      else if (out === undefined || out === "") console.log(markdownOf(runbook));
    });
}

function write(folder: string, files: Readonly<Record<string, string>>): void {
  mkdirSync(folder, { recursive: true });
  for (const [name, content] of Object.entries(files)) {
    writeFileSync(join(folder, name), content);
    process.stderr.write(`${join(folder, name)}\n`);
  }
}
