import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";

import { Decrypter, Encrypter } from "age-encryption";

import { writeWhole } from "../whole-file";

/** How many copies of one stack stay in a folder. */
const KEPT = 30;

const ENDING = ".state.age";

/**
 * Puts an encrypted copy of a state into each folder, by time, and takes the oldest away beyond thirty of this stack. A folder that
 * is not there, as when a disk is not plugged in, is said and stops nothing.
 * @param passphrase The stack's own: who can open its secrets can open the copy, and nobody else.
 * @param workFactor How long one guess of the passphrase takes, as the logarithm of scrypt's N; age's own 18 is about a second.
 * @returns Files that were written.
 */
export async function copyState(
  state: { readonly stack: string; readonly text: string; readonly passphrase: string },
  folders: readonly string[],
  say: (line: string) => void,
  { now = new Date(), workFactor = 18 } = {},
): Promise<string[]> {
  const encrypter = new Encrypter();
  encrypter.setPassphrase(state.passphrase);
  encrypter.setScryptWorkFactor(workFactor);
  const content = await encrypter.encrypt(state.text);
  return folders.flatMap((folder) => written(state.stack, folder, content, say, now));
}

function written(stack: string, folder: string, content: Uint8Array, say: (line: string) => void, now: Date): string[] {
  try {
    mkdirSync(folder, { recursive: true });
    const file = join(folder, `${stack}-${now.toISOString().replaceAll(":", "")}${ENDING}`);
    writeWhole(file, content, 0o600);
    for (const old of copiesIn(folder, stack).slice(0, -KEPT)) rmSync(old);
    return [file];
  } catch (error) {
    say(`No copy of the state in ${folder}: ${(error as Error).message}`);
    return [];
  }
}

/** Copies of a stack's state in a folder, oldest first. */
export function copiesIn(folder: string, stack: string): string[] {
  if (!existsSync(folder)) return [];
  const pattern = /^(?<stack>.+)-\d{4}-\d{2}-\d{2}T\d{6}\.\d{3}Z\.state\.age$/;
  const own = readdirSync(folder).filter((name) => pattern.exec(name)?.groups?.["stack"] === stack);
  return own.sort().map((name) => join(folder, name));
}

/** The state in a copy. @throws {Error} When the passphrase is another, or the file is no copy. */
export async function openCopy(file: string, passphrase: string): Promise<string> {
  const decrypter = new Decrypter();
  decrypter.addPassphrase(passphrase);
  try {
    return await decrypter.decrypt(readFileSync(file), "text");
  } catch {
    throw new Error(
      `${file} cannot be opened with this passphrase.\nCure: take the passphrase that the stack had that day.`,
    );
  }
}

/**
 * The passphrase of the stack, from where the engine has it.
 * @returns Undefined when the engine does not use one.
 */
export function statePassphrase(env: NodeJS.ProcessEnv = process.env): string | undefined {
  const { PULUMI_CONFIG_PASSPHRASE: given, PULUMI_CONFIG_PASSPHRASE_FILE: file } = env;
  if (given !== undefined && given !== "") return given;
  return file === undefined || file === "" ? undefined : readFileSync(file, "utf8").trimEnd();
}
