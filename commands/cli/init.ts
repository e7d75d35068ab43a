import { existsSync } from "node:fs";
import { join, resolve } from "node:path";

import { Command, InvalidArgumentError } from "commander";

import { parseStateSettings } from "../../estate/state-settings";
import { readSiteFolder } from "../../estate/site-folder";
import { init } from "../init";
import { backendOf, initialiseStack } from "../secrets";
import { statePlaceProblem, thisMachine } from "../state-place";
import { REPOSITORY } from "../stack-file";
import { hiddenQuestion, isInteractive, question } from "../terminal";
import { show } from "./arguments";

interface InitOptions {
  readonly site: string;
  readonly stack?: string;
  readonly from?: string;
  readonly backend?: string;
  readonly copy: readonly string[];
  readonly pbs?: string;
  readonly project: string;
  readonly dryRun?: true;
  readonly json?: true;
}

/** `init`: begins a site of one's own. */
export function initCommand(): Command {
  return new Command("init")
    .description("begin a site: its folder, its settings file and its stack; nothing that exists is overwritten")
    .requiredOption("--site <name>", "its name, and that of its folder below sites/", siteName)
    .option("--stack <name>", "name of its stack and settings file, where it is another", siteName)
    .option(
      "--from <folder>",
      "TAPPaaS' configuration.json and modules/; without it, what is observed is the inventory",
    )
    .option("--backend <place>", "where the state is to lie: file:///…, s3://…, https://api.pulumi.com")
    .option("--copy <places...>", "second places, which get an encrypted copy of the state after each success", [])
    .option("--pbs <address>", "name or address of a Proxmox Backup Server that exists")
    .option("--project <folder>", "folder with Pulumi.yaml and sites/", REPOSITORY)
    .option("--dry-run", "show what would be written; write nothing")
    .option("--json", "for programs")
    .action(run);
}

async function run(options: InitOptions): Promise<void> {
  const { site, stack = site, dryRun = false, json, pbs: backupServer } = options;
  const project = resolve(options.project);
  const backend = options.backend ?? (await askForBackend());
  rejectPlaces([backend, ...options.copy], site, project, backupServer, options.from);
  const { from, copy: copies } = options;
  const files = init({ site, stack, backend, copies, backupServer, project, from, dryRun });
  const settingsFile = join(project, `Pulumi.${stack}.yaml`);
  const made = dryRun ? false : await newStack(settingsFile, project);
  // A settings file that was there before may name another place: it is the one that counts.
  const place = dryRun ? backend : backendOf(settingsFile);
  show(json, { files, stack, stackMade: made }, [
    ...files.map(({ file, written }) => `${written ? (dryRun ? "would write" : "written") : "kept"}  ${file}`),
    dryRun
      ? "Nothing was written."
      : `stack ${stack} ${made ? "made" : "is there"}, its state in ${place ?? "the place where the Pulumi command is logged in"}`,
    ...(dryRun ? [] : nextSteps(site)),
  ]);
}

function nextSteps(site: string): string[] {
  return [
    "Next:",
    `  make enrol HOST=<address of a node> SITE=${site}`,
    `  make enrol PBS=<address of the backup server> SITE=${site}`,
    `  make key SITE=${site} PBS=<address of the backup server>, with a printer at hand`,
    `  make observe SITE=${site}, make doctor SITE=${site}, make up SITE=${site}`,
  ];
}

async function askForBackend(): Promise<string> {
  if (!isInteractive()) {
    throw new Error(
      "It is not said where the state is to lie; nothing was written.\nCure: say --backend, e.g. file:///srv/pulumi.",
    );
  }
  process.stderr.write(`${QUESTION}\n`);
  return question("> ");
}

const QUESTION = `Where is Pulumi's state to lie? It is needed when the site is gone, so not on the site itself:
  file:///srv/pulumi       a folder of this machine, or of a disk or share from elsewhere
  s3://bucket?region=…     an object store
  https://api.pulumi.com   Pulumi Cloud`;

/** @throws {Error} For a place that is none, or lies on what the stack protects. */
function rejectPlaces(places: readonly string[], site: string, project: string, pbs?: string, from?: string): void {
  const [backend, ...copies] = places;
  const parsed = parseStateSettings({ backend, copies });
  if (!parsed.ok) {
    const [problem] = parsed.problems;
    throw new Error(
      `Expected ${problem?.expected ?? "a place"}, got ${problem?.got ?? "nothing"}; nothing was written.`,
    );
  }
  const folder = from ?? join(project, "sites", site);
  const guests = existsSync(folder) ? guestNames(folder) : [];
  const machine = thisMachine();
  for (const place of places) {
    const problem = statePlaceProblem(place, { hosts: pbs === undefined ? [] : [pbs], guests }, machine);
    if (problem === undefined) continue;
    throw new Error(
      `${problem}: the state would be gone when it is needed. Nothing was written.\n` +
        "Cure: choose a place outside the site, or run this on a machine outside of it.",
    );
  }
}

function guestNames(folder: string): string[] {
  const read = readSiteFolder(folder);
  return read.ok ? read.value.inventory.guests.map(({ name }) => name) : [];
}

async function newStack(settingsFile: string, project: string): Promise<boolean> {
  return initialiseStack(settingsFile, project, async () => {
    if (!isInteractive()) {
      throw new Error(
        "The settings' secrets need a passphrase; the files are written, the stack is not made.\n" +
          "Cure: set PULUMI_CONFIG_PASSPHRASE_FILE to a file that holds it, and say it again.",
      );
    }
    for (;;) {
      const first = await hiddenQuestion("A passphrase for the settings' secrets (keep it away from the site): ");
      if (first !== "" && first === (await hiddenQuestion("Once more: "))) return first;
      process.stderr.write("Not the same.\n");
    }
  });
}

function siteName(text: string): string {
  if (/^[a-z0-9][a-z0-9-]{0,62}$/.test(text)) return text;
  throw new InvalidArgumentError('Expected small letters, digits and "-".');
}
