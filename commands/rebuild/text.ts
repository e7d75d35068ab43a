import { type RebuildPlan } from "../../estate/rebuild-plan";
import { tableLines } from "../text-table";
import { type LeftOut } from "./plan";
import { type Measured } from "./measured";

const GIB = 1_073_741_824;

/** What a rebuild would do, for a person who has to say yes to it. */
export function planLines({ guests, source, login }: RebuildPlan, left: readonly LeftOut[]): string[] {
  const total = Math.max(...guests.map(({ predicted }) => predicted.serves));
  const lines = guests.flatMap(({ guest, name, node, takenAt, bytes, starts, restoreAfter, predicted, ...moved }) => {
    const turn = restoreAfter.length === 0 ? "at once" : `after ${restoreAfter.join(", ")}`;
    const end = starts
      ? `serves after ${spanText(predicted.serves)}`
      : `restored after ${spanText(predicted.restored)}, stays off`;
    const changed = Object.entries(moved.configuration ?? {}).filter(([line]) => line !== "tags");
    return [
      `  ${guest} ${name} on ${node}: backup of ${takenAt}, ${(bytes / GIB).toFixed(2)} GiB, ${turn}; ${end}`,
      ...(changed.length === 0 ? [] : [`    ${changed.map(([line, value]) => `${line}: ${value}`).join("; ")}`]),
    ];
  });
  return [
    `Would be restored through ${source.storage} by ${login}, over nothing that lives, in this order:`,
    ...lines,
    `Predicted: all is back after ${spanText(total)}.`,
    ...leftLines(left),
  ];
}

/** What is not restored, and why. */
export function leftLines(left: readonly LeftOut[]): string[] {
  const lacking = left.filter(({ lives }) => !lives);
  const living = left.filter(({ lives }) => lives);
  return [
    ...(living.length === 0 ? [] : [`Left alone, because it lives: ${living.map(({ guest }) => guest).join(", ")}`]),
    ...(lacking.length === 0 ? [] : ["NOT covered:", ...lacking.map(({ guest, why }) => `  ${guest}: ${why}`)]),
  ];
}

/** What was measured, beside what was predicted, as a table. */
export function measuredLines({ guests }: RebuildPlan, measured: Measured): string[] {
  const rows = guests.flatMap(({ guest, name, starts, predicted }) => {
    const real = measured.guests[guest];
    const restored = row(`${guest} ${name}`, "restored", predicted.restored, real?.restored);
    if (!starts) return [restored];
    return [restored, row("", "runs", predicted.runs ?? predicted.serves, real?.runs)];
  });
  const ends = guests.map(({ starts, predicted }) =>
    starts ? (predicted.runs ?? predicted.serves) : predicted.restored,
  );
  return [
    "Measured, from the first restore on:",
    ...tableLines([
      ["", "", "predicted", "measured", "off by"],
      ...rows,
      row("all", "", Math.max(...ends), measured.total),
    ]).map((line) => `  ${line}`),
  ];
}

function row(who: string, what: string, predicted: number, real: number | undefined): string[] {
  const off = real === undefined || real === 0 ? "" : `${Math.round(((predicted - real) / real) * 100)} %`;
  return [who, what, spanText(predicted), spanText(real), off];
}

function spanText(seconds: number | undefined): string {
  if (seconds === undefined) return "unknown";
  if (seconds < 120) return `${seconds.toFixed(0)} s`;
  return seconds < 7_200 ? `${(seconds / 60).toFixed(0)} min` : `${(seconds / 3600).toFixed(1)} h`;
}
