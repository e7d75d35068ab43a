import { existsSync, rmSync } from "node:fs";

import { type BackupKey } from "../../provider/keys/backup-key";
import { readsBackInTime, readsFromPaper, recordCheck } from "./check";

/** The person who makes a key, as the commands reach them. */
export interface Person {
  /** Shows a line. */
  readonly say: (line: string) => void;
  /** Asks for a line. */
  readonly ask: (question: string) => Promise<string>;
  /** Asks for a secret, which is not shown while it is typed. */
  readonly askHidden: (question: string) => Promise<string>;
}

/** Variable by which a rehearsal on a stand-in for a site says that nobody prints anything there. */
const REHEARSAL = "TAPPAAS_REHEARSAL";

/**
 * Whether this is a rehearsal, in which no paper is made.
 * @throws {Error} When it is none and no person is there: the sheet holds the key in the clear, and goes from here to paper.
 */
export function isRehearsal(interactive: boolean, env: NodeJS.ProcessEnv = process.env): boolean {
  if (interactive) return false;
  if (env[REHEARSAL] === "1") return true;
  throw new Error(
    "The escrow sheet holds the key in the clear, and goes from here to paper; nobody is here to print it. Nothing was made.\n" +
      "Cure: run it on a terminal.",
  );
}

/** Asks twice for the passphrase of the master key, until both are the same and long enough to be worth something. */
export async function chosenPassphrase({ say, askHidden }: Person, shortest: number): Promise<string> {
  say(
    "The master key opens every backup, also of keys to come. Its private half stands on the sheet alone, locked with a passphrase.",
  );
  say("Keep the passphrase where the sheet is not: in your head, in a password manager, with another person.");
  for (;;) {
    const first = await askHidden(`Passphrase of the master key, ${shortest} characters or more: `);
    if (first.length < shortest) say(`That has ${first.length} characters; four words by chance are easier to keep.`);
    else if ((await askHidden("Once more: ")) === first) return first;
    else say("These were two different ones.");
  }
}

/** Where the printed sheet is looked after. */
export interface SheetFiles {
  /** The sheet's files, in the clear. */
  readonly files: readonly string[];
  /** Folder of the site, where the place of the sheet is written down; undefined where there is none yet. */
  readonly folder: string | undefined;
}

/**
 * Asks for four groups from the printed sheet, writes down who keeps it and where, and offers to remove its files.
 * @returns Whether the sheet was read back.
 */
export async function provePaper(
  key: BackupKey,
  { files, folder }: SheetFiles,
  { say, ask }: Person,
  today: string,
): Promise<boolean> {
  await ask(`Print ${files[0] ?? "the sheet"}, then press Enter with the paper in your hands. `);
  const wrong = () => {
    say("That is not what the key says. Read them once more, from the paper.");
  };
  if (!(await readsBackInTime(() => readsFromPaper(key, ask), wrong))) return false;
  if (folder !== undefined && existsSync(folder)) await writeDown(key, folder, { say, ask }, today);
  if (/^(?:y|yes)$/i.test(await ask(`Remove ${files.join(" and ")} now, which hold the key in the clear? [y/N] `))) {
    for (const file of files) rmSync(file);
    say("Removed.");
  }
  return true;
}

async function writeDown(key: BackupKey, folder: string, { say, ask }: Pick<Person, "say" | "ask">, today: string) {
  const who = await ask("Who keeps this sheet? (Enter: write nothing down) ");
  if (who === "") return;
  const where = await ask("Where does it lie? ");
  if (where === "") return;
  const { places, checkEveryDays } = recordCheck(folder, key, { who, where }, today);
  say(
    `Written down in ${folder}: ${who}, ${where}. It wants to be looked at again within ${checkEveryDays} days (make key-check).`,
  );
  if (places.length < 2) say("One sheet only: print a second one and put it in another house.");
}
