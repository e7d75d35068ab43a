import { readFileSync } from "node:fs";
import { resolve } from "node:path";

import { Command, InvalidArgumentError } from "commander";

import { ensureIdentity, recipientOf } from "../../provider/keys/key-file";
import { accept, accepting } from "../peer/accept";
import { cardOf, cardText } from "../peer/card";
import { InvitationError, opened } from "../peer/invitation";
import { invite, newLink } from "../peer/invite";
import { linkKey } from "../peer/link-key";
import { SettingsFile } from "../settings-file";
import { stackSecrets } from "../secrets";
import { fileFrom, stackFrom, terminalTalk, withStackOptions, type StackOptions } from "./stack-options";

/** `peer`: one text by which another place may fetch copies. */
export function peerCommand(): Command {
  const peer = new Command("peer").description("let another place fetch copies, by one text that only it can open");
  return peer.addCommand(keyCommand()).addCommand(inviteCommand()).addCommand(acceptCommand());
}

interface KeyOptions extends StackOptions {
  readonly identityFile: string;
  readonly link?: string;
  readonly endpoint?: string;
}

const IDENTITY = "keys/peer-identity.txt";

function keyCommand(): Command {
  return withStackOptions(new Command("key"))
    .description("print this side's public key, to which the other side encrypts; made when there is none")
    .option("--identity-file <file>", "the secret half; it stays on this machine", IDENTITY)
    .option(
      "--link <name>",
      "with this side's end of a link of that name, whose key is made on the backup server's machine",
    )
    .option("--endpoint <host:port>", "where that end is dialled, UDP; leave it out behind NAT")
    .action(async ({ identityFile, link: name, endpoint, ...where }: KeyOptions) => {
      const recipient = await recipientOf(await ensureIdentity(resolve(identityFile)));
      const link = name === undefined ? undefined : { publicKey: await linkKey(fileFrom(where), name), endpoint };
      console.log(cardText({ recipient, link }));
    });
}

interface InviteOptions extends StackOptions {
  readonly to: string;
  readonly reader?: string;
  readonly address?: string;
  readonly link?: string;
  readonly endpoint?: string;
  readonly days: number;
  readonly yes?: true;
}

function inviteCommand(): Command {
  return withStackOptions(new Command("invite"))
    .description("print the text for the place that is to fetch; it changes nothing but a link's settings")
    .requiredOption("--to <age1…>", "the other side's public key, as `peer key` prints it there")
    .option("--reader <user>", "user of backup.readers, where there are several")
    .option("--address <address>", "this site's backup server as the other side reaches it")
    .option("--link <name>", "let it come over a link of that name, and write this side's end into the settings")
    .option("--endpoint <host:port>", "where this side is dialled for it, UDP; leave it out behind NAT")
    .option("--yes", "do not ask")
    .option("--days <number>", "days for which it can be taken, 1 to 30", days, 3)
    .action(async (options: InviteOptions) => {
      const { to, reader: user, address, days: valid } = options;
      const { recipient } = cardOf(to);
      const link = await linkOf(options);
      const order = { recipient, user, address, link: link?.told, days: valid, now: new Date() };
      const { text, until, authId } = await invite(stackFrom(options), order);
      await link?.write();
      console.log(text);
      terminalTalk(false).say(
        `Good until ${until}, for the holder of ${recipient} alone. It holds the secret of ${authId}.`,
      );
    });
}

/** This side's end of the link that is wanted: what the other side is told of it, and how it comes into the settings. */
async function linkOf(options: InviteOptions) {
  const { link: name, endpoint, to } = options;
  if (name === undefined) return undefined;
  const { link: theirs } = cardOf(to);
  if (theirs === undefined) {
    throw new InvitationError(
      "The other side's line says nothing of a link.\nCure: let it run make peer-key with LINK=<name>, and send the whole line.",
    );
  }
  const stack = stackFrom(options);
  const publicKey = await linkKey(stack.settingsFile, name);
  const { settings, told } = newLink(stack, name, { theirs, publicKey, endpoint });
  const talk = terminalTalk(options.yes === true);
  const write = async (): Promise<void> => {
    talk.say(`The link ${name} lets ${told.yours} reach port 8007 of the backup server, and nothing else.`);
    if (!(await talk.confirm(`Write it into ${stack.settingsFile}?`)))
      throw new InvitationError("Nothing was changed.");
    const file = new SettingsFile(stack.settingsFile);
    file.set(["links", name], settings);
    file.save();
    talk.say("Written. `make up` makes it.");
  };
  return { told, write };
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
