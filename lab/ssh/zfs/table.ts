/** One column of a printed table. */
export interface Column {
  /** Heading, in capitals. */
  readonly heading: string;
  /** Numbers stand at the right, names at the left. */
  readonly align: "left" | "right";
}

/** Rows under headings, two spaces between columns, as `zpool list` prints for people. */
export function printTable(columns: readonly Column[], rows: readonly (readonly string[])[]): string {
  const headings = columns.map(({ heading }) => heading);
  const widths = headings.map((heading, index) =>
    Math.max(heading.length, ...rows.map((row) => row[index]?.length ?? 0)),
  );
  const line = (cells: readonly string[]) =>
    cells.map((cell, index) => pad(cell, widths[index] ?? 0, columns[index], index === cells.length - 1)).join("  ");
  return [headings, ...rows].map((row) => `${line(row)}\n`).join("");
}

function pad(cell: string, width: number, column: Column | undefined, last: boolean): string {
  if (column?.align === "right") return cell.padStart(width);
  return last ? cell : cell.padEnd(width);
}

/** Rows for scripts (`-H`): no headings, one tab between values. */
export function printScripted(rows: readonly (readonly string[])[]): string {
  return rows.map((row) => `${row.join("\t")}\n`).join("");
}
