import { escaped } from "./escaped";

/** A page without anything from elsewhere: it opens from a disk, on a telephone, and prints. @param body HTML. */
export function documentOf(title: string, body: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<h1>${escaped(title)}</h1>
${body}
</main>
</body>
</html>
`;
}

/** A table of texts; `**` of Markdown is left out. */
export function tableOf(columns: readonly string[], rows: readonly (readonly string[])[]): string {
  const body = rows.map(
    (row) => `<tr>${row.map((cell) => `<td>${escaped(cell.replaceAll("**", ""))}</td>`).join("")}</tr>`,
  );
  return `<div class="wide"><table><thead><tr>${headOf(columns)}</tr></thead><tbody>${body.join("")}</tbody></table></div>`;
}

/** Its head. */
export function headOf(columns: readonly string[]): string {
  return columns.map((cell) => `<th>${escaped(cell)}</th>`).join("");
}

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
.runbook { overflow-wrap: anywhere; } .runbook .wide table { min-width: 0; } .runbook .first td:first-child { white-space: nowrap; } .runbook h2 { border-top: 3px solid var(--crit); padding-top: .5rem; } .runbook ol { padding-left: 1.6rem; } .runbook li { margin: .7rem 0; }
.runbook pre { margin: .3rem 0; padding: .4rem .6rem; border: 1px solid var(--line); white-space: pre-wrap; font-size: .8rem; }
.runbook li.hand::marker { font-style: italic; } .runbook .fork { border-left: 4px solid var(--crit); padding-left: .6rem; margin: .3rem 0; }
.level { display: inline-block; padding: 0 .5rem; border: 1px solid var(--line); } .level1 { background: var(--lost); color: #fff; } .level2 { background: var(--late); } .level3 { background: var(--day); } .level4 { background: var(--runs); }
@media print { details > * { display: block; } main { max-width: none; } .wide { overflow: visible; } .wide table { min-width: 0; font-size: .55rem; } th, td { padding: .1rem .2rem; } .heat td { white-space: normal; } .heat th[scope="row"] { min-width: 6rem; position: static; } svg { max-width: 100%; height: auto; } section { break-inside: avoid-page; } .runbook .wide table { font-size: .75rem; } .runbook section { break-inside: auto; break-before: page; } .runbook section.first { break-before: auto; } .runbook li { break-inside: avoid-page; } .runbook pre { font-size: .7rem; } .runbook { font-size: .9rem; } }
`;
