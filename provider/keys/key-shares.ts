import { combine, split } from "shamir-secret-sharing";

import { fingerprint, type Fingerprint } from "../../estate/units/fingerprint";
import { KeyError, type BackupKey } from "./backup-key";
import { placeLines, readPlace, type BackupPlace } from "./escrow";
import { bytesOfLines, keyBytes, keyOfBytes, linesOf } from "./key-groups";

/** One of several parts of a key, of which some together give the key back and fewer give nothing. Secret only with the others. */
export interface KeyShare {
  /** Which of them it is, 1 to `of`. */
  readonly number: number;
  /** How many there are, 2 to 9. */
  readonly of: number;
  /** How many give the key back, 2 to `of`. */
  readonly needed: number;
  /** First four bytes of the key's fingerprint, by which shares of other keys are told apart. */
  readonly mark: string;
  /** The share, 33 bytes: one for each byte of the key, and the point at which they were taken. */
  readonly bytes: Uint8Array;
}

/** Most shares of a key: one digit on paper. */
export const MOST_SHARES = 9;

const SHARE_BYTES = 33;
const MARK_BYTES = 4;
/** Number, how many, how many are needed, the mark, and the share. */
const LINE_COUNT = (3 + MARK_BYTES + SHARE_BYTES) / 8;

/**
 * Takes a key apart by Shamir's scheme, and puts it together again from every choice of shares before it gives them out.
 * @param shares How many, 2 to 9; `needed` of them give the key back.
 * @throws {KeyError} When the numbers are no such numbers.
 * @see A. Shamir, How to share a secret, 1979
 */
export async function splitKey(key: BackupKey, shares: number, needed: number): Promise<KeyShare[]> {
  const whole = Number.isInteger(shares) && Number.isInteger(needed);
  if (!whole || needed < 2 || needed > shares || shares > MOST_SHARES) {
    throw new KeyError(
      `Expected 2 to ${MOST_SHARES} shares of which 2 or more are needed, got ${needed} of ${shares}; 2 of 3 is usual.`,
    );
  }
  const secret = keyBytes(key);
  const parts = await split(Uint8Array.from(secret), shares, needed);
  secret.fill(0);
  const mark = markOf(key.fingerprint);
  const all = parts.map((bytes, index) => ({ number: index + 1, of: shares, needed, mark, bytes }));
  for (const chosen of choicesOf(all, needed)) expectKeyOf(await joinShares(chosen), key);
  return all;
}

/**
 * Puts a key together.
 * @returns The key; that it is the right one only its fingerprint says, which a sheet names.
 * @throws {KeyError} When there are too few shares, one twice, or of several keys; never with anything of them.
 */
export async function joinShares(shares: readonly KeyShare[]): Promise<BackupKey> {
  const [first] = shares;
  if (first === undefined) throw new KeyError("Expected shares of a key, got none.");
  const { needed, mark } = first;
  if (shares.some((share) => share.mark !== mark || share.needed !== needed || share.of !== first.of))
    throw new KeyError("These are shares of several keys or sets; take those that name the same fingerprint and day.");
  const numbers = new Set(shares.map(({ number }) => number));
  if (numbers.size < needed) {
    const there = [...numbers].sort((a, b) => a - b).join(", ");
    throw new KeyError(`Expected ${needed} of the ${first.of} shares, got number ${there}; fetch one more.`);
  }
  const points = [...numbers].flatMap((number) => shares.find((share) => share.number === number)?.bytes ?? []);
  const secret = await joined(points);
  const key = keyOfBytes(secret);
  secret.fill(0);
  if (markOf(key.fingerprint) === mark) return key;
  throw new KeyError("These shares give another key than they name; one of them is of an older set, or mistyped.");
}

async function joined(points: Uint8Array[]): Promise<Uint8Array> {
  try {
    return await combine(points);
  } catch {
    // The library's own words would be about bytes.
    throw new KeyError("These shares do not belong together; one of them is of an older set, or mistyped.");
  }
}

/** A sheet for one person, to be printed. **With enough others it gives the key**; alone it gives nothing. */
export function shareText(place: BackupPlace, share: KeyShare): string {
  const { number, of, needed } = share;
  return `SHARE ${number} OF ${of} OF THE KEY FOR THE BACKUPS OF ${place.site.toUpperCase()}
written on ${place.date}

Any ${needed} of these ${of} sheets give the key back. This one alone gives nothing: who finds it can read no backup.
Keep it where none of the others is.

${placeLines(place).join("\n")}

THE SHARE, to be typed; the last two digits of a line show a slip:

${shareLines(share).join("\n")}

HOW TO PUT THE KEY TOGETHER WITH THIS LIBRARY

   node --import=tsx commands/main.ts key join --escrow-file escrow.txt

asks for the lines of ${needed} sheets and writes an escrow sheet, with which \`restore\` and Proxmox' own client read the backups.

HOW IT IS PUT TOGETHER BY ANYBODY ELSE

The first seven bytes are the number of the share, how many there are, how many are needed, and four bytes of the key's fingerprint.
The other 33 are Shamir's scheme over GF(2^8), polynomial x^8+x^4+x^3+x+1: the last one is the point x, each other one the value
there of the polynomial for that byte of the key. Interpolated at 0 they give the 32 bytes of the key.
`;
}

/** A share in lines to be typed. */
export function shareLines({ number, of, needed, mark, bytes }: KeyShare): string[] {
  return linesOf(Buffer.concat([Buffer.from([number, of, needed]), Buffer.from(mark, "hex"), bytes]));
}

/** Lines of one share. */
export const SHARE_LINES = LINE_COUNT;

/**
 * The share behind lines as {@link shareLines} writes them.
 * @throws {KeyError} Naming the line in which something is wrong; never what was typed.
 */
export function shareOfLines(lines: readonly string[]): KeyShare {
  const all = bytesOfLines(lines, LINE_COUNT, "the whole share");
  const [number = 0, of = 0, needed = 0] = all;
  if (needed < 2 || needed > of || of > MOST_SHARES || number < 1 || number > of)
    throw new KeyError("These lines are no share of a key; type those below THE SHARE.");
  const mark = all.subarray(3, 3 + MARK_BYTES).toString("hex");
  return { number, of, needed, mark, bytes: Uint8Array.from(all.subarray(3 + MARK_BYTES)) };
}

/**
 * Reads a sheet back, from a file.
 * @throws {KeyError} When a part is missing, or the share is not of the key that the sheet names.
 */
export function readShareText(text: string): { place: BackupPlace; share: KeyShare } {
  const place = readPlace(text);
  const lines = text.split(/\r?\n/).flatMap((line) => LINE.exec(line)?.[0] ?? []);
  const share = shareOfLines(lines);
  if (share.mark === markOf(place.keyFingerprint)) return { place, share };
  throw new KeyError("The share on this sheet is not of the key whose fingerprint it names; take another copy.");
}

const LINE = /^\s*\d: (?:[0-9a-f]{4} ){4}\| [0-9a-f]{2}/i;

function markOf(of: Fingerprint): string {
  return fingerprint(of)
    .replaceAll(":", "")
    .slice(0, 2 * MARK_BYTES);
}

function expectKeyOf({ fingerprint: got }: BackupKey, key: BackupKey): void {
  if (got !== key.fingerprint)
    throw new KeyError("Shares that were just made do not give the key back; make them anew.");
}

function choicesOf<T>(all: readonly T[], count: number): T[][] {
  if (count === 0) return [[]];
  return all.flatMap((one, index) => choicesOf(all.slice(index + 1), count - 1).map((rest) => [one, ...rest]));
}
