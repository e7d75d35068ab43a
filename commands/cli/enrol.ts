import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join, resolve } from "node:path";

import { Command } from "commander";
import { utils } from "ssh2";

import { enrol, type EnrolReport } from "../enrol";
import { pbsApi, pvesh } from "../enrol/local-api";
import { readEnrolment, writeEnrolment } from "../enrol/record";
import { rootShellLines } from "../enrol/root-shell";
import { trustedHostKey } from "../enrol/trusted-host-key";
import { backupServerUndoings } from "../enrol/backup-server-undo";
import { forgetSecrets, undoings } from "../enrol/undo";
import { printedSecrets, stackSecrets } from "../secrets";
import { SettingsFile } from "../settings-file";
import { openShell, type SshLogin } from "../ssh/node-shell";
import { projectOf } from "../stack-file";
import { confirmed, hiddenQuestion, isInteractive, question } from "../terminal";
import { portNumber, show } from "./arguments";

interface EnrolOptions {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly key?: string;
  readonly settings: string;
  readonly api?: string;
  readonly acceptHostKey?: string;
  readonly knownHosts: string;
  readonly print?: true;
  readonly backupServer?: true;
  readonly undo?: true;
  readonly yes?: true;
  readonly dryRun?: true;
  readonly json?: true;
}

/** `enrol`: makes a node known to a stack, and gives the stack its logins there. */
export function enrolCommand(): Command {
  return new Command("enrol")
    .description(
      "make a node or backup server known to a stack: host key, certificate, logins with the rights they need",
    )
    .requiredOption("--host <address>", "name or address of the node")
    .requiredOption("--settings <file>", "the stack's settings, Pulumi.<stack>.yaml")
    .option("--backup-server", "it is a Proxmox Backup Server and no node, or is meant as one")
    .option("--port <port>", "port of its SSH", portNumber, 22)
    .option("--user <name>", "account with root's rights there", "root")
    .option("--key <file>", "your private key; without it your SSH agent's, else ~/.ssh/id_ed25519")
    .option("--api <address>", "the node's API, where it is not https://<host>:8006")
    .option("--accept-host-key <fingerprint>", "SHA256:… that you have compared on the node's console")
    .option(
      "--known-hosts <file>",
      "the file that SSH in the proxmoxve plugin reads",
      join(homedir(), ".ssh", "known_hosts"),
    )
    .option("--print", "show the secrets once, instead of writing them into the settings")
    .option("--undo", "take away again what was made; nothing else")
    .option("-y, --yes", "do not ask")
    .option("--dry-run", "show every step and what it would change; do nothing")
    .option("--json", "for programs")
    .addHelpText("after", `\nRoot's shell is needed for\n${rootShellLines().join("\n")}`)
    .action(run);
}

async function run(options: EnrolOptions): Promise<void> {
  const settings = new SettingsFile(resolve(options.settings));
  if (options.undo === true) await undo(options, settings);
  else await enrolNode(options, settings);
}

const say = (line: string) => process.stderr.write(`${line}\n`);

async function enrolNode(options: EnrolOptions, settings: SettingsFile): Promise<void> {
  const { site } = siteOf(settings);
  if (options.backupServer !== true) for (const line of ["Root's shell is needed for", ...rootShellLines()]) say(line);
  const report = await enrol({
    ...trustOf(options, settings),
    login: await loginOf(options),
    api: options.api,
    backupServer: options.backupServer === true,
    secrets: secretsOf(options),
    knownHosts: options.knownHosts,
    site,
    dryRun: options.dryRun === true,
    goOn: () => (options.yes === true ? Promise.resolve(true) : confirmed("Go on?", "--yes")),
    say,
  });
  show(options.json, report, closingLines(options, report));
  if (!report.done && options.dryRun !== true) process.exitCode = 1;
}

function closingLines(options: EnrolOptions, { facts, done }: EnrolReport): string[] {
  if (!done) return ["Nothing was changed."];
  if (options.backupServer === true)
    return ["The backup server is enrolled. To undo it: the same command with --undo."];
  const others = facts.others.map((name) => `Its cluster has ${name} too: enrol it with HOST=<its address>.`);
  return [
    `${facts.node} is enrolled. To undo it: the same command with --undo; it takes away only what was made here.`,
    ...others,
    `Next: make observe, then make up.`,
  ].filter((line) => options.print !== true || !line.startsWith("Next"));
}

