import { writeFileSync } from "node:fs";

import { Command } from "commander";

import { schemaText } from "../schema/settings-schema";

/** `schema`: what an editor needs to know of a stack's settings file. */
export function schemaCommand(): Command {
  return new Command("schema")
    .description("JSON Schema of Pulumi.<stack>.yaml, for editors")
    .option("--out <file>", "where to write it", "settings.schema.json")
    .action(({ out }: { out: string }) => {
      writeFileSync(out, schemaText());
      console.log(
        `${out}: name it in the first line of Pulumi.<stack>.yaml as "# yaml-language-server: $schema=${out}".`,
      );
    });
}
