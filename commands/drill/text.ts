import { type DrillPlan } from "../../estate/drill-plan";
import { type DrillRecord, type DrillResult } from "../../planning/drill-record";
import { timeText } from "../report/time-text";

const GIB = 1_073_741_824;

/** What a drill would do, for a person who has to say yes to it. */
export function planLines(
  { guests, source, login, bridge }: DrillPlan,
  { from, fingerprint }: DrillRecord["key"],
): string[] {
  const lines = guests.map(
    ({ name, of, guest, node, takenAt, bytes }) =>
      `  ${of} ${name} as ${guest} on ${node}: backup of ${takenAt}, ${(bytes / GIB).toFixed(2)} GiB`,
  );
  const key =
    from === "escrow sheet" ? "the key of the escrow sheet" : "the key that the nodes carry (no sheet is tried)";
  return [
    `Would be restored through ${source.storage} by ${login}, with ${key} ${fingerprint.slice(0, 11)}…, one after the other:`,
    ...lines,
    bridge === undefined
      ? "Each gets new network addresses, loses its network cards, is started, and is destroyed when it has answered. What lives is not touched."
      : `They are on the bridge "${bridge}" together, which leads nowhere, are started each after what it needs, and are destroyed when all have answered. What lives is not touched.`,
  ];
}

/** What a drill found, guest by guest. */
export function resultLines({ guests, left, key, network }: DrillRecord): string[] {
  return [
    "What the drill found:",
    ...guests.map(lineOf),
    ...left.map((line) => `LEFT: ${line}`),
    ...(left.length === 0 ? ["Nothing is left of it: no guest, no volume, no task."] : []),
    ...(network === undefined
      ? ["Each was alone: what it needs of others was not tried (drill.bridge in the settings does)."]
      : []),
    ...(key.from === "nodes" ? ["No escrow sheet was tried: --escrow-file <its text> does."] : []),
  ];
}

function lineOf({ vmid, name, verdict, why, seconds: { restore, boot } }: DrillResult): string {
  const times = [
    ...(restore === undefined ? [] : [`restored in ${timeText(restore)}`]),
    ...(boot === undefined ? [] : [`answered after ${boot.toFixed(1)} s`]),
  ];
  const word = verdict === "failed" ? "FAILED" : verdict;
  return `  ${vmid} ${name}: ${word}: ${why}${times.length === 0 ? "" : ` (${times.join(", ")})`}`;
}
