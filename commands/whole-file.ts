import { renameSync, writeFileSync } from "node:fs";

/** Writes a file, whole or not at all: a run that dies while it writes leaves what was there. */
export function writeWhole(file: string, text: string | Uint8Array, mode?: number): void {
  writeFileSync(`${file}.new`, text, mode === undefined ? {} : { mode });
  renameSync(`${file}.new`, file);
}

/** The same of a value, as JSON for people. */
export function writeWholeJson(file: string, value: unknown): void {
  writeWhole(file, `${JSON.stringify(value, null, 2)}\n`);
}
