import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";

import { Command, InvalidArgumentError } from "commander";

import { fingerprint } from "../estate/units/fingerprint";
import { parseToken, type Login } from "../provider/clients/login";
import { PveClient } from "../provider/clients/pve-client";
import { type BackupKey } from "../provider/keys/backup-key";
import { readEscrow, writeEscrow, type Escrow } from "../provider/keys/escrow";
import { mintKeyFile, readKeyFile } from "../provider/keys/key-file";
import { observe, observationSummary, writeObservation } from "./observe";
import { restore } from "./restore";
import { readSecret, readStackFile, REPOSITORY } from "./stack-file";
import { writeTrustBundle } from "./trust";

const program = new Command("tappaas-resilience")
  .description("what a person runs beside pulumi: keys, looking at a site, reading a guest back")
  .showHelpAfterError("(--help shows what there is)");

const key = program.command("key").description("the key with which backups are encrypted");

key
  .command("mint")
  .description("make a key, its age-encrypted file and the escrow sheet; never over a key that is there")
  .requiredOption("--site <name>", "name of the site, for the sheet")
  .requiredOption("--pbs <address>", "name or address of the Proxmox Backup Server, for the sheet")
  .option("--pbs-port <port>", "its port", portNumber, 8007)
  .option("--pbs-fingerprint <fingerprint>", "SHA-256 fingerprint of its certificate; leave out when publicly trusted")
  .option("--datastore <name>", "datastore that holds the backups", "tappaas_backup")
  .option("--namespace <path>", "namespace in it", "")
  .option("--key-file <path>", "the encrypted key", "keys/backup-key.age")
  .option("--identity-file <path>", "what opens it; keep it from the key file", "keys/identity.txt")
  .option("--escrow-file <path>", "the sheet, with the key in the clear: print it, then remove it", "keys/escrow.txt")
  .option("--json", "for programs")
  .action(async (options: MintOptions) => {
    const { keyFile, identityFile, escrowFile } = options;
    if (existsSync(escrowFile))
      throw new Error(`${escrowFile} exists already; no key was made.\nCure: say --escrow-file.`);
    const minted = await mintKeyFile({ keyFile, identityFile });
    await writeEscrow(escrowFile, escrowOf(options, minted));
    const report = { fingerprint: minted.fingerprint, keyFile, identityFile, escrowFile };
    print(options.json, report, [
      `Key ${minted.fingerprint}`,
      `  encrypted in   ${keyFile}`,
      `  opened by      ${identityFile}`,
      `  escrow sheet   ${escrowFile}  <- print it, keep it away from the site, then remove the file`,
      "Write the fingerprint into the stack's settings: key.fingerprint.",
    ]);
  });

key
  .command("show")
  .description("fingerprint of the key, never the key")
  .option("--key-file <path>", "the encrypted key", "keys/backup-key.age")
  .option("--identity-file <path>", "what opens it", "keys/identity.txt")
  .option("--json", "for programs")
  .action(async ({ keyFile, identityFile, json }: KeyOptions) => {
    const { fingerprint: shown } = await readKeyFile(keyFile, identityFile);
    print(json, { fingerprint: shown }, [shown]);
  });

key
  .command("escrow")
  .description("write the escrow sheet of a key that is there, once more")
  .requiredOption("--site <name>", "name of the site, for the sheet")
  .requiredOption("--pbs <address>", "name or address of the Proxmox Backup Server, for the sheet")
  .option("--pbs-port <port>", "its port", portNumber, 8007)
  .option("--pbs-fingerprint <fingerprint>", "SHA-256 fingerprint of its certificate; leave out when publicly trusted")
  .option("--datastore <name>", "datastore that holds the backups", "tappaas_backup")
  .option("--namespace <path>", "namespace in it", "")
  .option("--key-file <path>", "the encrypted key", "keys/backup-key.age")
  .option("--identity-file <path>", "what opens it", "keys/identity.txt")
  .option("--escrow-file <path>", "the sheet, with the key in the clear: print it, then remove it", "keys/escrow.txt")
  .action(async (options: MintOptions) => {
    await writeEscrow(options.escrowFile, escrowOf(options, await readKeyFile(options.keyFile, options.identityFile)));
    console.log(`${options.escrowFile}  <- print it, keep it away from the site, then remove the file`);
  });

program
  .command("trust")
  .description("write the system's certificates and the site's CA into one bundle, for SSL_CERT_FILE")
  .requiredOption("--settings <file>", "the stack's settings, Pulumi.<stack>.yaml")
  .requiredOption("--out <file>", "the bundle")
  .action(({ settings, out }: { settings: string; out: string }) => {
    writeTrustBundle(readStackFile(settings).caCertificate, out);
    console.log(`export SSL_CERT_FILE=${resolve(out)}`);
  });

program
  .command("observe")
  .description("look at a site and write down, dated, what it has; it changes nothing")
  .requiredOption("--settings <file>", "the stack's settings, Pulumi.<stack>.yaml")
  .option("--json", "print the observation too")
  .option("--dry-run", "write nothing")
  .action(async ({ settings: file, json, dryRun }: { settings: string; json?: true; dryRun?: true }) => {
    const settings = readStackFile(file);
    const [node] = Object.values(settings.nodes);
    const login = parseToken(readSecret(resolve(file), "pveApiToken", "PVE_API_TOKEN"), "PVE");
    const pve = clientOf(node?.api ?? "", settings.caCertificate, login);
    try {
      const observation = await observe(pve.ask, settings.site);
      const path =
        dryRun === true ? "(not written)" : writeObservation(resolve(REPOSITORY, settings.site), observation);
      print(json, observation, [...observationSummary(observation), path]);
    } finally {
      await pve.close();
    }
  });

