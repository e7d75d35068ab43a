import { existsSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";

import { Command } from "commander";

import { fingerprint } from "../../estate/units/fingerprint";
import { expectKey, parseBackupKey, type BackupKey } from "../../provider/keys/backup-key";
import { writeEscrow, type Escrow } from "../../provider/keys/escrow";
import { keepKeyFile, mintKeyFile, readKeyFile } from "../../provider/keys/key-file";
import { keyFromLines } from "../../provider/keys/key-groups";
import { mintMasterKey, SHORTEST_PASSPHRASE, type MasterKey } from "../../provider/keys/master-key";
import { writePrivateFile } from "../../provider/keys/private-file";
import { readsFromPaper, recordCheck } from "../key/check";
import { expectLivingKey } from "../key/living";
import { storagesOfNodes } from "../key/nodes";
import { keyOnSheet } from "../key/on-sheet";
import { chosenPassphrase, isRehearsal, provePaper } from "../key/paper";
import { sheetPage } from "../key/sheet-page";
import { writeKeySettings } from "../key/settings";
import { SettingsFile } from "../settings-file";
import { isInteractive, question } from "../terminal";
import { show } from "./arguments";
import {
  PERSON,
  placeOf,
  rejectTaken,
  today,
  withKeyOptions,
  withSheetOptions,
  type KeyOptions,
  type SheetOptions,
} from "./key-options";
import { joinCommand, splitCommand } from "./key-shares";

/** `key`: the key with which backups are encrypted. */
export function keyCommand(): Command {
  const key = new Command("key").description("the key with which backups are encrypted");
  key.addCommand(mintCommand());
  key.addCommand(importCommand());
  key.addCommand(escrowCommand());
  key.addCommand(checkCommand());
  key.addCommand(showCommand());
  key.addCommand(splitCommand());
  key.addCommand(joinCommand());
  return key;
}

function mintCommand(): Command {
  return withSheetOptions(new Command("mint"))
    .description(
      "make a key, its age-encrypted file, a master key and the escrow sheet; never over a key that is there.\n" +
        "On a terminal only: the sheet goes from here to paper, and is read back from it",
    )
    .action(mint);
}

async function mint(options: SheetOptions): Promise<void> {
  const { keyFile, identityFile } = options;
  const rehearsal = isRehearsal(isInteractive());
  const masterFile = masterFileBeside(keyFile);
  rejectTaken([keyFile, ...(rehearsal ? [] : [masterFile]), ...sheetFiles(options)], "no key was made");
  const master = rehearsal ? undefined : await lockedMasterKey();
  const key = await mintKeyFile({ keyFile, identityFile });
  if (master !== undefined) await writePrivateFile(masterFile, master.publicKey);
  await finishSheet(options, key, master);
}

/** A master key, locked with a passphrase that the person chooses. */
async function lockedMasterKey(): Promise<MasterKey> {
  return mintMasterKey(await chosenPassphrase(PERSON, SHORTEST_PASSPHRASE));
}

/** Writes the sheet and, where a person is there, does not let go of it before it was read back from paper. */
async function finishSheet(options: SheetOptions, key: BackupKey, master: MasterKey | undefined): Promise<void> {
  const said = await writeSheets(options, key, master);
  if (!isInteractive()) return;
  for (const line of said) PERSON.say(line);
  const { folder, settings } = options;
  if (settings !== undefined) for (const line of writeKeySettings(resolve(settings), key, master)) PERSON.say(line);
  if (await provePaper(key, { files: sheetFiles(options), folder }, PERSON, today())) return;
  PERSON.say("Nobody has read the sheet back yet. Print it again, then: make key-check WHO=… WHERE=…");
  process.exitCode = 1;
}

/** Public half of the master key, beside the encrypted key. */
function masterFileBeside(keyFile: string): string {
  return join(dirname(keyFile), "master-public.pem");
}

/** The sheet as a page to be printed, and as text. */
function sheetFiles({ escrowFile }: SheetOptions): string[] {
  return [pageOf(escrowFile), escrowFile];
}

/** The page to be printed, beside the sheet as text. */
function pageOf(escrowFile: string): string {
  return `${escrowFile.replace(/\.txt$/, "")}.html`;
}

/** Writes the sheet, and gives back what there is to say to a person besides. */
async function writeSheets(options: SheetOptions, key: BackupKey, master: MasterKey | undefined): Promise<string[]> {
  const { keyFile, identityFile, escrowFile } = options;
  const page = pageOf(escrowFile);
  const sheet = sheetOf(options, key, master);
  await writeEscrow(escrowFile, sheet);
  await writePrivateFile(page, sheetPage(sheet));
  show(options.json, { fingerprint: key.fingerprint, keyFile, identityFile, escrowFile, page }, [
    `Key ${key.fingerprint}`,
    `  encrypted in   ${keyFile}`,
    `  opened by      ${identityFile}`,
    `  escrow sheet   ${page}, and as text ${escrowFile}  <- ${PRINT_IT}`,
    ...(options.settings === undefined ? ["Write the fingerprint into the stack's settings: key.fingerprint."] : []),
  ]);
  if (master !== undefined) return [];
  return ["This sheet holds no master key: where there is one, it stands only on the sheet that was made with it."];
}

interface ImportOptions extends SheetOptions {
  readonly from?: string;
  /** True where a person types it. */
  readonly fromPaper?: string | true;
  readonly expect?: string;
  /** False with --no-master-key. */
  readonly masterKey: boolean;
}

function importCommand(): Command {
  return withSheetOptions(new Command("import"))
    .description("take in a key with which the nodes encrypt already; never over a key that is there")
    .option("--from <file>", "the key as PBS has it: /etc/pve/priv/storage/<storage>.enc of a node")
    .option("--no-master-key", "make none: the site has one already, on another sheet")
    .option(
      "--from-paper [file]",
      "the escrow sheet in this file, `-` for standard input; without one, ask for its lines of groups",
    )
    .option(
      "--expect <fingerprint>",
      "compare with this fingerprint, and not with what the nodes of --settings use now",
    )
    .action(async (options: ImportOptions) => {
      const { from, fromPaper, keyFile, identityFile } = options;
      const rehearsal = isRehearsal(isInteractive());
      rejectTaken([keyFile, ...sheetFiles(options)], "no key was taken in");
      const key = fromPaper === undefined ? keyIn(from) : await keyOnPaper(fromPaper);
      await expectRightKey(key, options);
      const masterFile = masterFileBeside(keyFile);
      const master = !rehearsal && wantsMasterKey(options) ? await lockedMasterKey() : undefined;
      await keepKeyFile({ keyFile, identityFile }, key);
      if (master !== undefined) await writePrivateFile(masterFile, master.publicKey);
      await finishSheet(options, key, master);
    });
}

/** A second master key would leave a sheet that opens nothing, as the backups are made with the first. */
function wantsMasterKey({ masterKey, keyFile, settings }: ImportOptions): boolean {
  const named = settings === undefined ? undefined : new SettingsFile(resolve(settings)).get("key", "masterPublicKey");
  return masterKey && !existsSync(masterFileBeside(keyFile)) && (named === undefined || named === "");
}

/** A key that nobody encrypts with would be kept, escrowed and trusted, and read nothing. */
async function expectRightKey(
  key: BackupKey,
  { expect, settings, pbs: server, datastore }: ImportOptions,
): Promise<void> {
  if (expect !== undefined) expectKey(key, fingerprint(expect));
  else if (settings === undefined) {
    throw new Error(
      "It is not said with what the key is to be compared; nothing was taken in.\n" +
        "Cure: SITE=home, so that it is compared with what the nodes use now, or --expect <fingerprint of the storage or sheet>.",
    );
  } else expectLivingKey(key, await storagesOfNodes(resolve(settings)), { server, datastore });
}

function keyIn(from: string | undefined): BackupKey {
  if (from === undefined) throw new Error("It is not said where the key is.\nCure: --from <file>, or --from-paper.");
  return parseBackupKey(readFileSync(from, "utf8"));
}

async function keyOnPaper(sheet: string | true): Promise<BackupKey> {
  if (sheet !== true) return keyOnSheet(sheet);
  if (!isInteractive())
    throw new Error("Paper is read by a person.\nCure: run it on a terminal, or name a file: --from-paper escrow.txt.");
  const lines: string[] = [];
  for (let line = 1; line <= 4; line += 1)
    lines.push(await question(`Line ${line} of the sheet, with its last two digits: `));
  return keyFromLines(lines);
}

interface CheckOptions extends KeyOptions {
  readonly who: string;
  readonly where: string;
  readonly folder: string;
}

function checkCommand(): Command {
  return withKeyOptions(new Command("check"))
    .description(
      "ask for four groups of the key from paper, and write down who keeps the sheet, where, and that it was read today",
    )
    .requiredOption("--who <name>", "who keeps that sheet")
    .requiredOption("--where <place>", "where it lies")
    .requiredOption("--folder <path>", "folder of the site")
    .action(async ({ keyFile, identityFile, who, where, folder, json }: CheckOptions) => {
      if (!isInteractive())
        throw new Error("A key is checked by a person who holds the paper.\nCure: run it on a terminal.");
      const key = await readKeyFile(keyFile, identityFile);
      if (!(await readsFromPaper(key, question))) {
        throw new Error(
          "The groups are not those of this key; nothing was written down.\n" +
            "Cure: read them again; if they are right on the paper, it is the sheet of another key: print a new one (key escrow).",
        );
      }
      const { places } = recordCheck(folder, key, { who, where }, today());
      const lines = places.map((place) => `${place.checked}  ${place.who}, ${place.where}`);
      show(json, { places }, [
        ...lines,
        ...(places.length < 2 ? ["One sheet only: put a second one in another house."] : []),
      ]);
    });
}

const PRINT_IT = "print it, keep it away from the site, then remove both files";

function escrowCommand(): Command {
  return withSheetOptions(new Command("escrow"))
    .description("write the escrow sheet of a key that is there, once more")
    .action(async (options: SheetOptions) => {
      const { keyFile, identityFile } = options;
      isRehearsal(isInteractive());
      rejectTaken(sheetFiles(options), "nothing was written");
      await finishSheet(options, await readKeyFile(keyFile, identityFile), undefined);
    });
}

function showCommand(): Command {
  return withKeyOptions(new Command("show"))
    .description("fingerprint of the key, never the key")
    .action(async ({ keyFile, identityFile, json }: KeyOptions) => {
      const { fingerprint: shown } = await readKeyFile(keyFile, identityFile);
      show(json, { fingerprint: shown }, [shown]);
    });
}

function sheetOf(options: SheetOptions, key: BackupKey, master: MasterKey | undefined): Escrow {
  const sheet = { ...placeOf(options), key };
  return master === undefined ? sheet : { ...sheet, masterKey: master.privateKey };
}
