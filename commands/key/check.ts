import { randomInt } from "node:crypto";
import { join } from "node:path";

import { ESCROW_FILE, type EscrowRecord } from "../../estate/escrow-record";
import { valueOf } from "../../estate/problem";
import { type BackupKey } from "../../provider/keys/backup-key";
import { keyGroups } from "../../provider/keys/key-groups";
import { readEscrow } from "../escrow-file";
import { writeWholeJson } from "../whole-file";

/** How many groups are asked for: enough to show that the paper is this key's, too few to hand the key to whoever looks on. */
const ASKED = 4;

/**
 * Asks for four groups from paper, chosen anew each time.
 * @param groups All groups of the sheet, four a line.
 * @param ask Asks for one group and gives back what was typed.
 * @returns Whether all of them were right. What was typed is kept nowhere.
 */
export async function readsGroups(
  groups: readonly string[],
  ask: (question: string) => Promise<string>,
  choose: (of: number) => readonly number[] = fourOf,
): Promise<boolean> {
  let right = true;
  for (const index of choose(groups.length)) {
    const [line, place] = [Math.floor(index / 4) + 1, (index % 4) + 1];
    const typed = await ask(`Line ${line}, group ${place} on the paper: `);
    // All are asked for, so that a wrong answer does not say which one it was.
    right = typed.trim().toLowerCase() === groups[index] && right;
  }
  return right;
}

/** Times that paper is asked for before it is left for another day. */
const TRIES = 3;

/**
 * Lets a person read paper back, three times at most.
 * @param read One try.
 * @param wrong What is said after one that was wrong.
 */
export async function readsBackInTime(read: () => Promise<boolean>, wrong: () => void): Promise<boolean> {
  for (let tries = 1; !(await read()); tries += 1) {
    if (tries === TRIES) return false;
    wrong();
  }
  return true;
}

/** Asks for four groups of the key from its sheet, as {@link readsGroups} does. */
export async function readsFromPaper(
  key: BackupKey,
  ask: (question: string) => Promise<string>,
  choose?: (of: number) => readonly number[],
): Promise<boolean> {
  return readsGroups(keyGroups(key), ask, choose);
}

function fourOf(of: number): number[] {
  const chosen = new Set<number>();
  while (chosen.size < ASKED) chosen.add(randomInt(of));
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
  const known = knownOf(folder, key);
  const others = known.places.filter((place) => place.who !== who || place.where !== where);
  return kept(folder, { ...known, fingerprint: key.fingerprint, places: [...others, { who, where, checked: today }] });
}

/** Writes down who keeps the shares of a key that was just taken apart: an older set is of no use beside them. */
export function recordShares(
  folder: string,
  key: BackupKey,
  shares: NonNullable<EscrowRecord["shares"]>,
): EscrowRecord {
  return kept(folder, { ...knownOf(folder, key), fingerprint: key.fingerprint, shares });
}

function knownOf(folder: string, { fingerprint }: BackupKey): EscrowRecord {
  const read = readEscrow(folder);
  return read === undefined
    ? { version: 1 as const, fingerprint, places: [], checkEveryDays: 180 }
    : valueOf(read, ESCROW_FILE);
}

function kept(folder: string, record: EscrowRecord): EscrowRecord {
  const file = join(folder, ESCROW_FILE);
  writeWholeJson(file, record);
  return record;
}
