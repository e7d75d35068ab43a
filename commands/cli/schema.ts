import { writeFileSync } from "node:fs";

import { Command, Option } from "commander";

import { schemaText, type Described } from "../schema/settings-schema";

/** `schema`: what an editor needs to know of a stack's settings file. */
export function schemaCommand(): Command {
  return new Command("schema")
    .description("JSON Schema of Pulumi.<stack>.yaml, for editors")
    .addOption(new Option("--role <role>", "whose settings").choices(["site", "vault"]).default("site"))
    .option("--out <file>", "where to write it; settings.schema.json of a site, vault.schema.json of a vault")
    .action(({ role, out: given }: { role: Described; out?: string }) => {
      const out = given ?? (role === "site" ? "settings.schema.json" : "vault.schema.json");
      writeFileSync(out, schemaText(role));
      console.log(
        `${out}: name it in the first line of Pulumi.<stack>.yaml as "# yaml-language-server: $schema=${out}".`,
      );
    });
}
