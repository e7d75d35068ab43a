import { readFileSync } from "node:fs";

import { type Command } from "commander";

import { type BackupServerLogin } from "../restore/source";
import { readEscrow, type Escrow } from "../../provider/keys/escrow";
import { withPlace, type CopyPlace } from "../restore/elsewhere";
import { secretFrom } from "./arguments";

/** From where backups are read: the escrow sheet, a login, and another server that has copies. */
export interface BackupSource extends CopyPlace {
  /** The sheet's file. */
  readonly escrowFile: string;
  /** User of the backup server. */
  readonly pbsLogin: string;
}

/** Options of whatever reads backups back. */
export function withBackupSource(command: Command): Command {
  return command
    .requiredOption("--escrow-file <path>", "the escrow sheet")
    .option("--pbs-login <user>", "login to the backup server; its password or secret in PBS_PASSWORD", "root@pam")
    .option("--pbs <address>", "another backup server that has copies, with its port where it is not 8007")
    .option("--datastore <name>", "datastore of that server")
    .option("--namespace <name>", "namespace in that datastore; the root namespace by default")
    .option("--pbs-fingerprint <sha256>", "that server's certificate; leave out when publicly trusted");
}

/** The sheet with the place that was named, and the login from the environment. @throws {Error} When either is not whole. */
export function backupSourceOf(options: BackupSource): { readonly escrow: Escrow; readonly login: BackupServerLogin } {
  const escrow = withPlace(readEscrow(readFileSync(options.escrowFile, "utf8")), options);
  return { escrow, login: { username: options.pbsLogin, password: secretFrom("PBS_PASSWORD") } };
}
