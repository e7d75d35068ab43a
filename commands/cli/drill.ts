import { readFileSync } from "node:fs";

import { Command } from "commander";

import { readEscrow } from "../../provider/keys/escrow";
import { drill } from "../drill";
import { type Drilled } from "../drill/order";
import { nodesSource, sheetSource } from "../drill/source";
import { type Stack } from "../engine/stack";
import { SSH_SECRET } from "../enrol/names";
import { applyingClient } from "../applying-client";
import { siteOf } from "../report/knowledge";
import { withPlace, type CopyPlace } from "../restore/elsewhere";
import { readSecret } from "../secrets";
import { type PveClient } from "../../provider/clients/pve-client";
import { count, secretFrom, vmidNumber } from "./arguments";
import { stackFrom, terminalTalk, withStackOptions, type StackOptions } from "./stack-options";

interface Options extends StackOptions, CopyPlace {
  readonly guest?: string;
  readonly all?: true;
  readonly count: number;
  readonly fromVmid: number;
  readonly node?: string;
  readonly storage?: string;
  readonly escrowFile?: string;
  readonly pbsLogin: string;
  readonly patience: number;
  readonly settle: number;
  readonly bridge?: string;
  readonly alone?: true;
  readonly clean?: true;
  readonly dryRun?: true;
  readonly yes?: true;
  readonly json?: true;
}

const EXIT: Readonly<Record<Drilled["end"], number>> = {
  ...{ nothing: 0, cleaned: 0, shown: 0, passed: 0 },
  ...{ incomplete: 2, declined: 3, failed: 1 },
};

/** `drill`: guests are read back beside what lives, tried where they reach nobody else, and taken away again. */
export function drillCommand(): Command {
  return withStackOptions(new Command("drill"))
    .description(
      "read guests back beside what lives, start them in a network of their own, wait for an answer from inside, and take away what it made;\n" +
        "writes a signed report. Exit status 0: passed; 2: something was not answered; 1: something failed or was left; 3: you said no",
    )
    .option("--guest <name>", "this guest alone, by name or VMID; by default a sample of those that waited longest")
    .option("--all", "every guest that is backed up")
    .option("--count <number>", "size of a sample", count, 2)
    .option(
      "--from-vmid <vmid>",
      "first number that may be used; those that anything bears are left out",
      vmidNumber,
      9900,
    )
    .option("--node <name>", "node that reads all of them back")
    .option("--storage <name>", "storage for all disks; by default each where it was")
    .option(
      "--escrow-file <path>",
      "read with the key of this sheet, which proves the sheet; by default with that of the nodes",
    )
    .option(
      "--pbs-login <user>",
      "with a sheet: login to the backup server; its password or secret in PBS_PASSWORD",
      "root@pam",
    )
    .option("--pbs <address>", "with a sheet: another backup server that has copies")
    .option("--datastore <name>", "datastore of that server")
    .option("--namespace <name>", "namespace in that datastore")
    .option("--pbs-fingerprint <sha256>", "that server's certificate; leave out when publicly trusted")
    .option("--patience <seconds>", "how long a guest agent is waited for", count, 600)
    .option("--settle <seconds>", "how long a guest without an agent has to go on running", count, 30)
    .option("--bridge <name>", "bridge without a cable for all of them; by default that of the settings (drill.bridge)")
    .option("--alone", "each guest alone, without network cards, whatever the settings say")
    .option("--clean", "only take away what a drill that ended early left")
    .option("--dry-run", "show what would be done")
    .option("--yes", "do not ask")
    .option("--json", "print what was found as JSON")
    .action(run);
}

async function run(options: Options): Promise<void> {
  const site = stackFrom(options);
  const { estate, model } = siteOf(site);
  const pve = await applyingClient(site);
  const { guest, all, count: size, fromVmid: from, node, storage, patience, settle } = options;
  try {
    const about = { siteFolder: site.siteFolder, site: site.settings.site, pve, guests: estate.guests, model };
    const choices = { guest: guest === "" ? undefined : guest, all, count: size, from, node, storage };
    const times = { patience: patience * 1_000, settle: settle * 1_000, pause: 1_000 };
    const source = sourceOf(site, pve, estate.backup.storage, options);
    const privateKey = await readSecret(site.settingsFile, SSH_SECRET, "SSH_PRIVATE_KEY");
    const flags = { dryRun: options.dryRun ?? false, cleanOnly: options.clean ?? false };
    const bridge = options.alone === true ? undefined : (options.bridge ?? site.settings.drill.bridge);
    const drilled = await drill(
      { ...about, bridge, ...times, ...flags, choices, source, privateKey },
      terminalTalk(options.yes === true),
    );
    if (options.json === true) console.log(JSON.stringify(drilled, null, 2));
    process.exitCode = EXIT[drilled.end];
  } finally {
    await pve.close();
  }
}

function sourceOf({ settings }: Stack, pve: PveClient, storage: string, options: Options) {
  if (options.escrowFile === undefined) return nodesSource(storage, settings.key.fingerprint);
  const escrow = withPlace(readEscrow(readFileSync(options.escrowFile, "utf8")), options);
  return sheetSource(pve, escrow, { username: options.pbsLogin, password: secretFrom("PBS_PASSWORD") });
}
