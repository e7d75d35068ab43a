import { Command } from "commander";

import { enrolCommand } from "./cli/enrol";
import { initCommand } from "./cli/init";
import { keyCommand } from "./cli/key";
import { observeCommand } from "./cli/observe";
import { restoreCommand } from "./cli/restore";
import { schemaCommand } from "./cli/schema";
import { trustCommand } from "./cli/trust";

/** What a person runs beside `pulumi`, one verb a file in `cli/`. */
const program = new Command("tappaas-resilience")
  .description("what a person runs beside pulumi: keys, looking at a site, reading a guest back")
  .showHelpAfterError("(--help shows what there is)");

for (const command of [
  enrolCommand(),
  initCommand(),
  keyCommand(),
  trustCommand(),
  observeCommand(),
  restoreCommand(),
  schemaCommand(),
])
  program.addCommand(command);

program.parseAsync().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
