import { type Comparison } from "../../planning/comparison-schema";
import { type MissedTarget, type Stop } from "../../planning/gate";
import { type Judgement } from "../../planning/judgement-schema";
import { namesOf } from "../../planning/service-names";

/** One row of survival. */
export type Loss = Judgement["losses"][number];

/** What becomes of one service. */
export type Outcome = Loss["outcomes"][number];

const UNITS = [
  { name: "d", seconds: 86_400 },
  { name: "h", seconds: 3_600 },
  { name: "min", seconds: 60 },
  { name: "s", seconds: 1 },
] as const;

/** A time in its two largest units: `3 min`, `5 h 20 min`, `2 d 4 h`. */
export function timeText(seconds: number): string {
  const rounded = seconds < 60 ? Math.round(seconds) : Math.round(seconds / 60) * 60;
  const at = UNITS.findIndex((unit) => rounded >= unit.seconds);
  if (at < 0) return "0 s";
  const [large, small] = [UNITS[at], UNITS[at + 1]];
  if (large === undefined) return "0 s";
  const whole = Math.floor(rounded / large.seconds);
  const rest = small === undefined ? 0 : Math.round((rounded % large.seconds) / small.seconds);
  return rest === 0 || small === undefined ? `${whole} ${large.name}` : `${whole} ${large.name} ${rest} ${small.name}`;
}

