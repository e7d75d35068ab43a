import { existsSync } from "node:fs";

import { Command } from "commander";

import { fingerprint } from "../../estate/units/fingerprint";
import { type BackupKey } from "../../provider/keys/backup-key";
import { writeEscrow, type Escrow } from "../../provider/keys/escrow";
import { mintKeyFile, readKeyFile } from "../../provider/keys/key-file";
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
  key.addCommand(escrowCommand());
  key.addCommand(showCommand());
  return key;
}

function mintCommand(): Command {
  return withSheetOptions(new Command("mint"))
    .description("make a key, its age-encrypted file and the escrow sheet; never over a key that is there")
    .action(mint);
}

async function mint(options: SheetOptions): Promise<void> {
  const { keyFile, identityFile, escrowFile } = options;
  if (existsSync(escrowFile))
    throw new Error(`${escrowFile} exists already; no key was made.\nCure: say --escrow-file.`);
  const minted = await mintKeyFile({ keyFile, identityFile });
  await writeEscrow(escrowFile, sheetOf(options, minted));
  show(options.json, { fingerprint: minted.fingerprint, keyFile, identityFile, escrowFile }, [
    `Key ${minted.fingerprint}`,
    `  encrypted in   ${keyFile}`,
    `  opened by      ${identityFile}`,
    `  escrow sheet   ${escrowFile}  <- ${PRINT_IT}`,
    "Write the fingerprint into the stack's settings: key.fingerprint.",
  ]);
}

const PRINT_IT = "print it, keep it away from the site, then remove the file";

function escrowCommand(): Command {
  return withSheetOptions(new Command("escrow"))
    .description("write the escrow sheet of a key that is there, once more")
    .action(async (options: SheetOptions) => {
      const { keyFile, identityFile, escrowFile } = options;
      await writeEscrow(escrowFile, sheetOf(options, await readKeyFile(keyFile, identityFile)));
      show(options.json, { escrowFile }, [`${escrowFile}  <- ${PRINT_IT}`]);
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
