/** How much a line matters, in syslog's words. */
export type Level = "info" | "notice" | "warning" | "err";

/** One line of what happened. */
export interface Entry {
  /** Moment in seconds of virtual time. */
  readonly time: number;
  /** How much it matters. */
  readonly level: Level;
  /** Who says it: `node1/crm`, `node1/lrm`, `hardware`, `replication`. */
  readonly source: string;
  /** What happened. */
  readonly text: string;
}

/** A line as the logs of pve-ha-manager's own regression tests show it. */
export function journalLine({ time, level, source, text }: Entry): string {
  return `${level.padEnd(7)} ${String(time).padStart(6)} ${source.padStart(15)}: ${text}`;
}

/** All lines, oldest first, each with a line end. */
export function journalText(entries: readonly Entry[]): string {
  return entries.map((entry) => `${journalLine(entry)}\n`).join("");
}
