import { existsSync } from "node:fs";

import { type Command } from "commander";

import { dayOf } from "../../estate/units/day";
import { fingerprint } from "../../estate/units/fingerprint";
import { type BackupPlace } from "../../provider/keys/escrow";
import { type Person } from "../key/paper";
import { hiddenQuestion, question } from "../terminal";
import { portNumber } from "./arguments";

/** Where the key lies, and how the answer is printed. */
export interface KeyOptions {
  /**
   *
   */
  readonly keyFile: string;
  /**
   *
   */
  readonly identityFile: string;
  /**
   *
   */
  readonly json?: true;
}

/** What a sheet says besides. */
export interface SheetOptions extends KeyOptions {
  /**
   *
   */
  readonly site: string;
  /**
   *
   */
  readonly pbs: string;
  /**
   *
   */
  readonly pbsPort: number;
  /**
   *
   */
  readonly pbsFingerprint?: string;
  /**
   *
   */
  readonly datastore: string;
  /**
   *
   */
  readonly namespace: string;
  /**
   *
   */
  readonly escrowFile: string;
  /**
   *
   */
  readonly settings?: string;
  /**
   *
   */
  readonly folder?: string;
}

/** Options of whatever reads or makes the key. */
export function withKeyOptions(command: Command): Command {
  return command
    .option("--key-file <path>", "the encrypted key", "keys/backup-key.age")
    .option("--identity-file <path>", "what opens it; keep it from the key file", "keys/identity.txt")
    .option("--json", "for programs");
}

/** What the sheet says besides the key, so that a stranger finds the backups. */
export function withSheetOptions(command: Command): Command {
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
    .option("--settings <file>", "the stack's settings, into which fingerprint and public master key are written")
    .option("--folder <path>", "folder of the site, in which it is written down who keeps the sheet, and where")
    .option("--escrow-file <path>", "the sheet, with the key in the clear", "keys/escrow.txt");
}

/** Where the backups are, as the options say. */
export function placeOf(options: SheetOptions): Omit<BackupPlace, "keyFingerprint"> {
  const { site, pbs: address, pbsPort: port, pbsFingerprint, datastore, namespace } = options;
  const tlsFingerprint = pbsFingerprint === undefined ? undefined : fingerprint(pbsFingerprint);
  return { site, date: today(), address, port, tlsFingerprint, datastore, namespace };
}

/** `2026-11-27`. */
export function today(): string {
  return dayOf(new Date().toISOString());
}

/** @throws {Error} When one of the files is there: nothing is ever written over. */
export function rejectTaken(files: readonly string[], instead: string): void {
  const taken = files.find((file) => existsSync(file));
  if (taken === undefined) return;
  throw new Error(
    `${taken} exists already and was left as it is; ${instead}.\nCure: name other files: --key-file, --escrow-file.`,
  );
}

/** The person at this terminal. */
export const PERSON: Person = {
  say: (line) => {
    process.stderr.write(`${line}\n`);
  },
  ask: question,
  askHidden: hiddenQuestion,
};
