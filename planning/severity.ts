import { type Aftermath } from "./aftermath";
import { type Copy } from "./model";
import { type Outcome } from "./survival";

/** How bad a loss is, in TAPPaaS' levels, and who is called. */
export interface Severity {
  /** 1 complete disaster, 2 partial, 3 something has to be restored, 4 nothing is down. */
  readonly level: 1 | 2 | 3 | 4;
  /** Who is called. */
  readonly called: string;
}

const SEVERITIES = {
  1: { level: 1, called: "everyone involved" },
  2: { level: 2, called: "every on-call engineer" },
  3: { level: 3, called: "at least one on-call engineer" },
  4: { level: 4, called: "nobody at night: it is mended by day" },
} as const satisfies Readonly<Record<number, Severity>>;

/**
 * Severity by what is down: everything, or anything for good, is a complete disaster; several services a partial one; one service,
 * or a copy that is gone, has to be restored. A power cut has everything down and nothing to bring back: it is a partial one.
 */
export function severityOf(
  outcomes: readonly Outcome[],
  copies: readonly Copy[],
  { whole, spoiltDays, power }: Aftermath,
): Severity {
  const down = outcomes.filter(({ verdict }) => verdict !== "runs");
  if (outcomes.some(({ verdict }) => verdict === "lost")) return SEVERITIES[1];
  if (spoiltDays !== undefined && copies.every((copy) => whole.has(copy))) return SEVERITIES[3];
  if (down.length > 0 && down.length === outcomes.length)
    return !power && down.some(({ verdict }) => verdict === "returns") ? SEVERITIES[1] : SEVERITIES[2];
  if (down.length > 1) return SEVERITIES[2];
  return down.length === 1 || copies.some((copy) => !whole.has(copy)) ? SEVERITIES[3] : SEVERITIES[4];
}
