import { missedTargets } from "../../planning/gate";
import { type Judgement } from "../../planning/judgement-schema";
import { ganttOf, heatMapOf, topologyOf } from "./drawings";
import { documentOf, headOf, tableOf } from "../document";
import { escaped } from "../escaped";
import { gatheredPairs } from "./gathered";
import { personLines } from "./person-words";
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
  severityWords,
  targetChangeText,
} from "./words";

/** The report as one page without anything from elsewhere: it opens from a disk, on a telephone, and prints. */
export function pageOf(judgement: Judgement): string {
  const { site, observedAt, services, assumptions } = judgement;
  const seen = observedAt === null ? "Nobody has looked at the site yet." : `Looked at on ${observedAt}.`;
  const body = `<p>${services.length} guests. ${escaped(seen)} Times are estimates; point at a cell for the lower bound and what the time consists of.</p>
<section><h2>Where it stands</h2>${topologyOf(judgement)}</section>
${stopsOf(judgement)}${glassOf(judgement)}${changesOf(judgement)}<section><h2>Targets</h2>${targetsOf(judgement)}</section>
<section><h2>One thing goes wrong</h2>${LEGEND}${heatMapOf(judgement)}${personsOf(judgement)}${termsOf(judgement)}</section>
<section><h2>Two things at once</h2>${pairsOf(judgement)}</section>
<section><h2>When everything has to be read back</h2>${orderOf(judgement)}${proofOf(judgement)}</section>
<section><h2>Copies, by the rule 3-2-1-1-0</h2>${copiesOf(judgement)}${formatLines(judgement.formats)
    .map((line) => `<p>${escaped(line)}</p>`)
    .join("")}</section>
${storeOf(judgement)}<section><h2>Taken as given</h2><ul>${assumptions.map(({ text, cure }) => `<li>${escaped(text)} <small>(${escaped(cure)})</small></li>`).join("")}</ul></section>`;
  return documentOf(`What ${site} survives`, body);
}

function stopsOf({ stops }: Judgement): string {
  if (stops.length === 0) return "";
  const items = stops.map((text) => `<li>${escaped(text)}</li>`).join("");
  return `<section><h2>Why it does not pass</h2><ul>${items}</ul></section>`;
}

function glassOf({ brokenGlass }: Judgement): string {
  if (brokenGlass.length === 0) return "";
  const items = brokenGlass.map(
    ({ at, command, reason, passed }) =>
      `<li>${escaped(at)}, make ${escaped(command)}: ${escaped(reason)} <small>(${escaped(passed.join("; "))})</small></li>`,
  );
  return `<section><h2>Gates that were passed all the same</h2><ul>${items.join("")}</ul></section>`;
}

function changesOf({ comparison, services }: Judgement): string {
  if (comparison === null) return "";
  const all = services.length;
  const { base, added, removed, cells, counts, targets, planner } = comparison;
  const lines = [
    ...added.map((guest) => `new: ${guest}`),
    ...removed.map((guest) => `gone: ${guest}`),
    ...counts.map(countChangeText),
    ...targets.map(targetChangeText),
  ];
  const list = lines.length === 0 ? "" : `<ul>${lines.map((line) => `<li>${escaped(line)}</li>`).join("")}</ul>`;
  const table = cells.length === 0 ? "" : tableOf(CHANGE_COLUMNS, changeRows(cells, all));
  const nothing = cells.length + lines.length === 0 ? "<p>Nothing: every loss means the same to every guest.</p>" : "";
  const other =
    planner === null || planner.length === 0
      ? ""
      : `<p>This version of the planner judges ${planner.length} cells otherwise than that of the base. That is no change of the site.</p>${tableOf(CHANGE_COLUMNS.slice(1, 5), plannerRows(planner, all))}`;
  return `<section><h2>What changes against ${escaped(base)}</h2>${nothing}${table}${list}${other}</section>`;
}

function storeOf(judgement: Judgement): string {
  const kept = storeRows(judgement);
  const text = [...windowLines(judgement), fullText(judgement)].map((line) => `<p>${escaped(line)}</p>`).join("");
  const store =
    kept.length === 0
      ? ""
      : `<section><h2>What is kept, and when it is full</h2>${text}${tableOf(STORE_COLUMNS, kept)}</section>`;
  const choices = costRows(judgement);
  const table = choices.length < 2 ? "" : tableOf(COST_COLUMNS, choices);
  return `${store}<section><h2>What it costs</h2><p>${escaped(costText(judgement))}</p>${table}</section>`;
}

