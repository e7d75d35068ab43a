import { readFileSync } from "node:fs";

import { type BackupKey } from "../../provider/keys/backup-key";
import { readEscrow } from "../../provider/keys/escrow";

/** The key of an escrow sheet in a file, `-` for standard input. @throws {Error} When there is no sheet in it, or a line of it is wrong. */
export function keyOnSheet(file: string): BackupKey {
  return readEscrow(readFileSync(file === "-" ? 0 : file, "utf8")).key;
}
