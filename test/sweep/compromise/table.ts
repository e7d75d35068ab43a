import { readFileSync } from "node:fs";
import { join } from "node:path";

/** What can be done to a copy. */
export const ACTS = ["delete", "overwrite", "read", "lock out"] as const;
/** One of them. */
export type Act = (typeof ACTS)[number];
/** What somebody who tries it gets. */
export type Verdict = "yes" | "no" | "encrypted";
/** A copy of a guest. */
export type CopyName = "the guest itself" | "the backup at home" | "the copy at the vault";

/** By credential, copy and act. */
export type Verdicts = ReadonlyMap<string, ReadonlyMap<CopyName, Readonly<Record<Act, Verdict>>>>;

const PAGE = join(__dirname, "../../../docs/how-to/compromise.md");

/** The table of docs/how-to/compromise.md: a row for each credential and copy. */
export function documented(): Verdicts {
  const rows = readFileSync(PAGE, "utf8")
    .split("\n")
    .map((line) => line.split("|").map((cell) => cell.trim()))
    .filter((cells) => cells.length === 8 && /^(?:yes|no|encrypted)$/.test(cells[3] ?? ""));
  const table = new Map<string, Map<CopyName, Record<Act, Verdict>>>();
  for (const [, credential = "", copy = "", ...cells] of rows) {
    const verdicts = Object.fromEntries(ACTS.map((act, index) => [act, cells[index]])) as Record<Act, Verdict>;
    const copies = table.get(credential) ?? new Map<CopyName, Record<Act, Verdict>>();
    table.set(credential, copies.set(copy as CopyName, verdicts));
  }
  return table;
}

/** Fewest credentials with which every copy can be deleted or overwritten, by what was tried. */
export function fewestToDestroyAll(table: Verdicts): number {
  const reach = [...table.values()].map(
    (copies) =>
      new Set([...copies].filter(([, can]) => can.delete === "yes" || can.overwrite === "yes").map(([copy]) => copy)),
  );
  const all = new Set([...table.values()].flatMap((copies) => [...copies.keys()]));
  const covers = (chosen: readonly Set<CopyName>[]) => [...all].every((copy) => chosen.some((one) => one.has(copy)));
  for (let count = 1; count <= reach.length; count += 1) if (sets(reach, count).some(covers)) return count;
  return Infinity;
}

function sets<T>(items: readonly T[], count: number): T[][] {
  if (count === 0) return [[]];
  return items.flatMap((item, index) => sets(items.slice(index + 1), count - 1).map((rest) => [item, ...rest]));
}
