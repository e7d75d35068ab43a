import { missedTargets } from "../../planning/gate";
import { type Judgement } from "../../planning/judgement-schema";
import { markdownTable } from "../markdown-table";
import { byKey, gatheredPairs, guestsText, someOf } from "./gathered";
import { personLines, personsCount } from "./person-words";
import { COST_COLUMNS, costRows, costText, fullText, STORE_COLUMNS, storeRows, windowLines } from "./store-words";
import { TARGET_COLUMNS, targetRows } from "./target-words";
import { TERM_COLUMNS, termRows } from "./term-words";
import { timeText } from "./time-text";
import {
  CHANGE_COLUMNS,
  changeRows,
  COPY_COLUMNS,
  countChangeText,
  formatLines,
  plannerRows,
  proofLines,
  resistanceText,
  severityText,
  targetChangeText,
  worstOf,
  type Loss,
} from "./words";

/** The report as a pull request shows it. */
export function markdownOf(judgement: Judgement): string {
  return [
    `# What ${judgement.site} survives`,
    seenLine(judgement),
    ...stopSection(judgement),
    ...glassSection(judgement),
    ...changeSection(judgement),
    ...targetSection(judgement),
    ...lossSection(judgement),
    ...personSection(judgement),
    ...termSection(judgement),
    ...pairSection(judgement),
    ...copySection(judgement),
    ...orderSection(judgement),
    ...proofSection(judgement),
    ...storeSection(judgement),
    ...costSection(judgement),
    ...assumptionSection(judgement),
  ].join("\n\n");
}

function seenLine({ observedAt, services }: Judgement): string {
  const seen = observedAt === null ? "Nobody has looked at the site yet." : `The site was looked at on ${observedAt}.`;
  return `${services.length} guests. ${seen} Every time is a lower bound from physics and an estimate; \`--json\` has each term.`;
}

function stopSection({ stops }: Judgement): string[] {
  if (stops.length === 0) return [];
  return ["## Why it does not pass", stops.map((text) => `* ${text}`).join("\n")];
}

function glassSection({ brokenGlass }: Judgement): string[] {
  if (brokenGlass.length === 0) return [];
  const lines = brokenGlass.map(
    ({ at, command, reason, passed }) =>
      `* ${at}, \`make ${command}\`: ${reason}. Passed: ${passed.map((text) => text.replaceAll("`", "'")).join("; ")}`,
  );
  return ["## Gates that were passed all the same", lines.join("\n")];
}

/** What a change makes of a site, by itself: the part of the report that a pull request needs first. */
export function changeSection({ comparison, services }: Judgement): string[] {
  if (comparison === null) return [];
  const all = services.length;
  const { base, added, removed, cells, counts, targets, planner } = comparison;
  const lines = [
    ...added.map((guest) => `* new: ${guest}`),
    ...removed.map((guest) => `* gone: ${guest}`),
    ...counts.map((count) => `* ${countChangeText(count)}`),
    ...targets.map((target) => `* ${targetChangeText(target)}`),
  ];
  const same = cells.length + lines.length === 0 ? ["Nothing: every loss means the same to every guest."] : [];
  const other =
    planner === null || planner.length === 0
      ? []
      : [
          `This version of the planner judges ${planner.length} cells of ${base} otherwise than that version's own. That is no change of the site:`,
          markdownTable(CHANGE_COLUMNS.slice(1, 5), plannerRows(planner, all)),
        ];
  return [
    `## What changes against ${base}`,
    ...same,
    ...(cells.length === 0 ? [] : [markdownTable(CHANGE_COLUMNS, changeRows(cells, all))]),
    ...(lines.length === 0 ? [] : [lines.join("\n")]),
    ...other,
  ];
}

function targetSection(judgement: Judgement): string[] {
  const missed = missedTargets(judgement);
  if (missed.length === 0) return ["## Targets", "Every target is held."];
  const rows = targetRows(missed, judgement.services.length);
  const shown = rows.filter(({ written }, place) => written || place < TARGETS_SHOWN);
  const more = rows.length - shown.length;
  return [
    "## Targets",
    `Not held: ${missed.filter(({ written }) => written).length} that the owner wrote, and ${missed.filter(({ written }) => !written).length} defaults, which only warn.`,
    markdownTable(
      TARGET_COLUMNS,
      shown.map(({ cells }) => cells),
    ),
    ...(more === 0 ? [] : [`And ${more} defaults more; \`--json\` has them all.`]),
  ];
}

/** Defaults that are not held are told in full only as far as they are read. */
const TARGETS_SHOWN = 12;

function lossSection({ losses, services }: Judgement): string[] {
  const rows = losses.map((loss) => [
    loss.name,
    severityText(loss.severity),
    ...lossCells(loss, services.length),
    loss.called,
  ]);
  const head = ["what is lost", "severity", "guests down", "all back in about", "work lost, at most", "who is called"];
  return ["## One thing goes wrong", markdownTable(head, rows)];
}

/** What comes back only when somebody says so, and by which command. */
function personSection(judgement: Judgement): string[] {
  const lines = personLines(judgement);
  return lines.length === 0 ? [] : ["### What waits for a person", lines.map((line) => `* ${line}`).join("\n")];
}

/** Where the times come from: a sum whose parts nobody sees is believed or not, and cannot be corrected. */
function termSection(judgement: Judgement): string[] {
  const rows = termRows(judgement);
  return rows.length === 0 ? [] : ["### What the longest times consist of", markdownTable(TERM_COLUMNS, rows)];
}

