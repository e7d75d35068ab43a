import { Command } from "commander";

import { doctorCommand } from "./cli/doctor";
import { adoptCommand } from "./cli/adopt";
import { downCommand } from "./cli/down";
import { driftCommand } from "./cli/drift";
import { enrolCommand } from "./cli/enrol";
import { initCommand } from "./cli/init";
import { keyCommand } from "./cli/key";
import { observeCommand } from "./cli/observe";
import { previewCommand } from "./cli/preview";
import { releaseCommand } from "./cli/release";
import { restoreCommand } from "./cli/restore";
import { rotateCommand } from "./cli/rotate";
import { schemaCommand } from "./cli/schema";
import { stateCommand } from "./cli/state";
import { statusCommand } from "./cli/status";
import { trustCommand } from "./cli/trust";
import { upCommand } from "./cli/up";
import { watchCommand } from "./cli/watch";

/** What a person runs beside `pulumi`, one verb a file in `cli/`. */
const program = new Command("tappaas-resilience")
  .description("what a person runs beside pulumi: keys, looking at a site, reading a guest back")
  .showHelpAfterError("(--help shows what there is)");

const COMMANDS = [
  doctorCommand(),
  enrolCommand(),
  initCommand(),
  adoptCommand(),
  upCommand(),
  previewCommand(),
  driftCommand(),
  downCommand(),
  releaseCommand(),
  rotateCommand(),
  observeCommand(),
  restoreCommand(),
  keyCommand(),
  stateCommand(),
  statusCommand(),
  watchCommand(),
  trustCommand(),
  schemaCommand(),
];

for (const command of COMMANDS) program.addCommand(command);

program.parseAsync().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
