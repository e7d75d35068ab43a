import { type MissedTarget } from "../../planning/gate";
import { byKey, guestsText } from "./gathered";
import { timeText } from "./time-text";

/** Columns of the table of targets that are not held. */
export const TARGET_COLUMNS = ["target", "after", "guests", "instead", "what would make it possible"] as const;

/** A target that is not held, as those columns have it. */
function targetCells(missed: MissedTarget, all: number): [string, string, string, string, string] {
  const { setting, seconds, written, loss, guests, cures } = missed;
  const cure =
    cures.length === 0 ? "it is possible: only figures worse than the best stand in the way" : cures.join("; ");
  const target = `${setting}: ${timeText(seconds)}${written ? "" : " (default)"}`;
  return [target, loss, guestsText(guests, all), worstText(missed), cure];
}

function worstText({ kind, estimate, beyond }: MissedTarget): string {
  if (estimate === null) return "lost for good";
  const unit = kind === "rto" ? "gone" : "of work lost";
  return `about ${timeText(estimate)} ${unit}${beyond === null || beyond === 0 ? "" : `; impossible by ${timeText(beyond)}`}`;
}

/** Targets that are not held as rows of that table: losses that mean the same to the same guests share one. @param all Guests of the site. */
export function targetRows(
  missed: readonly MissedTarget[],
  all: number,
): { readonly written: boolean; readonly cells: readonly string[] }[] {
  const rows = missed.map((one) => ({ written: one.written, cells: targetCells(one, all) }));
  const alike = byKey(rows, ({ cells: [target, , ...others] }) => [target, ...others].join("\n"));
  return alike.map((same) => {
    const [{ written, cells }] = same as [(typeof rows)[number]];
    const losses = same.map((row) => row.cells[1]).join("; ");
    return { written, cells: cells.with(1, losses) };
  });
}

/** One in a sentence: `targets.essential.rto: 4 h is not held for identity after node tappaas1: about 3 d gone (…)`. */
export function targetText(missed: MissedTarget): string {
  const [target, loss, guests, worst, cure] = targetCells(missed, Infinity);
  return `${target} is not held for ${guests} after ${loss}: ${worst} (${cure})`;
}
