import { createHash } from "node:crypto";

import { fingerprintOfKey, KeyError, parseBackupKey, type BackupKey } from "./backup-key";

/** Groups of four hexadecimal digits in which a key of 32 bytes is written on paper. */
export const GROUPS = 16;
const GROUPS_A_LINE = 4;
const DIGITS = 4;
const BYTES_A_LINE = (GROUPS_A_LINE * DIGITS) / 2;

/** The key in groups of four digits, to be typed and compared. Secret. */
export function keyGroups(key: BackupKey): string[] {
  return groupsOf(keyBytes(key));
}

/** The key in four numbered lines of groups, each with two digits that show a slip of the pen. Secret. */
export function groupLines(key: BackupKey): string[] {
  return linesOf(keyBytes(key));
}

/** The 32 bytes of a key. Secret. */
export function keyBytes({ json }: BackupKey): Buffer {
  const { data } = JSON.parse(json) as { data: string };
  return Buffer.from(data, "base64");
}

/** The key of 32 bytes, in PBS' own form. */
export function keyOfBytes(secret: Uint8Array, now: Date = new Date()): BackupKey {
  const time = `${now.toISOString().slice(0, "2026-11-21T21:00:00".length)}+00:00`;
  const data = Buffer.from(secret).toString("base64");
  const own = fingerprintOfKey(secret);
  return parseBackupKey(JSON.stringify({ kdf: null, created: time, modified: time, data, fingerprint: own }));
}

/** Bytes in groups of four digits. */
export function groupsOf(bytes: Uint8Array): string[] {
  return Buffer.from(bytes).toString("hex").match(/.{4}/g) ?? [];
}

/** Bytes, eight a line, in numbered lines of groups with two digits that show a slip. */
export function linesOf(bytes: Uint8Array): string[] {
  const groups = groupsOf(bytes);
  return Array.from({ length: Math.ceil(groups.length / GROUPS_A_LINE) }, (_, line) => {
    const own = groups.slice(line * GROUPS_A_LINE, (line + 1) * GROUPS_A_LINE);
    return `${line + 1}: ${own.join(" ")} | ${checkOf(line, own)}`;
  });
}

/**
 * The key behind lines as {@link groupLines} writes them, typed in from paper.
 * @throws {KeyError} Naming the line in which something is wrong; never what was typed.
 */
export function keyFromLines(lines: readonly string[], now: Date = new Date()): BackupKey {
  return keyOfBytes(bytesOfLines(lines, GROUPS / GROUPS_A_LINE, "the whole key"), now);
}

/**
 * The bytes behind as many lines as {@link linesOf} wrote.
 * @param whole What is to be typed, for the message.
 * @throws {KeyError} Naming the line in which something is wrong; never what was typed.
 */
export function bytesOfLines(lines: readonly string[], count: number, whole: string): Buffer {
  const bytes = Buffer.from(lines.flatMap((text, line) => groupsIn(text, line)).join(""), "hex");
  if (bytes.length === count * BYTES_A_LINE) return bytes;
  throw new KeyError(`Expected ${count} lines of groups, got ${lines.length}; type ${whole}.`);
}

function groupsIn(text: string, line: number): string[] {
  const words = text
    .toLowerCase()
    .replace(/^\s*\d+\s*:/, "")
    .replace("|", " ")
    .trim()
    .split(/\s+/);
  const [groups, check] = [words.slice(0, GROUPS_A_LINE), words[GROUPS_A_LINE]];
  const whole = groups.length === GROUPS_A_LINE && groups.every((group) => /^[0-9a-f]{4}$/.test(group));
  if (!whole || words.length !== GROUPS_A_LINE + 1) {
    throw new KeyError(`Expected line ${line + 1} as four groups of four digits, a bar and two digits; type it again.`);
  }
  if (check !== checkOf(line, groups)) {
    throw new KeyError(
      `Line ${line + 1} does not fit its last two digits: a digit in it is wrong; compare it with the paper.`,
    );
  }
  return groups;
}

/** Two digits over a line and its number, so that neither a slip nor two lines changed about pass. */
function checkOf(line: number, groups: readonly string[]): string {
  return createHash("sha256")
    .update(`${line} ${groups.join(" ")}`)
    .digest("hex")
    .slice(0, 2);
}
