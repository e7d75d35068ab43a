import { readFileSync } from "node:fs";
import { resolve } from "node:path";

import { Command, InvalidArgumentError } from "commander";

import { ensureIdentity, recipientOf } from "../../provider/keys/key-file";
import { accept, accepting } from "../peer/accept";
import { opened } from "../peer/invitation";
import { invite } from "../peer/invite";
import { stackSecrets } from "../secrets";
import { fileFrom, stackFrom, terminalTalk, withStackOptions, type StackOptions } from "./stack-options";

/** `peer`: one text by which another place may fetch copies. */
export function peerCommand(): Command {
  const peer = new Command("peer").description("let another place fetch copies, by one text that only it can open");
  return peer.addCommand(keyCommand()).addCommand(inviteCommand()).addCommand(acceptCommand());
}

const IDENTITY = "keys/peer-identity.txt";

function keyCommand(): Command {
  return new Command("key")
    .description("print this side's public key, to which the other side encrypts; made when there is none")
    .option("--identity-file <file>", "the secret half; it stays on this machine", IDENTITY)
    .action(async ({ identityFile }: { readonly identityFile: string }) => {
      console.log(await recipientOf(await ensureIdentity(resolve(identityFile))));
    });
}

interface InviteOptions extends StackOptions {
  readonly to: string;
  readonly reader?: string;
  readonly address?: string;
  readonly days: number;
}

function inviteCommand(): Command {
  return withStackOptions(new Command("invite"))
    .description("print the text for the place that is to fetch; it changes nothing")
    .requiredOption("--to <age1…>", "the other side's public key, as `peer key` prints it there")
    .option("--reader <user>", "user of backup.readers, where there are several")
    .option("--address <address>", "this site's backup server as the other side reaches it")
    .option("--days <number>", "days for which it can be taken, 1 to 30", days, 3)
    .action(async (options: InviteOptions) => {
      const { to: recipient, reader: user, address, days: valid } = options;
      const order = { recipient, user, address, days: valid, now: new Date() };
      const { text, until, authId } = await invite(stackFrom(options), order);
      console.log(text);
      terminalTalk(false).say(
        `Good until ${until}, for the holder of ${recipient} alone. It holds the secret of ${authId}.`,
      );
    });
}

interface AcceptOptions extends StackOptions {
  readonly name: string;
  readonly file: string;
  readonly identityFile: string;
  readonly address?: string;
  readonly path?: string;
  readonly dryRun?: true;
  readonly yes?: true;
}

function acceptCommand(): Command {
  return withStackOptions(new Command("accept"))
    .description("take an invitation into the settings and secrets of a vault; `make up` then fetches")
    .requiredOption("--name <name>", "name that the other site gets here")
    .requiredOption("--file <file>", "the text; /dev/stdin to paste it")
    .option("--identity-file <file>", "the secret half of this side's key", IDENTITY)
    .option("--address <address>", "the other site's backup server as this side reaches it")
    .option("--path <directory>", "directory on this side's server for the copies")
    .option("--dry-run", "show what would be written; write nothing")
    .option("--yes", "do not ask")
    .action(runAccept);
}

async function runAccept(options: AcceptOptions): Promise<void> {
  const settingsFile = fileFrom(options);
  const { name, address, path } = options;
  const identity = await ensureIdentity(resolve(options.identityFile));
  const invitation = await opened(readFileSync(options.file, "utf8"), identity, new Date());
  const order = { invitation, settingsFile, name, address, path };
  const accepted = accepting(order);
  const talk = terminalTalk(options.yes === true);
  for (const line of accepted.lines) talk.say(line);
  if (options.dryRun === true) return;
  if (!(await talk.confirm(`Write it into ${settingsFile}?`))) {
    talk.say("Nothing was changed.");
    process.exitCode = 3;
    return;
  }
  await accept(order, accepted, stackSecrets(settingsFile));
  talk.say("Written. `make up` fetches from tonight on.");
}

function days(text: string): number {
  const number = Number(text);
  if (Number.isInteger(number) && number >= 1 && number <= 30) return number;
  throw new InvalidArgumentError("Expected whole days from 1 to 30.");
}