async function undo(options: EnrolOptions, settings: SettingsFile): Promise<void> {
  const { siteFolder } = siteOf(settings);
  const record = readEnrolment(siteFolder);
  const hostKey = await trustedHostKey(trustOf(options, settings));
  const shell = await openShell(options, await loginOf(options), hostKey);
  try {
    const backupServer = options.backupServer === true;
    const list = backupServer ? backupServerUndoings(record, pbsApi(shell)) : undoings(record, pvesh(shell), shell);
    for (const { thing, byHand } of list) say(`  - ${thing}\n      by hand: ${byHand}`);
    const nothing = list.length === 0;
    const stop = options.dryRun === true || nothing || !(await agreed(options));
    if (stop) {
      show(options.json, { undone: [] }, [nothing ? "Nothing here was made by enrolling." : "Nothing was changed."]);
      if (!nothing && options.dryRun !== true) process.exitCode = 1;
      return;
    }
    for (const [index, { thing, apply }] of list.entries()) {
      say(`[${index + 1}/${list.length}] ${thing}`);
      await apply();
      writeEnrolment(siteFolder, record);
    }
    const { host, port } = options;
    const others = Object.entries(record.nodes).filter(([, entry]) => entry.host !== host || entry.port !== port);
    record.nodes = Object.fromEntries(others);
    writeEnrolment(siteFolder, record);
    const kind = backupServer ? "backup server" : "node";
    const secrets = options.print === true ? [] : await forgetSecrets(secretsOf(options), kind);
    const undone = [...list.map(({ thing }) => thing), ...secrets.map((key) => `secret ${key} of the settings`)];
    show(options.json, { undone }, [`Undone. The node's address and host key stay in ${settings.path}.`]);
  } finally {
    shell.close();
  }
}

function agreed({ yes }: EnrolOptions): Promise<boolean> {
  return yes === true ? Promise.resolve(true) : confirmed("The program loses its way to the site. Go on?", "--yes");
}

function trustOf(options: EnrolOptions, settings: SettingsFile) {
  const { host, port, acceptHostKey: acceptedHostKey } = options;
  return { address: { host, port }, settings, siteFolder: siteOf(settings).siteFolder, acceptedHostKey, isRight };
}

async function isRight(lines: readonly string[]): Promise<boolean> {
  for (const line of lines) say(line);
  if (!isInteractive()) {
    throw new Error(
      "Nobody is here to compare the host key with the console; no login was sent and nothing was changed.\n" +
        "Cure: compare it, and say --accept-host-key SHA256:…",
    );
  }
  return (await question('Type "same" when the console shows the same: ')) === "same";
}

/** Secrets go into the settings, or once to the terminal. */
function secretsOf({ settings, print }: EnrolOptions) {
  return print === true ? printedSecrets(say) : stackSecrets(resolve(settings));
}

function siteOf(settings: SettingsFile): { site: string; siteFolder: string } {
  const folder = settings.get("site");
  if (typeof folder !== "string") throw new Error(`${settings.path} names no site.\nCure: site: sites/home`);
  return { site: folder.split("/").at(-1) ?? folder, siteFolder: resolve(projectOf(settings.path), folder) };
}

/** Your key from a file, or your agent. */
async function loginOf({ user, key }: EnrolOptions): Promise<SshLogin> {
  const agent = process.env["SSH_AUTH_SOCK"];
  const usual = join(homedir(), ".ssh", "id_ed25519");
  if (key === undefined && agent !== undefined) return { user, agent };
  const file = key === undefined ? usual : key.replace(/^~(?=\/)/, homedir());
  if (!existsSync(file)) throw new Error(`There is no key ${file}.\nCure: say --key, or start an SSH agent.`);
  const privateKey = readFileSync(file, "utf8");
  const parsed: unknown = utils.parseKey(privateKey);
  if (!(parsed instanceof Error)) return { user, privateKey };
  if (!/passphrase|encrypted/i.test(parsed.message)) throw new Error(`${file} is no private key: ${parsed.message}`);
  if (!isInteractive()) {
    throw new Error(`${file} needs its passphrase, and nobody is here to be asked.\nCure: add it to an SSH agent.`);
  }
  return { user, privateKey, passphrase: await hiddenQuestion(`Passphrase of ${file}: `) };
}
