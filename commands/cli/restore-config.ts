import { resolve } from "node:path";

import { Command } from "commander";

import { bracketed } from "../../estate/units/web-address";
import { backupPlanOf } from "../../estate/backup-plan";
import { valueOf } from "../../estate/problem";
import { readSiteFolder } from "../../estate/site-folder";
import { readKeyFile } from "../../provider/keys/key-file";
import { type BackupKey } from "../../provider/keys/backup-key";
import { answeringNode } from "../answering-node";
import { type Stack } from "../engine/stack";
import { SSH_SECRET } from "../enrol/names";
import { keyOnSheet } from "../key/on-sheet";
import { configSnapshots, restoreConfig, type ConfigReport } from "../restore-config";
import { type ConfigStore } from "../restore-config/script";
import { type ConfigSnapshot } from "../restore-config/snapshot";
import { readSecret } from "../secrets";
import { openServers } from "../servers";
import { enterShell, type NodeShell } from "../ssh/node-shell";
import { projectOf } from "../stack-file";
import { instant, show } from "./arguments";
import { stackFrom, withStackOptions, type StackOptions } from "./stack-options";

interface Options extends StackOptions {
  readonly of?: string;
  readonly via?: string;
  readonly before?: Date;
  readonly file?: string;
  readonly to?: string;
  readonly here?: string;
  readonly fromPaper?: string;
  readonly dryRun?: true;
  readonly json?: true;
}

/** `restore-config`: what is kept of the configuration of nodes and guests, and one of it read back beside what lives. */
export function restoreConfigCommand(): Command {
  return withStackOptions(new Command("restore-config"))
    .description(
      "list the backups of configuration, or read one back into a new directory, for its owner alone; it writes over nothing",
    )
    .option("--of <name>", "node or guest whose configuration is read back; without it they are listed")
    .option("--via <node>", "node that reads it back; any that has the storage will do")
    .option("--before <instant>", "the newest not later than this, RFC 3339", instant)
    .option("--file <path>", "this file or directory alone, as it was called there: /etc/network/interfaces")
    .option("--to <directory>", "new directory on the node; usually one below /var/lib/tappaas-restored")
    .option("--here <directory>", "new directory on this machine instead")
    .option("--from-paper <file>", "take the key from the escrow sheet in this file, `-` for standard input")
    .option("--dry-run", "show what would be done")
    .option("--json", "for programs")
    .action(run);
}

async function run(options: Options): Promise<void> {
  const { of, before, file, to, here, json, dryRun = false } = options;
  if (to !== undefined && here !== undefined) throw new Error("Say --to or --here; it is read back to one place.");
  const stack = stackFrom(options);
  const store = await configStoreOf(stack);
  const shell = await shellOn(stack, options.via);
  try {
    if (of === undefined || of === "") {
      const snapshots = await configSnapshots(shell, store);
      show(json, snapshots, snapshots.length === 0 ? [NONE] : snapshots.map(lineOf));
      return;
    }
    const order = {
      shell,
      store,
      name: of,
      before,
      file,
      to,
      here,
      dryRun,
      key: () => keyOf(stack, options.fromPaper),
    };
    const report = await restoreConfig(order);
    show(json, report, linesOf(report));
  } finally {
    shell.close();
  }
}

const NONE =
  "No configuration is kept yet. The timers run every day (backup.configurationTime); to run one now, on the node: " +
  "systemctl start tappaas-host-config";

function lineOf({ name, time, archives, size }: ConfigSnapshot): string {
  const bytes = size === undefined ? "" : `  ${size} bytes`;
  return `${name.padEnd(20)} ${time.toISOString()}  ${archives.join(", ")}${bytes}`;
}

function linesOf({ snapshot, archives, directory, on, restored }: ConfigReport): string[] {
  const where = on === "here" ? directory : `${directory}, on the node`;
  if (!restored) return [`${snapshot} (${archives.join(", ")}) would be read back to ${where}.`];
  return [
    `${snapshot} (${archives.join(", ")}) is in ${where}`,
    "Nothing that lives was changed. What to copy, in which order: docs/how-to/restore-host-config.md.",
    "It holds password hashes and private keys: remove it when you are done.",
  ];
}

/** The storage entry of the site's backups, as PVE has it. */
export async function configStoreOf({ settingsFile, settings, siteFolder }: Stack): Promise<ConfigStore> {
  const { inventory, observation } = valueOf(readSiteFolder(siteFolder), settings.site);
  const { storage } = backupPlanOf(settings, inventory, observation);
  const { pve, close } = await openServers(settingsFile);
  try {
    const entry = (await pve.storages()).find((one) => one.storage === storage && one.type === "pbs");
    if (entry === undefined) {
      throw new Error(
        `The nodes have no storage ${storage} of a backup server.\n` +
          "Cure: make up, which makes it; or read it back by hand with the escrow sheet: docs/how-to/restore-host-config.md.",
      );
    }
    const { server = "", port = 8007, datastore = "", username = "", namespace = "", fingerprint } = entry;
    return { storage, repository: `${username}@${bracketed(server)}:${port}:${datastore}`, fingerprint, namespace };
  } finally {
    await close();
  }
}

/** Root's shell on a node: the one that was named, or the first that answers. */
export async function shellOn(
  { settings: { nodes }, settingsFile }: Stack,
  via: string | undefined,
): Promise<NodeShell> {
  const name = via ?? (await answeringNode(nodes)) ?? Object.keys(nodes)[0] ?? "";
  const node = nodes[name];
  if (node === undefined)
    throw new Error(`The settings name no node ${name}.\nCure: one of ${Object.keys(nodes).join(", ")}.`);
  const privateKey = await readSecret(settingsFile, SSH_SECRET, "SSH_PRIVATE_KEY");
  return enterShell(node.ssh, privateKey);
}

/** The site's key, from its file or from the sheet. */
export async function keyOf({ settings, settingsFile }: Stack, sheet: string | undefined): Promise<BackupKey> {
  if (sheet !== undefined) return keyOnSheet(sheet);
  const project = projectOf(settingsFile);
  return readKeyFile(resolve(project, settings.key.file), resolve(project, settings.key.identityFile));
}
