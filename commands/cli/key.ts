import { existsSync, readFileSync } from "node:fs";

import { Command } from "commander";

import { fingerprint } from "../../estate/units/fingerprint";
import { expectKey, parseBackupKey, type BackupKey } from "../../provider/keys/backup-key";
import { writeEscrow, type Escrow } from "../../provider/keys/escrow";
import { keepKeyFile, mintKeyFile, readKeyFile } from "../../provider/keys/key-file";
import { keyFromLines } from "../../provider/keys/key-groups";
import { writePrivateFile } from "../../provider/keys/private-file";
import { readsFromPaper, recordCheck } from "../key/check";
import { sheetPage } from "../key/sheet-page";
import { isInteractive, question } from "../terminal";
import { portNumber, show } from "./arguments";

interface KeyOptions {
  readonly keyFile: string;
  readonly identityFile: string;
  readonly json?: true;
}

interface SheetOptions extends KeyOptions {
  readonly site: string;
  readonly pbs: string;
  readonly pbsPort: number;
  readonly pbsFingerprint?: string;
  readonly datastore: string;
  readonly namespace: string;
  readonly escrowFile: string;
}

/** `key`: the key with which backups are encrypted. */
export function keyCommand(): Command {
  const key = new Command("key").description("the key with which backups are encrypted");
  key.addCommand(mintCommand());
  key.addCommand(importCommand());
  key.addCommand(escrowCommand());
  key.addCommand(checkCommand());
  key.addCommand(showCommand());
  return key;
}

function mintCommand(): Command {
  return withSheetOptions(new Command("mint"))
    .description("make a key, its age-encrypted file and the escrow sheet; never over a key that is there")
    .action(mint);
}

async function mint(options: SheetOptions): Promise<void> {
  const { keyFile, identityFile } = options;
  rejectTakenSheet(options, "no key was made");
  await writeSheets(options, await mintKeyFile({ keyFile, identityFile }));
}

function rejectTakenSheet({ escrowFile }: SheetOptions, instead: string): void {
  const taken = [escrowFile, pageOf(escrowFile)].find((file) => existsSync(file));
  if (taken !== undefined) throw new Error(`${taken} exists already; ${instead}.\nCure: say --escrow-file.`);
}

/** The page to be printed, beside the sheet as text. */
function pageOf(escrowFile: string): string {
  return `${escrowFile.replace(/\.txt$/, "")}.html`;
}

async function writeSheets(options: SheetOptions, key: BackupKey): Promise<void> {
  const { keyFile, identityFile, escrowFile } = options;
  const page = pageOf(escrowFile);
  await writeEscrow(escrowFile, sheetOf(options, key));
  await writePrivateFile(page, sheetPage(sheetOf(options, key)));
  show(options.json, { fingerprint: key.fingerprint, keyFile, identityFile, escrowFile, page }, [
    `Key ${key.fingerprint}`,
    `  encrypted in   ${keyFile}`,
    `  opened by      ${identityFile}`,
    `  escrow sheet   ${page}, and as text ${escrowFile}  <- ${PRINT_IT}`,
    "Write the fingerprint into the stack's settings: key.fingerprint.",
    "When the sheet lies in its place: make key-check WHO=… WHERE=…, which asks for four groups from the paper.",
  ]);
}

interface ImportOptions extends SheetOptions {
  readonly from?: string;
  readonly fromPaper?: true;
  readonly expect?: string;
}

function importCommand(): Command {
  return withSheetOptions(new Command("import"))
    .description("take in a key with which the nodes encrypt already; never over a key that is there")
    .option("--from <file>", "the key as PBS has it: /etc/pve/priv/storage/<storage>.enc of a node")
    .option("--from-paper", "ask for the lines of groups of an escrow sheet")
    .option("--expect <fingerprint>", "fingerprint that PVE shows for the storage; another key is refused")
    .action(async (options: ImportOptions) => {
      const { from, fromPaper, expect, keyFile, identityFile } = options;
      rejectTakenSheet(options, "no key was taken in");
      const key = fromPaper === true ? await typedKey() : keyIn(from);
      if (expect !== undefined) expectKey(key, fingerprint(expect));
      await keepKeyFile({ keyFile, identityFile }, key);
      await writeSheets(options, key);
    });
}

function keyIn(from: string | undefined): BackupKey {
  if (from === undefined) throw new Error("It is not said where the key is.\nCure: --from <file>, or --from-paper.");
  return parseBackupKey(readFileSync(from, "utf8"));
}

async function typedKey(): Promise<BackupKey> {
  if (!isInteractive())
    throw new Error("Paper is read by a person.\nCure: run it on a terminal, or say --from <file>.");
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
      const today = new Date().toISOString().slice(0, "2026-11-21".length);
      const { places } = recordCheck(folder, key, { who, where }, today);
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
      const { keyFile, identityFile, escrowFile } = options;
      rejectTakenSheet(options, "nothing was written");
      const sheet = sheetOf(options, await readKeyFile(keyFile, identityFile));
      await writeEscrow(escrowFile, sheet);
      await writePrivateFile(pageOf(escrowFile), sheetPage(sheet));
      show(options.json, { escrowFile, page: pageOf(escrowFile) }, [
        `${pageOf(escrowFile)}, ${escrowFile}  <- ${PRINT_IT}`,
      ]);
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

function withKeyOptions(command: Command): Command {
  return command
    .option("--key-file <path>", "the encrypted key", "keys/backup-key.age")
    .option("--identity-file <path>", "what opens it; keep it from the key file", "keys/identity.txt")
    .option("--json", "for programs");
}

/** What the sheet says besides the key, so that a stranger finds the backups. */
function withSheetOptions(command: Command): Command {
  return withKeyOptions(command)
    .requiredOption("--site <name>", "name of the site, for the sheet")
    .requiredOption("--pbs <address>", "name or address of the Proxmox Backup Server, for the sheet")
    .option("--pbs-port <port>", "its port", portNumber, 8007)
    .option(
      "--pbs-fingerprint <fingerprint>",
      "SHA-256 fingerprint of its certificate; leave out when publicly trusted",
    )
    .option("--datastore <name>", "datastore that holds the backups", "tappaas_backup")
    .option("--namespace <path>", "namespace in it", "")
    .option("--escrow-file <path>", "the sheet, with the key in the clear", "keys/escrow.txt");
}

function sheetOf(options: SheetOptions, key: BackupKey): Escrow {
  const { site, pbs: address, pbsPort: port, pbsFingerprint, datastore, namespace } = options;
  const date = new Date().toISOString().slice(0, "2026-11-21".length);
  const tlsFingerprint = pbsFingerprint === undefined ? undefined : fingerprint(pbsFingerprint);
  return { site, date, address, port, tlsFingerprint, datastore, namespace, key };
}
