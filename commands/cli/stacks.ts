import { Command, Option } from "commander";

import { roleOf, ROLES, type Role } from "../../estate/roles";
import { REPOSITORY, stackFilesIn, writtenSettings } from "../stack-file";
import { show } from "./arguments";

/** `stacks`: what this checkout has settings of. */
export function stacksCommand(): Command {
  return new Command("stacks")
    .description("names of the stacks whose settings stand in this checkout, one a line, for scripts and CI")
    .addOption(new Option("--role <role>", "those of one kind alone").choices(ROLES))
    .option("--json", "names and roles, for programs")
    .action(({ role, json }: { readonly role?: Role; readonly json?: true }) => {
      // What else is wrong with the settings of one is said by whoever runs it.
      const all = stackFilesIn(REPOSITORY).map(({ name, file }) => ({ name, role: roleOf(writtenSettings(file)) }));
      const found = all.filter((one) => role === undefined || one.role === role);
      show(
        json,
        found,
        found.map(({ name }) => name),
      );
    });
}
