import { type Comparison } from "../../planning/comparison-schema";
import { type Stop } from "../../planning/gate";
import { type Judgement } from "../../planning/judgement-schema";
import { guestsText } from "./gathered";
import { targetText } from "./target-words";
import { timeText } from "./time-text";

/** One row of survival. */
export type Loss = Judgement["losses"][number];

/** What becomes of one service. */
export type Outcome = Loss["outcomes"][number];

/** What becomes of a service, in a few words: `back in about 22 min (at least 9 min), up to 1 d of work lost`. */
export function outcomeText({ verdict, method, bound, estimate, dataLost }: Outcome): string {
  if (verdict === "runs") return "runs on";
  if (verdict === "cut off") return "runs, out of reach from outside";
  if (verdict === "lost") return "LOST";
  const time = `${untilText(method)}back in about ${timeText(estimate ?? 0)} (at least ${timeText(bound ?? 0)})`;
  return dataLost === null || dataLost === 0 ? time : `${time}, up to ${timeText(dataLost)} of work lost`;
}

/** For whom a guest waits that has all its data; empty for any other. */
function untilText(method: Outcome["method"]): string {
  if (method === "hand") return "off until a person starts it, ";
  return method === "release" ? "off until a person lets it start or a place of record answers, " : "";
}

const SEVERITY_TEXTS: Readonly<Record<number, string>> = {
  1: "complete disaster",
  2: "partial disaster",
  3: "something has to be restored",
  4: "nothing is down",
};

/** Severity in words: `partial disaster`. */
export function severityWords(severity: number): string {
  return SEVERITY_TEXTS[severity] ?? "";
}

/** Severity with its number: `2: partial disaster`. */
export function severityText(severity: number): string {
  return `${severity}: ${severityWords(severity)}`;
}

/** Columns of the table of copies. */
export const COPY_COLUMNS = [
  "guest",
  "copies",
  "media",
  "off-site",
  "out of a thief's reach",
  "unverified",
  "stolen logins that end it",
] as const;

/** In how many formats copies are kept, in a line; none without copies. */
export function formatLines(formats: Judgement["formats"]): string[] {
  if (formats.length === 0) return [];
  const count = formats.length === 1 ? "one format" : `${formats.length} formats`;
  const lacks = formats.length > 1 ? "" : "; what an app exports by itself lies inside its guest and is in that copy";
  return [`${count}: ${formats.join("; ")}${lacks}`];
}

/** How many stolen logins end every copy of a service, and which. */
export function resistanceText({
  deletionResistance,
  credentials,
  deletionWindow,
}: Judgement["services"][number]): string {
  if (deletionResistance === null) return "none does";
  const after =
    deletionWindow === null
      ? ""
      : ` after ${deletionWindow.days} days, ${deletionWindow.count ?? "more than all"} until then`;
  return `${deletionResistance}${after}: ${credentials.join(", ")}`;
}

/** The worst that happens to any service, the longest time until all are back, and the most work that is lost. */
export function worstOf({ outcomes }: Loss): { lost: number; longest: number | undefined; work: number } {
  const times = outcomes.flatMap(({ estimate }) => estimate ?? []);
  return {
    lost: outcomes.filter(({ verdict }) => verdict === "lost").length,
    longest: times.length === 0 ? undefined : Math.max(...times),
    work: Math.max(0, ...outcomes.map(({ dataLost }) => dataLost ?? 0)),
  };
}

/** What a loss makes of a guest, in few words: `back in about 22 min, 1 d of work lost, 1 copy left`. */
export function cellText({ verdict, method, estimate, dataLost, copiesLeft }: ChangedCell["before"]): string {
  const left = `${copiesLeft} ${copiesLeft === 1 ? "copy" : "copies"} left`;
  if (verdict === "runs") return `runs on, ${left}`;
  if (verdict === "cut off") return `out of reach from outside, ${left}`;
  if (verdict === "lost") return "LOST";
  const work = dataLost === null || dataLost === 0 ? "" : `, ${timeText(dataLost)} of work lost`;
  return `${untilText(method)}back in about ${timeText(estimate ?? 0)}${work}, ${left}`;
}

/** A cell that a change touches. */
export type ChangedCell = Comparison["cells"][number];