function lossCells(loss: Loss, all: number): string[] {
  const { lost, longest, work } = worstOf(loss);
  const down = loss.outcomes.filter(({ verdict }) => verdict !== "runs" && verdict !== "cut off").length;
  const cutOff = loss.outcomes.some(({ verdict }) => verdict === "cut off") ? ", out of reach from outside" : "";
  const persons = personsCount(loss);
  const waiting = persons === 0 ? "" : `, **${persons} until a person says so**`;
  const gone = lost === 0 ? "" : `, **${lost} lost for good**`;
  return [
    `${loss.oneGuest ? "1, whichever" : `${down} of ${all}`}${gone}${waiting}${cutOff}`,
    longest === undefined ? "–" : timeText(longest),
    work === 0 ? "none" : timeText(work),
  ];
}

function pairSection(judgement: Judgement): string[] {
  const gathered = gatheredPairs(judgement);
  if (gathered.length === 0) return ["## Two things at once", "No two losses take what neither alone takes."];
  const shown = gathered.slice(0, PAIRS_SHOWN);
  const rows = shown.map(({ one, other, gone }) => [someOf(one, NAMES_SHOWN), someOf(other, NAMES_SHOWN), gone]);
  const more = gathered.slice(PAIRS_SHOWN).reduce((sum, { count }) => sum + count, 0);
  return [
    "## Two things at once",
    markdownTable(["any of these", "with any of these", "guests lost for good that neither alone takes"], rows),
    ...(more === 0 ? [] : [`And ${more} pairs more; \`--json\` has them all.`]),
  ];
}

/** Enough to see where it hurts. */
const PAIRS_SHOWN = 10;

/** Names in one cell, before their number has to do. */
const NAMES_SHOWN = 8;

function copySection({ services, formats }: Judgement): string[] {
  const lines = services.map((service) => ({
    name: `${service.vmid} ${service.name}`,
    cells: [
      ...service.digits.map(({ found, wanted, met }) => `${found}${met ? "" : ` (wanted ${wanted})`}`),
      resistanceText(service),
    ],
  }));
  const rows = byKey(lines, ({ cells }) => cells.join("\n")).map((same) => [
    guestsText(
      same.map(({ name }) => name),
      services.length,
    ),
    ...(same[0]?.cells ?? []),
  ]);
  const why = services.flatMap(({ name, digits }) =>
    digits.filter(({ met }) => !met).map((digit) => ({ guest: name, text: digit.why, digit: digit.name })),
  );
  const missed = byKey(why, ({ digit, text }) => `${digit}\n${text}`).map((same) => {
    const [{ digit, text }] = same as [(typeof why)[number]];
    const guests = guestsText(
      same.map(({ guest }) => guest),
      services.length,
    );
    return `${digit} of ${guests}: ${text}`;
  });
  return [
    "## Copies, by the rule 3-2-1-1-0",
    markdownTable(COPY_COLUMNS, rows),
    [...missed, ...formatLines(formats)].map((line) => `* ${line}`).join("\n"),
  ];
}

function orderSection({ order }: Judgement): string[] {
  if (order === null) return ["## When everything has to be read back", "No guest has a backup."];
  const { slots, makespan, makespanBound, gap, concurrency } = order;
  const bar = slots.map(({ name, vmid, starts, serves, critical }) => {
    const ends = Math.max(Math.round(serves), Math.round(starts) + 1);
    return `    ${name.replaceAll(/[:;,#]/g, " ")} ${vmid} :${critical ? "crit, " : ""}${Math.round(starts)}, ${ends}`;
  });
  const chart = ["```mermaid", "gantt", "    dateFormat X", "    axisFormat %H:%M", ...bar, "```"].join("\n");
  const text =
    `All of it serves about ${timeText(makespan)} after the first transfer begins (no order ends before ${timeText(makespanBound)}), ` +
    `with ${concurrency} at once at most; its weighted downtime is at most ${Math.round(gap * 100)} % above the least. ` +
    "Guests marked as critical are those for which the end waits.";
  return ["## When everything has to be read back", text, chart];
}

function proofSection(judgement: Judgement): string[] {
  return ["## Was it ever tried", proofLines(judgement).join("\n")];
}

function storeSection(judgement: Judgement): string[] {
  const rows = storeRows(judgement);
  if (rows.length === 0) return [];
  return [
    "## What is kept, and when it is full",
    windowLines(judgement).join("\n"),
    markdownTable(STORE_COLUMNS, rows),
    fullText(judgement),
  ];
}

function costSection(judgement: Judgement): string[] {
  const rows = costRows(judgement);
  return ["## What it costs", costText(judgement), ...(rows.length < 2 ? [] : [markdownTable(COST_COLUMNS, rows)])];
}

function assumptionSection({ assumptions }: Judgement): string[] {
  if (assumptions.length === 0) return [];
  const lines = byKey(assumptions, ({ cure }) => cure).map((same) => {
    const texts = same.map(({ text }) => text);
    return `* ${someOf(texts, ASSUMPTIONS_SHOWN)} (${same[0]?.cure ?? ""})`;
  });
  return ["## Taken as given", lines.join("\n")];
}

/** Of what one thing would make known, so much is told in full. */
const ASSUMPTIONS_SHOWN = 3;