function targetsOf(judgement: Judgement): string {
  const missed = missedTargets(judgement);
  if (missed.length === 0) return "<p>Every target is held.</p>";
  const rows = targetRows(missed, judgement.services.length).map(({ written, cells }) => {
    const row = cells.map((cell) => `<td>${escaped(cell)}</td>`);
    return `<tr${written ? ' class="missed"' : ""}>${row.join("")}</tr>`;
  });
  const written = missed.filter((one) => one.written).length;
  const summary = `<summary>${written} targets of the owner and ${missed.length - written} defaults are not held; defaults only warn</summary>`;
  return `<details${written > 0 ? " open" : ""}>${summary}<div class="wide"><table><thead><tr>${headOf(TARGET_COLUMNS)}</tr></thead><tbody>${rows.join("")}</tbody></table></div></details>`;
}

function personsOf(judgement: Judgement): string {
  const lines = personLines(judgement);
  if (lines.length === 0) return "";
  return `<h3>What waits for a person</h3><ul>${lines.map((line) => `<li>${escaped(line)}</li>`).join("")}</ul>`;
}

function termsOf(judgement: Judgement): string {
  const rows = termRows(judgement);
  if (rows.length === 0) return "";
  return `<details><summary>What the longest times consist of</summary>${tableOf(TERM_COLUMNS, rows)}</details>`;
}

function pairsOf(judgement: Judgement): string {
  if (judgement.pairs.length === 0) return "<p>No two losses take what neither alone takes.</p>";
  const items = gatheredPairs(judgement).map(({ one, other, gone, severity }) => {
    const cells = [one.join("; "), other.join("; "), severityWords(severity), gone];
    return `<tr>${cells.map((cell) => `<td>${escaped(cell)}</td>`).join("")}</tr>`;
  });
  const count = `<summary>${judgement.pairs.length} pairs take for good what neither alone takes</summary>`;
  return `<details>${count}<div class="wide"><table><thead><tr>${headOf(PAIR_COLUMNS)}</tr></thead><tbody>${items.join("")}</tbody></table></div></details>`;
}

const PAIR_COLUMNS = ["any of these", "with any of these", "severity", "lost for good"];

function orderOf({ order }: Judgement): string {
  if (order === null) return "<p>No guest has a backup.</p>";
  const { makespan, makespanBound, gap, concurrency } = order;
  const text =
    `All of it serves about ${timeText(makespan)} after the first transfer begins (no order ends before ${timeText(makespanBound)}), ` +
    `with ${concurrency} at once at most. Weighted downtime: at most ${Math.round(gap * 100)} % above the least. ` +
    "The end waits for the guests in the darker colour.";
  return `<p>${escaped(text)}</p>${ganttOf(order)}`;
}

function proofOf(judgement: Judgement): string {
  const mark = judgement.proof.provenOn === null ? "late" : "runs";
  const [first = "", ...others] = proofLines(judgement);
  return `<p><span class="${mark}">${escaped(first)}</span> ${escaped(others.join(" "))}</p>`;
}

function copiesOf({ services }: Judgement): string {
  const rows = services.map((service) => {
    const { vmid, name, digits } = service;
    const cells = digits.map(
      ({ found, wanted, met, why }) =>
        `<td class="${met ? "met" : "missed"}" title="${escaped(why)}">${found}${met ? "" : ` of ${wanted}`}</td>`,
    );
    return `<tr><th scope="row">${vmid} ${escaped(name)}</th>${cells.join("")}<td>${escaped(resistanceText(service))}</td></tr>`;
  });
  return `<div class="wide"><table><thead><tr>${headOf(COPY_COLUMNS)}</tr></thead><tbody>${rows.join("")}</tbody></table></div>`;
}

const LEGEND = `<p class="legend"><span class="runs">runs on</span> <span class="cut">out of reach from outside</span> <span class="soon">back within an hour</span> <span class="day">within a day</span> <span class="late">later</span> <span class="lost">lost for good</span></p>`;
