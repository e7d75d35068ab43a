import { homedir } from "node:os";
import { join, resolve } from "node:path";

import { Command } from "commander";

import { hostAndPort, httpsAddress } from "../../estate/units/web-address";
import { enrol, type EnrolReport } from "../enrol";
import { rootShellLines } from "../enrol/root-shell";
import { pinCertificate } from "../enrol/typed-certificate";
import { undo } from "../enrol/undo";
import { printedSecrets, stackSecrets } from "../secrets";
import { SettingsFile } from "../settings-file";
import { ownLogin } from "../ssh/own-login";
import { projectOf } from "../stack-file";
import { confirmed, isInteractive, question } from "../terminal";
import { portNumber, show } from "./arguments";

interface EnrolOptions {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly key?: string;
  readonly settings: string;
  readonly api?: string;
  readonly acceptHostKey?: string;
  readonly setUpAnew?: true;
  readonly knownHosts: string;
  readonly print?: true;
  readonly newSecrets?: true;
  readonly backupServer?: true;
  readonly withoutSsh?: true;
  readonly fingerprint?: string;
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
    .option("--without-ssh", "of a backup server: only its address and its certificate, which you read on it and type")
    .option("--fingerprint <sha256>", "that certificate, for scripts: 32 bytes in hex")
    .option("--port <port>", "port of its SSH", portNumber, 22)
    .option("--user <name>", "account with root's rights there", "root")
    .option("--key <file>", "your private key; without it your SSH agent's, else ~/.ssh/id_ed25519")
    .option("--api <address>", "the node's API, where it is not https://<host>:8006")
    .option("--accept-host-key <fingerprint>", "SHA256:… that you have compared on the node's console")
    .option(
      "--set-up-anew",
      "it was set up anew under its old name: its host key is compared again, and takes the place of the former one, as does the authority",
    )
    .option(
      "--known-hosts <file>",
      "the file that SSH in the proxmoxve plugin reads",
      join(homedir(), ".ssh", "known_hosts"),
    )
    .option("--print", "show the secrets once, instead of writing them into the settings")
    .option(
      "--new-secrets",
      "replace the program's logins: new ones are made, written and tried, then the former ones end",
    )
    .option("--undo", "take away again what was made; nothing else")
    .option("-y, --yes", "do not ask")
    .option("--dry-run", "show every step and what it would change; do nothing")
    .option("--json", "for programs")
    .addHelpText("after", `\nRoot's shell is needed for\n${rootShellLines().join("\n")}`)
    .action(run);
}

async function run(options: EnrolOptions): Promise<void> {
  const settings = new SettingsFile(resolve(options.settings));
  if (options.withoutSsh === true) await pinServer(options, settings);
  else if (options.undo === true) await undoEnrolment(options, settings);
  else await enrolNode(options, settings);
}

const say = (line: string) => process.stderr.write(`${line}\n`);

async function enrolNode(options: EnrolOptions, settings: SettingsFile): Promise<void> {
  const { site } = siteOf(settings);
  if (options.backupServer !== true) for (const line of ["Root's shell is needed for", ...rootShellLines()]) say(line);
  const report = await enrol({
    ...(await commonOf(options, settings)),
    api: options.api,
    knownHosts: options.knownHosts,
    site,
    newSecrets: options.newSecrets === true,
    formerStay: options.print === true,
    goOn: () => agreed(options, "Go on?"),
  });
  show(options.json, report, closingLines(options, report));
  if (!report.done && options.dryRun !== true) process.exitCode = 1;
}

/** Without SSH, somebody's eyes go where we cannot. The login is made by hand then. */
async function pinServer(options: EnrolOptions, settings: SettingsFile): Promise<void> {
  const { host, dryRun, undo: taken, backupServer } = options;
  if (backupServer !== true || taken === true)
    throw new Error("--without-ssh is for a backup server that is enrolled.\nCure: make enrol PBS=<its address> …");
  const place = hostAndPort(options.api ?? httpsAddress(host, 8007));
  const report = await pinCertificate({
    ...{ ...place, settings, say, dryRun: dryRun === true },
    typed: () => typedFingerprint(options),
  });
  const login = "Its logins are made by hand: docs/how-to/logins.md says how, and how to give them to the stack.";
  show(
    options.json,
    report,
    report.done ? ["The certificate is the one that you typed.", login] : ["Nothing was changed."],
  );
}

async function typedFingerprint({ fingerprint }: EnrolOptions): Promise<string> {
  if (fingerprint !== undefined) return fingerprint;
  if (!isInteractive())
    throw new Error(
      "Nobody is here to type the certificate's fingerprint.\nCure: say --fingerprint, as you have read it on the server.",
    );
  say("On the server itself: its dashboard, Show Fingerprint; or in its shell, proxmox-backup-manager cert info");
  return question("Type the fingerprint that it shows: ");
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

async function undoEnrolment(options: EnrolOptions, settings: SettingsFile): Promise<void> {
  const { made, undone } = await undo({
    ...(await commonOf(options, settings)),
    goOn: () => agreed(options, "The program loses its way to the site. Go on?"),
  });
  const kept = made.length === 0 ? "Nothing here was made by enrolling." : "Nothing was changed.";
  const end = undone.length === 0 ? kept : `Undone. Address and host key stay in ${settings.path}.`;
  show(options.json, { made, undone }, [end]);
  if (made.length > 0 && undone.length === 0 && options.dryRun !== true) process.exitCode = 1;
}

function agreed({ yes }: EnrolOptions, text: string): Promise<boolean> {
  return yes === true ? Promise.resolve(true) : confirmed(text, "--yes");
}

/** What enrolling and undoing it have in common. */
async function commonOf(options: EnrolOptions, settings: SettingsFile) {
  const { host, port, user, key, acceptHostKey: acceptedHostKey, backupServer, dryRun, setUpAnew = false } = options;
  return {
    ...{ address: { host, port }, settings, acceptedHostKey, setUpAnew, isRight, say, secrets: secretsOf(options) },
    ...{ siteFolder: siteOf(settings).siteFolder, backupServer: backupServer === true, dryRun: dryRun === true },
    login: await ownLogin(user, key),
  };
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
