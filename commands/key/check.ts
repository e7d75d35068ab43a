import { randomInt } from "node:crypto";
import { renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { ESCROW_FILE, type EscrowRecord } from "../../estate/escrow-record";
import { valueOf } from "../../estate/problem";
import { type BackupKey } from "../../provider/keys/backup-key";
import { GROUPS, keyGroups } from "../../provider/keys/key-groups";
import { readEscrow } from "../escrow-file";

/** How many groups are asked for: enough to show that the paper is this key's, too few to hand the key to whoever looks on. */
const ASKED = 4;

/**
 * Asks for four groups of the key from paper, chosen anew each time.
 * @param ask Asks for one group and gives back what was typed.
 * @returns Whether all of them were right. What was typed is kept nowhere.
 */
export async function readsFromPaper(
  key: BackupKey,
  ask: (question: string) => Promise<string>,
  choose: () => readonly number[] = fourOfThem,
): Promise<boolean> {
  const groups = keyGroups(key);
  let right = true;
  for (const index of choose()) {
    const [line, place] = [Math.floor(index / 4) + 1, (index % 4) + 1];
    const typed = await ask(`Line ${line}, group ${place} on the paper: `);
    // All are asked for, so that a wrong answer does not say which one it was.
    right = typed.trim().toLowerCase() === groups[index] && right;
  }
  return right;
}

function fourOfThem(): number[] {
  const chosen = new Set<number>();
  while (chosen.size < ASKED) chosen.add(randomInt(GROUPS));
  return [...chosen].sort((a, b) => a - b);
}

/** A place that holds a sheet, as somebody has just seen it. */
export interface SeenSheet {
  /** Who keeps it. */
  readonly who: string;
  /** Where. */
  readonly where: string;
}

/** Writes down in the site's folder that somebody has read the sheet in a place today. Nothing of the key is in it. */
export function recordCheck(folder: string, key: BackupKey, { who, where }: SeenSheet, today: string): EscrowRecord {
  const file = join(folder, ESCROW_FILE);
  const read = readEscrow(folder);
  const known =
    read === undefined
      ? { version: 1 as const, fingerprint: key.fingerprint, places: [], checkEveryDays: 180 }
      : valueOf(read, ESCROW_FILE);
  const others = known.places.filter((place) => place.who !== who || place.where !== where);
  const record = { ...known, fingerprint: key.fingerprint, places: [...others, { who, where, checked: today }] };
  writeFileSync(`${file}.new`, `${JSON.stringify(record, null, 2)}\n`);
  renameSync(`${file}.new`, file);
  return record;
}
