import { readdirSync } from "node:fs";
import { join } from "node:path";

import { Command, Option } from "commander";

import { ROLES, type Role } from "../../estate/roles";
import { REPOSITORY, roleIn } from "../stack-file";
import { show } from "./arguments";

/** `stacks`: what this checkout has settings of. */
export function stacksCommand(): Command {
  return new Command("stacks")
    .description("names of the stacks whose settings stand in this checkout, one a line, for scripts and CI")
    .addOption(new Option("--role <role>", "those of one kind alone").choices(ROLES))
    .option("--json", "names and roles, for programs")
    .action(({ role, json }: { readonly role?: Role; readonly json?: true }) => {
      const found = stacksIn(REPOSITORY).filter((one) => role === undefined || one.role === role);
      show(
        json,
        found,
        found.map(({ name }) => name),
      );
    });
}

/** Stacks with settings in a folder, by name; what else is wrong with the settings of one is said by whoever runs it. */
function stacksIn(folder: string): { readonly name: string; readonly role: Role }[] {
  return readdirSync(folder)
    .flatMap((file) => /^Pulumi\.(.+)\.yaml$/.exec(file)?.[1] ?? [])
    .toSorted()
    .map((name) => ({ name, role: roleIn(join(folder, `Pulumi.${name}.yaml`)) }));
}
