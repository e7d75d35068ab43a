import { documentOf, headOf, tableOf } from "../document";
import { escaped } from "../escaped";
import { severityText } from "../report/words";
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

/** The runbook as one page to be printed: each disaster begins on a sheet of its own. */
export function pageOf(runbook: Runbook): string {
  const sections = runbook.pages.map((page) => sectionOf(page, runbook));
  const body = `<div class="runbook"><section class="first"><p>${escaped(seenText(runbook))}</p>
<h2>Which page</h2>${indexOf(runbook)}<h2>Before anything else</h2>${firstOf(runbook)}</section>
${sections.join("\n")}</div>`;
  return documentOf(`When something happens to ${runbook.site}`, body);
}

function indexOf(runbook: Runbook): string {
  const rows = runbook.pages.map(
    ({ id, title, severity }, at) =>
      `<tr><td>${at + 1}</td><td><span class="level level${severity}">${escaped(severityText(severity))}</span></td><td><a href="#${escaped(id)}">${escaped(title)}</a></td><td>${escaped(calledText(severity, runbook))}</td></tr>`,
  );
  return `<div class="wide"><table><thead><tr>${headOf(INDEX_COLUMNS)}</tr></thead><tbody>${rows.join("")}</tbody></table></div>`;
}

function firstOf({ sheets, state, proof, unknown, assumptions }: Runbook): string {
  const lines = [...(sheets.length === 0 ? ["no sheet with the key is written down"] : sheets), ...state, ...proof];
  return `<ul>${lines.map((line) => `<li>${escaped(line)}</li>`).join("")}</ul>${unknownList("Not known", unknown)}${unknownList("Taken as given", assumptions)}`;
}

function unknownList(title: string, unknown: readonly Unknown[]): string {
  if (unknown.length === 0) return "";
  const items = unknown.map(({ text, cure }) => `<li>${escaped(text)} <small>(${escaped(cure)})</small></li>`);
  return `<p>${title}:</p><ul>${items.join("")}</ul>`;
}

function sectionOf(page: RunbookPage, runbook: Runbook): string {
  const { id, severity, notes, steps, unknown } = page;
  const rows = outcomeRows(page, runbook);
  const named = page.losses.length > 1;
  const columns = [...(named ? ["what is lost"] : []), "guests", "what becomes of them"];
  const table = rows.length === 0 ? "" : tableOf(columns, named ? rows : rows.map((row) => row.slice(1)));
  const list = notes.map((note) => `<li>${escaped(note)}</li>`).join("");
  const items = steps.map((step) => stepOf(step, page, runbook)).join("\n");
  return `<section id="${escaped(id)}"><h2>${escaped(titleText(page, runbook))}</h2>
<p><span class="level level${severity}">${escaped(alarmText(page, runbook))}</span></p><ul>${list}</ul>${table}
<ol>${items}</ol>${unknownList("Not known", unknown)}</section>`;
}

function stepOf(step: Step, page: RunbookPage, runbook: Runbook): string {
  const { by, text, commands = [], check, expect, decision, takes } = step;
  const time = takes === undefined ? "" : ` <small>(${escaped(takesText(takes))})</small>`;
  const block = (lines: readonly string[]) => `<pre>${escaped(lines.join("\n"))}</pre>`;
  const parts = [
    commands.length === 0 ? "" : block(commands),
    check === undefined ? "" : `<div>Is it done?</div>${block([check])}`,
    expect === undefined ? "" : `<div><small>Expect: ${escaped(expect)}</small></div>`,
    decision === undefined
      ? ""
      : `<div class="fork"><b>${escaped(decision.question)}</b> ${escaped(otherwiseText(step, page, runbook))}</div>`,
  ];
  return `<li class="${by}"><small>${escaped(byText(step))}</small> ${escaped(text)}${time}${parts.join("")}</li>`;
}
