import { missedTargets } from "../../planning/gate";
import { type Judgement } from "../../planning/judgement";
import { ganttOf, heatMapOf, topologyOf } from "./drawings";
import { escaped } from "../escaped";
import {
  CHANGE_COLUMNS,
  COST_COLUMNS,
  costRows,
  costText,
  fullText,
  STORE_COLUMNS,
  storeRows,
  windowLines,
  changeRows,
  COPY_COLUMNS,
  countChangeText,
  plannerRows,
  resistanceText,
  severityWords,
  TARGET_COLUMNS,
  targetCells,
  targetChangeText,
  timeText,
  worstPairs,
} from "./words";

/** The report as one page without anything from elsewhere: it opens from a disk, on a telephone, and prints. */
export function pageOf(judgement: Judgement): string {
  const { site, observedAt, services, assumptions } = judgement;
  const seen = observedAt === null ? "Nobody has looked at the site yet." : `Looked at on ${observedAt}.`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>What ${escaped(site)} survives</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<h1>What ${escaped(site)} survives</h1>
<p>${services.length} guests. ${escaped(seen)} Times are estimates; point at a cell for the lower bound and what the time consists of.</p>
<section><h2>Where it stands</h2>${topologyOf(judgement)}</section>
${stopsOf(judgement)}${glassOf(judgement)}${changesOf(judgement)}<section><h2>Targets</h2>${targetsOf(judgement)}</section>
<section><h2>One thing goes wrong</h2>${LEGEND}${heatMapOf(judgement)}</section>
<section><h2>Two things at once</h2>${pairsOf(judgement)}</section>
<section><h2>When everything has to be read back</h2>${orderOf(judgement)}</section>
<section><h2>Copies, by the rule 3-2-1-1-0</h2>${copiesOf(judgement)}</section>
${storeOf(judgement)}<section><h2>Taken as given</h2><ul>${assumptions.map(({ text, cure }) => `<li>${escaped(text)} <small>(${escaped(cure)})</small></li>`).join("")}</ul></section>
</main>
</body>
</html>
`;
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

function changesOf({ comparison }: Judgement): string {
  if (comparison === null) return "";
  const { base, added, removed, cells, counts, targets, planner } = comparison;
  const lines = [
    ...added.map((guest) => `new: ${guest}`),
    ...removed.map((guest) => `gone: ${guest}`),
    ...counts.map(countChangeText),
    ...targets.map(targetChangeText),
  ];
  const list = lines.length === 0 ? "" : `<ul>${lines.map((line) => `<li>${escaped(line)}</li>`).join("")}</ul>`;
  const table = cells.length === 0 ? "" : tableOf(CHANGE_COLUMNS, changeRows(cells));
  const nothing = cells.length + lines.length === 0 ? "<p>Nothing: every loss means the same to every guest.</p>" : "";
  const other =
    planner === null || planner.length === 0
      ? ""
      : `<p>This version of the planner judges ${planner.length} cells otherwise than that of the base. That is no change of the site.</p>${tableOf(CHANGE_COLUMNS.slice(1, 5), plannerRows(planner))}`;
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

function tableOf(columns: readonly string[], rows: readonly (readonly string[])[]): string {
  const body = rows.map(
    (row) => `<tr>${row.map((cell) => `<td>${escaped(cell.replaceAll("**", ""))}</td>`).join("")}</tr>`,
  );
  return `<div class="wide"><table><thead><tr>${headOf(columns)}</tr></thead><tbody>${body.join("")}</tbody></table></div>`;
}

function targetsOf(judgement: Judgement): string {
  const missed = missedTargets(judgement);
  if (missed.length === 0) return "<p>Every target is held.</p>";
  const rows = missed.map((one) => {
    const cells = targetCells(one).map((cell) => `<td>${escaped(cell)}</td>`);
    return `<tr${one.written ? ' class="missed"' : ""}>${cells.join("")}</tr>`;
  });
  const written = missed.filter((one) => one.written).length;
  const summary = `<summary>${written} targets of the owner and ${missed.length - written} defaults are not held; defaults only warn</summary>`;
  return `<details${written > 0 ? " open" : ""}>${summary}<div class="wide"><table><thead><tr>${headOf(TARGET_COLUMNS)}</tr></thead><tbody>${rows.join("")}</tbody></table></div></details>`;
}

function headOf(columns: readonly string[]): string {
  return columns.map((cell) => `<th>${escaped(cell)}</th>`).join("");
}

function pairsOf(judgement: Judgement): string {
  if (judgement.pairs.length === 0) return "<p>No two losses take what neither alone takes.</p>";
  const items = worstPairs(judgement).map(({ names: [one, other], gone, severity }) => {
    return `<tr><td>${escaped(one)}</td><td>${escaped(other)}</td><td>${escaped(severityWords(severity))}</td><td>${escaped(gone)}</td></tr>`;
  });
  const count = `<summary>${items.length} pairs take for good what neither alone takes</summary>`;
  return `<details>${count}<div class="wide"><table><thead><tr><th>the one</th><th>the other</th><th>severity</th><th>lost for good</th></tr></thead><tbody>${items.join("")}</tbody></table></div></details>`;
}

function orderOf({ order }: Judgement): string {
  if (order === null) return "<p>No guest has a backup.</p>";
  const { makespan, makespanBound, gap, concurrency } = order;
  const text =
    `All of it serves about ${timeText(makespan)} after the first transfer begins (no order ends before ${timeText(makespanBound)}), ` +
    `with ${concurrency} at once at most. Weighted downtime: at most ${Math.round(gap * 100)} % above the least. ` +
    "The end waits for the guests in the darker colour.";
  return `<p>${escaped(text)}</p>${ganttOf(order)}`;
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

const STYLE = `
:root { color-scheme: light dark; --ink: #1d2430; --paper: #ffffff; --line: #c9d0da; --runs: #d7efdc; --cut: #dbe7f7; --soon: #eef3c8; --day: #fbe3b0; --late: #f6bd8f; --lost: #d9485f; --bar: #7f9cc9; --crit: #2f568f; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6eaf0; --paper: #14181f; --line: #3a4350; --runs: #1e4a2c; --cut: #20385c; --soon: #4d5417; --day: #6a4d12; --late: #7c3f14; --lost: #b02640; --bar: #4a679b; --crit: #a9c4f2; } }
body { margin: 0; font: 16px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); }
main { max-width: 1100px; margin: 0 auto; padding: 1rem; }
h1 { font-size: 1.6rem; } h2 { font-size: 1.2rem; margin-top: 2rem; }
.wide { overflow-x: auto; } .wide table { min-width: 42rem; }
.heat td { white-space: nowrap; } .heat th[scope="row"] { min-width: min(15rem, 40vw); position: sticky; left: 0; background: var(--paper); }
table { border-collapse: collapse; font-size: .85rem; } th, td { border: 1px solid var(--line); padding: .25rem .5rem; text-align: left; vertical-align: top; }
td.met, .runs { background: var(--runs); } td.missed, tr.missed td, .late { background: var(--late); }
.cut { background: var(--cut); } .soon { background: var(--soon); } .day { background: var(--day); } .lost { background: var(--lost); color: #fff; }
.legend span { padding: .1rem .5rem; border: 1px solid var(--line); white-space: nowrap; }
svg text { fill: var(--ink); font: 12px system-ui, sans-serif; }
.box { fill: none; stroke: var(--line); } .bar { fill: var(--bar); } .crit { fill: var(--crit); } .axis { stroke: var(--line); }
@media print { details > * { display: block; } main { max-width: none; } .wide { overflow: visible; } .wide table { min-width: 0; font-size: .55rem; } th, td { padding: .1rem .2rem; } .heat td { white-space: normal; } .heat th[scope="row"] { min-width: 6rem; position: static; } svg { max-width: 100%; height: auto; } section { break-inside: avoid-page; } }
`;
