import { createHash } from "node:crypto";

import { fingerprintOfKey, KeyError, parseBackupKey, type BackupKey } from "./backup-key";

/** Groups of four hexadecimal digits in which a key of 32 bytes is written on paper. */
export const GROUPS = 16;
const GROUPS_A_LINE = 4;
const DIGITS = 4;

/** The key in groups of four digits, to be typed and compared. Secret. */
export function keyGroups(key: BackupKey): string[] {
  const { data } = JSON.parse(key.json) as { data: string };
  const hex = Buffer.from(data, "base64").toString("hex");
  return Array.from({ length: GROUPS }, (_, index) => hex.slice(index * DIGITS, (index + 1) * DIGITS));
}

/** The groups in four numbered lines, each with two digits that show a slip of the pen. Secret. */
export function groupLines(key: BackupKey): string[] {
  const groups = keyGroups(key);
  return Array.from({ length: GROUPS / GROUPS_A_LINE }, (_, line) => {
    const own = groups.slice(line * GROUPS_A_LINE, (line + 1) * GROUPS_A_LINE);
    return `${line + 1}: ${own.join(" ")} | ${checkOf(line, own)}`;
  });
}

/**
 * The key behind lines as {@link groupLines} writes them, typed in from paper.
 * @throws {KeyError} Naming the line in which something is wrong; never what was typed.
 */
export function keyFromLines(lines: readonly string[], now: Date = new Date()): BackupKey {
  const groups = lines.flatMap((text, line) => groupsIn(text, line));
  if (groups.length !== GROUPS) {
    throw new KeyError(`Expected ${GROUPS / GROUPS_A_LINE} lines of groups, got ${lines.length}; type the whole key.`);
  }
  const secret = Buffer.from(groups.join(""), "hex");
  const time = `${now.toISOString().slice(0, "2026-11-21T21:00:00".length)}+00:00`;
  const own = fingerprintOfKey(secret);
  return parseBackupKey(
    JSON.stringify({ kdf: null, created: time, modified: time, data: secret.toString("base64"), fingerprint: own }),
  );
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
