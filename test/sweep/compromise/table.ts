import { readFileSync } from "node:fs";
import { join } from "node:path";

/** What can be done to a copy, each with its letter in the table. */
export const ACTS = ["delete", "overwrite", "read", "lock out"] as const;
/** One of them. */
export type Act = (typeof ACTS)[number];
/** What somebody who tries it gets: `undone` is done, and given back from old versions that the thief does not reach. */
export type Verdict = "yes" | "no" | "encrypted" | "undone";
/** Of each act what came of it. */
export type Row = Readonly<Record<Act, Verdict>>;

/** Copies of a guest, each a column of the table. */
export const COPIES = [
  "the guest itself",
  "the backup at home",
  "the copy at the vault",
  "the copy at the peer",
  "the append-only bucket",
  "the ordinary bucket",
  "the copy at the provider",
] as const;
/** One of them. */
export type CopyName = (typeof COPIES)[number];

/** By credential and copy. */
export type Verdicts = ReadonlyMap<string, ReadonlyMap<CopyName, Row>>;

const PAGE = join(__dirname, "../../../docs/how-to/compromise.md");
const LETTERS: Readonly<Record<Act, string>> = { delete: "D", overwrite: "O", read: "R", "lock out": "L" };

/** The table of docs/how-to/compromise.md: a row for each credential, a column for each copy. */
export function documented(): Verdicts {
  const rows = readFileSync(PAGE, "utf8")
    .split("\n")
    .map((line) =>
      line
        .split("|")
        .slice(1, -1)
        .map((cell) => cell.trim()),
    )
    .filter((cells) => cells.length === COPIES.length + 1);
  const [head = [], , ...body] = rows;
  if (head.slice(1).join() !== COPIES.join()) throw new Error(`the table of ${PAGE} has other columns: ${head.join()}`);
  return new Map(
    body.map(([credential = "", ...cells]) => [
      credential,
      new Map(COPIES.map((copy, index) => [copy, rowOf(cells[index] ?? "")])),
    ]),
  );
}

/** A cell as it is written: `DORL`, small for what is undone or cannot be read, `–` for nothing. */
export function cellOf(row: Row): string {
  const letters = ACTS.map((act) =>
    row[act] === "no" ? "" : row[act] === "yes" ? LETTERS[act] : LETTERS[act].toLowerCase(),
  );
  return letters.join("") || "–";
}

function rowOf(cell: string): Row {
  const of = (act: Act): Verdict => {
    const letter = LETTERS[act];
    if (cell.includes(letter)) return "yes";
    if (!cell.includes(letter.toLowerCase())) return "no";
    return act === "read" ? "encrypted" : "undone";
  };
  return { delete: of("delete"), overwrite: of("overwrite"), read: of("read"), "lock out": of("lock out") };
}

/**
 * Fewest credentials with which every one of some copies is destroyed, by what was tried.
 * @param afterWindow Whether what was deleted in a bucket with versions has been gone for longer than its old versions stay.
 */
export function fewestToDestroyAll(table: Verdicts, copies: readonly CopyName[], afterWindow: boolean): number {
  const destroys = (row: Row | undefined) =>
    row?.delete === "yes" || row?.overwrite === "yes" || (afterWindow && row?.delete === "undone");
  const reach = [...table.values()].map((row) => new Set(copies.filter((copy) => destroys(row.get(copy)))));
  const covers = (chosen: readonly Set<CopyName>[]) => copies.every((copy) => chosen.some((one) => one.has(copy)));
  for (let count = 1; count <= reach.length; count += 1) if (sets(reach, count).some(covers)) return count;
  return Infinity;
}

function sets<T>(items: readonly T[], count: number): T[][] {
  if (count === 0) return [[]];
  return items.flatMap((item, index) => sets(items.slice(index + 1), count - 1).map((rest) => [item, ...rest]));
}
