import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { Command } from "commander";

import { pageOf } from "../report/html";
import { judgementOf } from "../report/knowledge";
import { markdownOf } from "../report/markdown";
import { reportSchemaText } from "../report/schema";
import { stackFrom, withStackOptions, type StackOptions } from "./stack-options";

interface Options extends StackOptions {
  readonly json?: true;
  readonly out?: string;
  readonly schema?: true;
}

/** `report`: what a site survives, from its files alone. */
export function reportCommand(): Command {
  return withStackOptions(new Command("report"))
    .description(
      "what each loss costs each guest, how many copies there are, and in which order all would be read back;\n" +
        "from the site's files alone: it looks at nothing and needs no login",
    )
    .option("--json", "print it as JSON, as report.schema.json describes it")
    .option("--out <folder>", "write report.md, report.html and report.json there")
    .option("--schema", "print the JSON Schema of --json")
    .action(({ json, out, schema, ...which }: Options) => {
      if (schema === true) {
        process.stdout.write(reportSchemaText());
        return;
      }
      const judgement = judgementOf(stackFrom(which));
      if (out !== undefined) {
        mkdirSync(out, { recursive: true });
        const files = {
          "report.md": `${markdownOf(judgement)}\n`,
          "report.html": pageOf(judgement),
          "report.json": `${JSON.stringify(judgement, null, 2)}\n`,
        };
        for (const [name, content] of Object.entries(files)) {
          writeFileSync(join(out, name), content);
          process.stderr.write(`${join(out, name)}\n`);
        }
      }
      if (json === true) console.log(JSON.stringify(judgement, null, 2));
      else if (out === undefined) console.log(markdownOf(judgement));
    });
}