/** What becomes of a service, in a few words: `back in about 22 min (at least 9 min), up to 1 d of work lost`. */
export function outcomeText({ verdict, bound, estimate, dataLost }: Outcome): string {
  if (verdict === "runs") return "runs on";
  if (verdict === "cut off") return "runs, out of reach from outside";
  if (verdict === "lost") return "LOST";
  const time = `back in about ${timeText(estimate ?? 0)} (at least ${timeText(bound ?? 0)})`;
  return dataLost === null || dataLost === 0 ? time : `${time}, up to ${timeText(dataLost)} of work lost`;
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

/** How many stolen logins end every copy of a service, and which. */
export function resistanceText({ deletionResistance, credentials }: Judgement["services"][number]): string {
  return deletionResistance === null ? "none does" : `${deletionResistance}: ${credentials.join(", ")}`;
}

/** Pairs of losses, those first that take most, with the names of the guests that they take. */
export function worstPairs(judgement: Judgement): (Judgement["pairs"][number] & { readonly gone: string })[] {
  const names = namesOf(judgement);
  return judgement.pairs
    .toSorted((a, b) => b.lost.length - a.lost.length)
    .map((pair) => ({ ...pair, gone: pair.lost.map((vmid) => names.get(vmid) ?? String(vmid)).join(", ") }));
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

/** Columns of the table of targets that are not held. */
export const TARGET_COLUMNS = ["target", "after", "guests", "instead", "what would make it possible"] as const;

/** A target that is not held, as those columns have it. */
export function targetCells({ setting, seconds, written, loss, guests, ...rest }: MissedTarget): string[] {
  const { kind, estimate, beyond, cures } = rest;
  const unit = kind === "rto" ? "gone" : "of work lost";
  const worst =
    estimate === null
      ? "lost for good"
      : `about ${timeText(estimate)} ${unit}${beyond === null || beyond === 0 ? "" : `; impossible by ${timeText(beyond)}`}`;
  const cure =
    cures.length === 0 ? "it is possible: only figures worse than the best stand in the way" : cures.join("; ");
  return [`${setting}: ${timeText(seconds)}${written ? "" : " (default)"}`, loss, guests.join(", "), worst, cure];
}

/** The same in one sentence: `targets.essential.rto: 4 h is not held for identity after node tappaas1: about 3 d gone (…)`. */
export function targetText(missed: MissedTarget): string {
  const [target = "", loss = "", guests = "", worst = "", cure = ""] = targetCells(missed);
  return `${target} is not held for ${guests} after ${loss}: ${worst} (${cure})`;
}

/** What a loss makes of a guest, in few words: `back in about 22 min, 1 d of work lost, 1 copy left`. */
export function cellText({ verdict, estimate, dataLost, copiesLeft }: ChangedCell["before"]): string {
  const left = `${copiesLeft} ${copiesLeft === 1 ? "copy" : "copies"} left`;
  if (verdict === "runs") return `runs on, ${left}`;
  if (verdict === "cut off") return `out of reach from outside, ${left}`;
  if (verdict === "lost") return "LOST";
  const work = dataLost === null || dataLost === 0 ? "" : `, ${timeText(dataLost)} of work lost`;
  return `back in about ${timeText(estimate ?? 0)}${work}, ${left}`;
}

/** A cell that a change touches. */
export type ChangedCell = Comparison["cells"][number];

/** Columns of the table of changed cells. */
export const CHANGE_COLUMNS = ["", "after", "guests", "before", "now", "accepted"] as const;

/** Changed cells as those columns have them: guests to which one loss comes to mean the same share a row; the worse come first. */
export function changeRows(cells: readonly ChangedCell[]): string[][] {
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
    .map(({ cells: [mark = "", name = "", ...others], guests }) => [mark, name, guests.join(", "), ...others]);
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
export function plannerRows(cells: readonly ChangedCell[]): string[][] {
  return changeRows(cells).map((row) => row.slice(1, 5));
}

/** Bytes as people say them: `1.4 TB`, `820 GB`. */
export function bytesText(bytes: number): string {
  return bytes >= 1e12 ? `${(bytes / 1e12).toFixed(1)} TB` : `${(bytes / 1e9).toFixed(bytes >= 1e10 ? 0 : 1)} GB`;
}

/** Days as people say them: `27 days`, `3 years`. */
function spanText(days: number): string {
  const years = Math.round((days / 365.25) * 10) / 10;
  if (years < 1) return days === 1 ? "1 day" : `${days} days`;
  return years === 1 ? "1 year" : `${years} years`;
}

/** What is said of a night's backup. */
export function windowLines({ window }: Judgement): string[] {
  if (window === null) return [];
  const { bound, estimate, limit, fits, measured } = window;
  const time = limit === null ? "no chore of the datastore follows" : `the next chore begins ${timeText(limit)} later`;
  const first = `A night's backup takes about ${timeText(estimate)} when everything is read, and at least ${timeText(bound)}; ${time}${fits ? "" : ". It does not fit"}.`;
  if (measured === null) return [first];
  const { measuredOn, seconds, bytes, timesLeast, suspicious } = measured;
  const times = `${timesLeast.toFixed(timesLeast < 10 ? 1 : 0)} times the least possible`;
  const advice = suspicious ? "; that is more than slow disks explain: look at network, CPU and disks" : "";
  return [first, `The run of ${measuredOn} took ${timeText(seconds)} for ${bytesText(bytes)}, ${times}${advice}.`];
}

/** Columns of the table of what is kept. */
export const STORE_COLUMNS = [
  "after",
  "versions of a guest",
  "the oldest of them",
  "the datastore holds about",
  "at least",
] as const;

/** What is kept and how large it is, as those columns have it. */
export function storeRows({ store }: Judgement): string[][] {
  return (store?.days ?? []).map(({ days, held, bound, estimate }) => [
    spanText(days),
    held.map(({ copy, versions }) => `${versions}${held.length > 1 ? ` (${copy})` : ""}`).join(", "),
    held.map(({ oldestDays }) => spanText(oldestDays)).join(", "),
    bytesText(estimate),
    bytesText(bound),
  ]);
}

/** When the datastore is full, in a sentence. */
export function fullText({ store }: Judgement): string {
  if (store === null) return "No guest has a backup.";
  if (store.size === null) return "Nobody wrote down how large the datastore is: datastoreSize in planning.json.";
  if (store.fullAfter === null) return `Its ${bytesText(store.size)} suffice for ten years.`;
  return `Its ${bytesText(store.size)} are full after about ${spanText(store.fullAfter)}.`;
}

/** Columns of the table of what choices cost. */
export const COST_COLUMNS = [
  "what is added",
  "a month",
  "all back after one thing breaks",
  "after a disaster",
  "",
] as const;

/** Choices as those columns have them, the cheapest first. */
export function costRows({ cost }: Judgement): string[][] {
  if (cost === null) return [];
  const time = (seconds: number | null) => (seconds === null ? "never: data is lost" : timeText(seconds));
  return cost.choices
    .toSorted((a, b) => a.perMonth - b.perMonth)
    .map(({ adds, perMonth, afterFailure, afterDisaster, onFrontier }) => [
      adds.length === 0 ? "nothing: the site as it is" : adds.join(", "),
      `${perMonth.toFixed(2)} ${cost.currency}`,
      time(afterFailure),
      time(afterDisaster),
      onFrontier ? "" : "another is as good for less",
    ]);
}

/** What the site costs, in a sentence. */
export function costText({ cost }: Judgement): string {
  if (cost === null) return "There is no price table: prices in planning.json.";
  const { currency, asOf, perMonth, parts, unpriced } = cost;
  const each = parts.map(({ name, perMonth: part }) => `${name} ${part.toFixed(2)}`).join(", ");
  const without = unpriced.length === 0 ? "" : ` Without a price: ${unpriced.join(", ")}.`;
  return `${perMonth.toFixed(2)} ${currency} a month${each === "" ? "" : ` (${each})`}, by prices of ${asOf}.${without}`;
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
