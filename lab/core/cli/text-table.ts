/** How an answer is printed. */
export interface TableStyle {
  /** Lines around and between cells. */
  readonly border: boolean;
  /** Column names on top. */
  readonly header: boolean;
}

type Row = Readonly<Record<string, unknown>>;

/**
 * An answer as text: a list as a table, an object as a table of two columns, anything else as a line.
 * Source: pve-common, src/PVE/CLIFormatter.pm `print_api_result`.
 */
export function textOf(answer: unknown, style: TableStyle): string {
  if (answer === undefined || answer === null) return "";
  if (Array.isArray(answer)) return listTable(answer as unknown[], style);
  if (typeof answer !== "object") return `${cell(answer)}\n`;
  const rows = Object.entries(answer)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]): Row => ({ key, value: value as unknown }));
  return rows.length === 0 ? "" : table(["key", "value"], rows, style);
}

function listTable(answer: readonly unknown[], style: TableStyle): string {
  if (answer.length === 0) return "";
  if (answer.some((row) => typeof row !== "object")) return answer.map((row) => `${cell(row)}\n`).join("");
  const rows = answer as readonly Row[];
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))].sort();
  return table(columns, rows, style);
}

function table(columns: readonly string[], rows: readonly Row[], { border, header }: TableStyle): string {
  const cells = rows.map((row) => columns.map((name) => cell(row[name])));
  const widths = columns.map((name, index) => Math.max(name.length, ...cells.map((row) => row[index]?.length ?? 0)));
  const numeric = columns.map((name) => rows.every((row) => row[name] === undefined || typeof row[name] === "number"));
  const padded = (row: readonly string[]) =>
    row.map((text, index) => {
      const width = widths[index] ?? 0;
      return numeric[index] === true ? text.padStart(width) : text.padEnd(width);
    });
  const line = (row: readonly string[]) =>
    border ? `│ ${padded(row).join(" │ ")} │` : padded(row).join(" ").trimEnd();
  const rule = (left: string, fill: string, middle: string, right: string) =>
    border ? [`${left}${widths.map((width) => fill.repeat(width + 2)).join(middle)}${right}`] : [];
  const body = cells.flatMap((row, index) => [...(index > 0 ? rule("├", "─", "┼", "┤") : []), line(row)]);
  const head = header ? [line(columns), ...rule("╞", "═", "╪", "╡")] : [];
  return `${[...rule("┌", "─", "┬", "┐"), ...head, ...body, ...rule("└", "─", "┴", "┘")].join("\n")}\n`;
}

/** One value as text; what is no scalar as JSON. */
export function cell(value: unknown): string {
  if (value === undefined || value === null) return "";
  return typeof value === "string" ? value : JSON.stringify(value);
}