/** Columns of the table of changed cells. */
export const CHANGE_COLUMNS = ["", "after", "guests", "before", "now", "accepted"] as const;

/** Changed cells as those columns have them: guests to which one loss comes to mean the same share a row; the worse come first. @param all Guests of the site. */
export function changeRows(cells: readonly ChangedCell[], all: number): string[][] {
  const rows = new Map<string, { readonly cells: string[]; readonly guests: string[]; readonly rank: number }>();
  for (const cell of cells) {
    const { name, guest, before, after } = cell;
    const mark = markOf(cell);
    const texts = [mark, name, cellText(before), cellText(after), acceptedText(cell)];
    const key = texts.join("\n");
    const row = rows.get(key);
    if (row === undefined) rows.set(key, { cells: texts, guests: [guest], rank: MARKS.indexOf(mark) });
    else row.guests.push(guest);
  }
  return [...rows.values()]
    .toSorted((a, b) => a.rank - b.rank)
    .map(({ cells: [mark = "", name = "", ...others], guests }) => [mark, name, guestsText(guests, all), ...others]);
}

const MARKS = ["worse", "longer", "worse and better", "better"];

function markOf({ worse, better, needsAcceptance }: ChangedCell): string {
  if (needsAcceptance) return better.length > 0 ? "worse and better" : "worse";
  return worse.length === 0 ? "better" : better.length > 0 ? "worse and better" : "longer";
}

function acceptedText({ needsAcceptance, acceptance }: ChangedCell): string {
  if (!needsAcceptance) return "";
  if (acceptance === null) return "**by nobody**";
  return `by ${acceptance.who} until ${acceptance.until}: ${acceptance.why}`;
}

/** Why something does not pass, in one sentence, with the cure. */
export function stopText({ cell, target }: Stop): string {
  if (target !== undefined) return targetText(target);
  if (cell === undefined) return "";
  const { name, vmid, guest, loss, before, after } = cell;
  const line = { object: `survival/${vmid}/${loss}`, change: "survive-less", who: "", why: "", until: "" };
  return `${guest} survives ${name} less well: ${cellText(before)} before, ${cellText(after)} now; if it is meant, add to acceptances.json, filled in: ${JSON.stringify(line)}`;
}

/** `140 identity: 2 copies, 3 before`. */
export function countChangeText({ vmid, guest, what, before, after, worse }: Comparison["counts"][number]): string {
  const text = (value: number | null) => (value === null ? "none does" : String(value));
  return `${worse ? "worse" : "better"}: ${vmid} ${guest}, ${what}: ${text(after)}, ${text(before)} before`;
}

/** `140 identity: targets.essential.rto is missed now, met before`. */
export function targetChangeText({
  vmid,
  guest,
  setting,
  written,
  before,
  after,
}: Comparison["targets"][number]): string {
  return `${vmid} ${guest}: ${setting}${written ? "" : " (default)"} is ${after} now, ${before} before`;
}

/** Cells that only the planner judges otherwise: what is lost, for whom, and both judgements. */
export function plannerRows(cells: readonly ChangedCell[], all: number): string[][] {
  return changeRows(cells, all).map((row) => row.slice(1, 5));
}

/** Whether the order of restores was ever tried, in sentences; the first begins with "Unproven" where it was not. */
export function proofLines({ proof, services }: Judgement): string[] {
  const { plan, provenOn, sheetProvenOn, guests } = proof;
  const names = new Map(services.map(({ vmid, name }) => [vmid, name]));
  const never = guests.filter((one) => one.provenOn === null).map(({ vmid }) => names.get(vmid) ?? String(vmid));
  const first =
    provenOn === null
      ? `Unproven: no drill of this plan (${plan}) passed; make drill reads guests back beside what lives.`
      : `A drill of this plan (${plan}) passed on ${provenOn}.`;
  return [
    first,
    ...(guests.length === 0
      ? []
      : [
          never.length === 0
            ? "Every guest came back in a drill."
            : never.length === guests.length
              ? "No guest ever came back in one."
              : `${guests.length - never.length} of ${guests.length} guests came back in a drill; never: ${never.join(", ")}.`,
        ]),
    sheetProvenOn === null
      ? "No escrow sheet was tried in a drill."
      : `An escrow sheet opened a backup on ${sheetProvenOn}.`,
  ];
}