program
  .command("restore")
  .description("read a guest back beside what lives, with the escrow sheet and a login; it overwrites nothing")
  .requiredOption("--guest <name>", "the guest, by name or VMID")
  .requiredOption("--to <vmid>", "VMID of the restored guest; has to be free", vmidNumber)
  .requiredOption("--node <name>", "node that reads it back")
  .requiredOption("--pve <address>", "that node's API, https://…:8006")
  .option("--pve-ca <file>", "certificate of the CA that signed its certificate; leave out when publicly trusted")
  .option("--pve-login <user>", "root@pam with PVE_PASSWORD, or a token with PVE_API_TOKEN", "root@pam")
  .requiredOption("--escrow-file <path>", "the escrow sheet")
  .option("--pbs-login <user>", "login to the backup server; its password or secret in PBS_PASSWORD", "root@pam")
  .option("--storage <name>", "storage for the disks")
  .option("--before <instant>", "the newest backup not later than this, RFC 3339", instant)
  .option("--dry-run", "show what would be done")
  .option("--json", "for programs")
  .action(async (options: RestoreOptions) => {
    const ca = options.pveCa === undefined ? undefined : readFileSync(options.pveCa, "utf8");
    const pve = clientOf(options.pve, ca, pveLoginOf(options.pveLogin));
    const say = (line: string) => process.stderr.write(`${line}\n`);
    const escrow = readEscrow(readFileSync(options.escrowFile, "utf8"));
    const login = { username: options.pbsLogin, password: required("PBS_PASSWORD") };
    try {
      const { guest, to, node, storage, before } = options;
      const dryRun = options.dryRun ?? false;
      const report = await restore({ pve, node, escrow, login, guest, to, storage, before, dryRun, say });
      const { seconds, snapshot } = report;
      const how = seconds === undefined ? "would be restored" : `restored in ${seconds.toFixed(1)} s, not started`;
      print(options.json, report, [
        `${snapshot.name || snapshot.vmid} of ${snapshot.time.toISOString()} ${how}: ${to} on ${node}`,
      ]);
    } finally {
      await pve.close();
    }
  });

interface KeyOptions {
  readonly keyFile: string;
  readonly identityFile: string;
  readonly json?: true;
}

interface MintOptions extends KeyOptions {
  readonly site: string;
  readonly pbs: string;
  readonly pbsPort: number;
  readonly pbsFingerprint?: string;
  readonly datastore: string;
  readonly namespace: string;
  readonly escrowFile: string;
}

interface RestoreOptions {
  readonly guest: string;
  readonly to: number;
  readonly node: string;
  readonly pve: string;
  readonly pveCa?: string;
  readonly pveLogin: string;
  readonly escrowFile: string;
  readonly pbsLogin: string;
  readonly storage?: string;
  readonly before?: Date;
  readonly dryRun?: true;
  readonly json?: true;
}

function escrowOf(options: MintOptions, backupKey: BackupKey): Escrow {
  return {
    site: options.site,
    date: new Date().toISOString().slice(0, "2026-11-21".length),
    address: options.pbs,
    port: options.pbsPort,
    tlsFingerprint: options.pbsFingerprint === undefined ? undefined : fingerprint(options.pbsFingerprint),
    datastore: options.datastore,
    namespace: options.namespace,
    key: backupKey,
  };
}

function clientOf(endpoint: string, authority: string | undefined, login: Login): PveClient {
  return new PveClient({ endpoint, trust: authority === undefined ? {} : { authority }, login });
}

function pveLoginOf(user: string): Login {
  if (user.includes("!")) return parseToken(`${user}=${required("PVE_API_TOKEN")}`, "PVE");
  return { username: user, password: required("PVE_PASSWORD") };
}

/** Passwords come by the environment: arguments can be read by everyone on the machine. */
function required(variable: string): string {
  const value = process.env[variable];
  if (value !== undefined && value !== "") return value;
  throw new Error(`${variable} is not set.\nCure: read -rs ${variable} && export ${variable}`);
}

function print(json: true | undefined, value: unknown, lines: readonly string[]): void {
  console.log(json === true ? JSON.stringify(value, null, 2) : lines.join("\n"));
}

function vmidNumber(text: string): number {
  if (/^[1-9]\d{2,8}$/.test(text)) return Number(text);
  throw new InvalidArgumentError("Expected a VMID from 100 to 999999999.");
}

function portNumber(text: string): number {
  const port = Number(text);
  if (Number.isInteger(port) && port >= 1 && port <= 65_535) return port;
  throw new InvalidArgumentError("Expected a TCP port from 1 to 65535.");
}

function instant(text: string): Date {
  const time = new Date(text);
  if (!Number.isNaN(time.getTime())) return time;
  throw new InvalidArgumentError('Expected an instant such as "2026-11-20T21:00:00Z".');
}

program.parseAsync().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
