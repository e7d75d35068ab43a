import { Command } from "commander";

/** Where each verb stands. One is loaded when it is asked for: what the others need takes seconds to load. */
const VERBS: Readonly<Record<string, () => Promise<Command>>> = {
  doctor: async () => (await import("./cli/doctor.js")).doctorCommand(),
  enrol: async () => (await import("./cli/enrol.js")).enrolCommand(),
  init: async () => (await import("./cli/init.js")).initCommand(),
  adopt: async () => (await import("./cli/adopt.js")).adoptCommand(),
  up: async () => (await import("./cli/up.js")).upCommand(),
  preview: async () => (await import("./cli/preview.js")).previewCommand(),
  drift: async () => (await import("./cli/drift.js")).driftCommand(),
  down: async () => (await import("./cli/down.js")).downCommand(),
  release: async () => (await import("./cli/release.js")).releaseCommand(),
  observe: async () => (await import("./cli/observe.js")).observeCommand(),
  "before-update": async () => (await import("./cli/before-update.js")).beforeUpdateCommand(),
  restore: async () => (await import("./cli/restore.js")).restoreCommand(),
  rebuild: async () => (await import("./cli/rebuild.js")).rebuildCommand(),
  reattach: async () => (await import("./cli/reattach.js")).reattachCommand(),
  guard: async () => (await import("./cli/guard.js")).guardCommand(),
  failback: async () => (await import("./cli/failback.js")).failbackCommand(),
  "restore-config": async () => (await import("./cli/restore-config.js")).restoreConfigCommand(),
  key: async () => (await import("./cli/key.js")).keyCommand(),
  rotate: async () => (await import("./cli/rotate.js")).rotateCommand(),
  state: async () => (await import("./cli/state.js")).stateCommand(),
  status: async () => (await import("./cli/status.js")).statusCommand(),
  report: async () => (await import("./cli/report.js")).reportCommand(),
  runbook: async () => (await import("./cli/runbook.js")).runbookCommand(),
  bundle: async () => (await import("./cli/bundle.js")).bundleCommand(),
  drill: async () => (await import("./cli/drill.js")).drillCommand(),
  maintain: async () => (await import("./cli/maintain.js")).maintainCommand(),
  retire: async () => (await import("./cli/retire.js")).retireCommand(),
  watch: async () => (await import("./cli/watch.js")).watchCommand(),
  measure: async () => (await import("./cli/measure.js")).measureCommand(),
  peer: async () => (await import("./cli/peer.js")).peerCommand(),
  bucket: async () => (await import("./cli/bucket.js")).bucketCommand(),
  trust: async () => (await import("./cli/trust.js")).trustCommand(),
  stacks: async () => (await import("./cli/stacks.js")).stacksCommand(),
  schema: async () => (await import("./cli/schema.js")).schemaCommand(),
};

/** What a person runs beside `pulumi`, one verb a file in `cli/`. */
async function run(asked: string | undefined): Promise<void> {
  const program = new Command("tappaas-resilience")
    .description("what a person runs beside pulumi: keys, looking at a site, reading a guest back")
    .showHelpAfterError("(--help shows what there is)");
  const verb = asked !== undefined && Object.hasOwn(VERBS, asked) ? VERBS[asked] : undefined;
  const wanted = verb === undefined ? Object.values(VERBS) : [verb];
  for (const command of wanted) program.addCommand(await command());
  await program.parseAsync();
}

// Who reads no further, as `| head`, is told no more; what was begun on a site is brought to its end all the same.
for (const stream of [process.stdout, process.stderr])
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
  });

run(process.argv[2]).catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
