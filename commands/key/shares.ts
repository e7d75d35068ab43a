import { randomInt } from "node:crypto";
import { existsSync, rmSync } from "node:fs";

import { type EscrowRecord } from "../../estate/escrow-record";
import { type BackupKey } from "../../provider/keys/backup-key";
import { groupsOf } from "../../provider/keys/key-groups";
import { joinShares, SHARE_LINES, shareOfLines, type KeyShare } from "../../provider/keys/key-shares";
import { readsBackInTime, readsGroups, recordShares } from "./check";
import { type Person } from "./paper";

/** Where a share is until it is on paper, and where it is written down who keeps it. */
export interface ShareFiles {
  /** Writes the files of one share, which hold it in the clear, and names them, the page to be printed first. */
  readonly write: (share: KeyShare) => Promise<readonly string[]>;
  /** Folder of the site; undefined where there is none yet. */
  readonly folder: string | undefined;
}

/** Times that a share is asked for before it is left for another day. */
const TRIES = 3;

type Keepers = NonNullable<EscrowRecord["shares"]>["places"];

/**
 * Goes through the shares one by one: printed, read back from paper, given to a person, its files removed. So no two of them lie on a
 * disk or a table at once. A share that nobody reads back is none: its files are removed too.
 * @returns Numbers of the shares that nobody read back.
 */
export async function handOut(
  key: BackupKey,
  shares: readonly KeyShare[],
  { write, folder }: ShareFiles,
  person: Person,
  today: string,
): Promise<number[]> {
  const places: Keepers = [];
  const left: number[] = [];
  for (const share of shares) {
    const { number, of } = share;
    const files = await write(share);
    await person.ask(
      `Share ${number} of ${of}: print ${files[0] ?? "it"}, then press Enter with the paper in your hands. `,
    );
    const isRead = await readsBack(share, person);
    for (const file of files) rmSync(file);
    if (!isRead) left.push(number);
    else places.push(...(await keeperOf(number, person, today)));
  }
  const [first] = shares;
  if (folder === undefined || !existsSync(folder) || first === undefined || places.length === 0) return left;
  recordShares(folder, key, { needed: first.needed, of: first.of, places });
  person.say(`Written down in ${folder}: ${places.map(({ number, who }) => `${number} with ${who}`).join(", ")}.`);
  return left;
}

async function keeperOf(number: number, { ask }: Person, checked: string): Promise<Keepers> {
  const who = await ask("Who gets this share? (Enter: write nothing down) ");
  if (who === "") return [];
  const where = await ask("Where will it lie? ");
  return where === "" ? [] : [{ number, who, where, checked }];
}

async function readsBack({ bytes }: KeyShare, { say, ask }: Person): Promise<boolean> {
  // The first line names the share and its set; what is asked for is the share itself.
  const groups = groupsOf(Buffer.concat([Buffer.alloc(7), bytes]));
  const own = (of: number) => fourBetween(4, of);
  return readsBackInTime(
    () => readsGroups(groups, ask, own),
    () => {
      say("That is not what the share says. Read them once more, from the paper.");
    },
  );
}

/** Four places from `from` on, spread over all that there are. */
function fourBetween(from: number, of: number): number[] {
  const step = (of - from) / 4;
  return [0, 1, 2, 3].map((part) => from + Math.floor(part * step) + randomInt(Math.max(1, Math.floor(step))));
}

/**
 * Asks for shares, line by line, until there are enough.
 * @throws {KeyError} When they do not belong together; a line with a slip is asked for again.
 */
export async function typedShares({ say, ask }: Person): Promise<BackupKey> {
  const shares: KeyShare[] = [];
  do {
    say(`Sheet ${shares.length + 1}${shares[0] === undefined ? "" : ` of the ${shares[0].needed} that are needed`}:`);
    const share = await typedShare({ say, ask });
    if (shares.some(({ number }) => number === share.number))
      say(`Share ${share.number} was there already; take another.`);
    else shares.push(share);
  } while (shares.length < (shares[0]?.needed ?? 2));
  return joinShares(shares);
}

async function typedShare({ say, ask }: Pick<Person, "say" | "ask">): Promise<KeyShare> {
  for (let tries = 1; ; tries += 1) {
    const lines: string[] = [];
    for (let line = 1; line <= SHARE_LINES; line += 1)
      lines.push(await ask(`Line ${line}, with its last two digits: `));
    try {
      return shareOfLines(lines);
    } catch (error) {
      if (tries === TRIES) throw error;
      say((error as Error).message);
    }
  }
}
