import { readFileSync } from "node:fs";

import { Command, InvalidArgumentError } from "commander";

import { isNetworkPlace } from "../../estate/units/network-place";
import { parseToken, type Login } from "../../provider/clients/login";
import { PveClient } from "../../provider/clients/pve-client";
import { restore, type RestoreReport } from "../restore";
import { instant, secretFrom, show, vmidNumber } from "./arguments";
import { backupSourceOf, withBackupSource, type BackupSource } from "./backup-source";

interface RestoreOptions extends BackupSource {
  readonly guest: string;
  readonly to: number;
  readonly node: string;
  readonly pve: string;
  readonly pveCa?: string;
  readonly pveLogin: string;
  readonly storage?: string;
  readonly before?: Date;
  readonly prefix?: string;
  readonly network: Readonly<Record<string, string>>;
  readonly unplugged?: true;
  readonly dryRun?: true;
  readonly json?: true;
}

/** `restore`: reads a guest back beside what lives. */
export function restoreCommand(): Command {
  const command = new Command("restore")
    .description("read a guest back beside what lives, with the escrow sheet and a login; it overwrites nothing")
    .requiredOption("--guest <name>", "the guest, by name or VMID")
    .requiredOption("--to <vmid>", "VMID of the restored guest; has to be free", vmidNumber)
    .requiredOption("--node <name>", "node that reads it back")
    .requiredOption("--pve <address>", "that node's API, https://…:8006")
    .option("--pve-ca <file>", "certificate of the CA that signed its certificate; leave out when publicly trusted")
    .option("--pve-login <user>", "root@pam with PVE_PASSWORD, or a token with PVE_API_TOKEN", "root@pam");
  return withBackupSource(command)
    .option("--storage <name>", "storage for the disks")
    .option("--before <instant>", "the newest backup not later than this, RFC 3339", instant)
    .option("--prefix <text>", "put before its name, to tell it from the living one: staging-")
    .option(
      "--network <here=there>",
      "network there for one of the backup, lan/210=staging/210, or =none; as often as it has networks",
      networkPair,
      {},
    )
    .option("--unplugged", "the cable is out of its network cards: it cannot meet the living one")
    .option("--dry-run", "show what would be done")
    .option("--json", "for programs")
    .action(run);
}

async function run(options: RestoreOptions): Promise<void> {
  const { guest, to, node, storage, before, dryRun = false, json } = options;
  const { prefix, network, unplugged } = options;
  const networks = Object.keys(network).length === 0 ? undefined : network;
  const deployment = { prefix, networks, unplugged };
  const { escrow, login } = backupSourceOf(options);
  const say = (line: string) => process.stderr.write(`${line}\n`);
  const pve = clientOf(options);
  try {
    const report = await restore({ pve, node, escrow, login, guest, to, storage, before, deployment, dryRun, say });
    show(json, report, [summaryOf(report)]);
  } finally {
    await pve.close();
  }
}

function networkPair(text: string, before: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const [here = "", there = "", ...more] = text.split("=");
  if (more.length > 0 || !isNetworkPlace(here) || !(there === "none" || isNetworkPlace(there)))
    throw new InvalidArgumentError('Expected "lan/210=staging/210", or "lan/210=none".');
  return { ...before, [here]: there };
}

function clientOf({ pve: endpoint, pveCa, pveLogin }: RestoreOptions): PveClient {
  const trust = pveCa === undefined ? {} : { authority: readFileSync(pveCa, "utf8") };
  return new PveClient({ endpoint, trust, login: loginOf(pveLogin) });
}

function loginOf(user: string): Login {
  if (user.includes("!")) return parseToken(`${user}=${secretFrom("PVE_API_TOKEN")}`, "PVE");
  return { username: user, password: secretFrom("PVE_PASSWORD") };
}

function summaryOf({ snapshot, seconds, vmid, node }: RestoreReport): string {
  const what = snapshot.name === "" ? String(snapshot.vmid) : snapshot.name;
  const how = seconds === undefined ? "would be restored" : `restored in ${seconds.toFixed(1)} s, not started`;
  return `${what} of ${snapshot.time.toISOString()} ${how}: ${vmid} on ${node}`;
}
