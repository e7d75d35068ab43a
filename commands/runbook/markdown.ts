import { severityText } from "../report/words";
import { markdownTable } from "../markdown-table";
import { type RunbookPage, type Step, type Unknown } from "./page";
import { type Runbook } from "./runbook";
import {
  alarmText,
  byText,
  calledText,
  INDEX_COLUMNS,
  otherwiseText,
  outcomeRows,
  seenText,
  takesText,
  titleText,
} from "./words";

/** The runbook for a terminal, a pull request or a wiki. */
export function markdownOf(runbook: Runbook): string {
  return [
    `# When something happens to ${runbook.site}`,
    seenText(runbook),
    "## Which page",
    indexOf(runbook),
    "## Before anything else",
    firstOf(runbook),
    ...runbook.pages.flatMap((page) => pageOf(page, runbook)),
  ].join("\n\n");
}

function indexOf(runbook: Runbook): string {
  const rows = runbook.pages.map(({ id, title, severity }, at) => [
    String(at + 1),
    severityText(severity),
    `[${title}](#${id})`,
    calledText(severity, runbook),
  ]);
  return markdownTable(INDEX_COLUMNS, rows);
}

function firstOf({ sheets, state, proof, unknown, assumptions }: Runbook): string {
  const lines = [...(sheets.length === 0 ? ["no sheet with the key is written down"] : sheets), ...state, ...proof];
  const given = assumptions.map(({ text, cure }) => `* taken as given: ${text} (${cure})`);
  return [...lines.map((line) => `* ${line}`), ...unknown.map(unknownLine), ...given].join("\n");
}

function unknownLine({ text, cure }: Unknown): string {
  return `* not known: ${text} (${cure})`;
}

function pageOf(page: RunbookPage, runbook: Runbook): string[] {
  const { id, notes, steps, unknown } = page;
  const rows = outcomeRows(page, runbook);
  const named = page.losses.length > 1;
  const columns = [...(named ? ["what is lost"] : []), "guests", "what becomes of them"];
  return [
    `## <a id="${id}"></a>${titleText(page, runbook)}`,
    `**${alarmText(page, runbook)}**`,
    ...(notes.length === 0 ? [] : [notes.map((note) => `* ${note}`).join("\n")]),
    ...(rows.length === 0 ? [] : [markdownTable(columns, named ? rows : rows.map((row) => row.slice(1)))]),
    steps.map((step, at) => stepText(step, at + 1, page, runbook)).join("\n"),
    ...(unknown.length === 0 ? [] : [unknown.map(unknownLine).join("\n")]),
  ];
}

function stepText(step: Step, number: number, page: RunbookPage, runbook: Runbook): string {
  const { text, commands = [], check, expect, decision, takes } = step;
  const time = takes === undefined ? "" : ` *(${takesText(takes)})*`;
  const block = (lines: readonly string[]) => ["   ```", ...lines.map((line) => `   ${line}`), "   ```"].join("\n");
  return [
    `${number}. (${byText(step)}) ${text}${time}`,
    ...(commands.length === 0 ? [] : [block(commands)]),
    ...(check === undefined ? [] : ["   Is it done?", block([check])]),
    ...(expect === undefined ? [] : [`   Expect: ${expect}`]),
    ...(decision === undefined ? [] : [`   **${decision.question}** ${otherwiseText(step, page, runbook)}`]),
  ].join("\n");
}
