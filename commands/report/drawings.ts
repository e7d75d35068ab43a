import { type Judgement } from "../../planning/judgement-schema";
import { escaped } from "../escaped";
import { timeText } from "./time-text";
import { needsPerson } from "./person-words";
import { outcomeText, severityText, type Outcome } from "./words";

const HOUR = 3_600;
const DAY = 86_400;

/** Every loss that a guest feels against every guest, a cell each in the colour of what becomes of it; then those that none feels. */
export function heatMapOf({ losses, services }: Judgement): string {
  const head = services.map(({ vmid, name }) => `<th title="${escaped(name)}">${vmid}<br>${escaped(name)}</th>`);
  const felt = losses.filter(({ outcomes }) => outcomes.some(({ verdict }) => verdict !== "runs"));
  const unfelt = losses.filter((loss) => !felt.includes(loss));
  const rows = felt.map(({ name, severity, called, outcomes }) => {
    return `<tr><th scope="row" title="${escaped(alarmText(severity, called))}">${escaped(name)}</th>${outcomes.map(cellOf).join("")}</tr>`;
  });
  return `<div class="wide"><table class="heat"><thead><tr><th>what is lost</th>${head.join("")}</tr></thead><tbody>${rows.join("")}</tbody></table></div>${unfeltList(unfelt)}`;
}

function unfeltList(losses: Judgement["losses"]): string {
  if (losses.length === 0) return "";
  const items = losses.map(
    ({ name, severity, called }) =>
      `<li>${escaped(name)} <small>(${escaped(alarmText(severity, called))})</small></li>`,
  );
  return `<details open><summary>Every guest runs on after ${losses.length} others</summary><ul>${items.join("")}</ul></details>`;
}

function alarmText(severity: number, called: string): string {
  return `${severityText(severity)}; called: ${called}`;
}

function cellOf(outcome: Outcome): string {
  const { verdict, estimate, from, copiesLeft, terms } = outcome;
  const source = from === null ? "" : `\nfrom ${from}`;
  const parts = terms.map(
    ({ name, bound, estimate: time }) => `\n${name}: ${timeText(time)} (at least ${timeText(bound)})`,
  );
  const hint = `${outcomeText(outcome)}${source}\ncopies left: ${copiesLeft}${parts.join("")}`;
  const person = needsPerson(outcome) ? ", by a person" : "";
  const text = verdict === "returns" ? `${timeText(estimate ?? 0)}${person}` : WORDS[verdict];
  return `<td class="${classOf(outcome)}" title="${escaped(hint)}">${escaped(text ?? verdict)}</td>`;
}

const WORDS: Readonly<Record<string, string>> = { runs: "✓", "cut off": "cut off", lost: "LOST" };

function classOf({ verdict, estimate }: Outcome): string {
  if (verdict === "runs") return "runs";
  if (verdict === "cut off") return "cut";
  if (verdict === "lost" || estimate === null) return "lost";
  if (estimate <= HOUR) return "soon";
  return estimate <= DAY ? "day" : "late";
}

/** The order of restores as bars: the transfer, and in a lighter line until it serves. */
export function ganttOf({ slots, makespan }: NonNullable<Judgement["order"]>): string {
  const [left, right, row, top] = [180, 90, 22, 24];
  const width = 900;
  const x = (seconds: number) => left + (seconds / Math.max(makespan, 1)) * (width - left - right);
  const height = top + slots.length * row + 8;
  const bars = slots.map(({ vmid, name, starts, ends, serves, critical }, at) => {
    const y = top + at * row;
    const kind = critical ? "crit" : "bar";
    const hint = `${name}: reads from ${timeText(starts)} to ${timeText(ends)}, serves at ${timeText(serves)}`;
    return `<g><title>${escaped(hint)}</title><text x="0" y="${y + 15}">${vmid} ${escaped(name)}</text><rect class="${kind}" x="${x(starts).toFixed(1)}" y="${y + 4}" width="${Math.max(x(ends) - x(starts), 1).toFixed(1)}" height="14"/><line class="axis" x1="${x(ends).toFixed(1)}" x2="${x(serves).toFixed(1)}" y1="${y + 11}" y2="${y + 11}" stroke-width="3"/><text x="${(x(serves) + 6).toFixed(1)}" y="${y + 15}">${timeText(serves)}</text></g>`;
  });
  const marks = [0, 0.25, 0.5, 0.75, 1].map((share) => {
    const at = x(share * makespan).toFixed(1);
    return `<line class="axis" x1="${at}" x2="${at}" y1="${top - 4}" y2="${height}"/><text x="${at}" y="${top - 10}" text-anchor="middle">${timeText(share * makespan)}</text>`;
  });
  return `<div class="wide"><svg viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="Order of restores">${marks.join("")}${bars.join("")}</svg></div>`;
}

/** Every node with its pools, and the guests on each; a pool without any is there for copies, or free. */
export function topologyOf({ services, losses }: Judgement): string {
  const all = losses.flatMap(({ id }) => (id.startsWith("pool:") ? [id] : []));
  const pools = [...new Set([...all, ...services.map(({ pool }) => pool)])].sort();
  const known = losses.flatMap(({ id }) => (id.startsWith("node:") ? [id] : []));
  const nodes = [...new Set([...known, ...services.map(({ node }) => node)])].sort();
  const [width, gap, line, head] = [260, 16, 18, 26];
  const columns = nodes.map((node) => {
    const own = pools.filter((pool) => pool.startsWith(`pool:${nameOf(node)}/`));
    const lines = own.flatMap((pool) => {
      const guests = services.filter((one) => one.pool === pool).map(({ vmid, name }) => `${vmid} ${name}`);
      const rows = guests.length === 0 ? ["no guest"] : guests;
      return [
        { text: nameOf(pool).slice(nameOf(node).length + 1), pool: true },
        ...rows.map((text) => ({ text, pool: false })),
      ];
    });
    return { node, lines };
  });
  const height = head + Math.max(...columns.map(({ lines }) => lines.length)) * line + 14;
  const boxes = columns.map(({ node, lines }, at) => {
    const x = at * (width + gap);
    const texts = lines.map(
      ({ text, pool }, row) =>
        `<text x="${x + (pool ? 10 : 26)}" y="${head + 16 + row * line}"${pool ? ' font-weight="600"' : ""}>${escaped(text)}</text>`,
    );
    return `<rect class="box" x="${x + 1}" y="1" width="${width}" height="${height - 2}" rx="6"/><text x="${x + 10}" y="20" font-weight="700">${escaped(nameOf(node))}</text>${texts.join("")}`;
  });
  const across = columns.length * (width + gap);
  return `<div class="wide"><svg viewBox="0 0 ${across} ${height}" width="${across}" height="${height}" role="img" aria-label="Nodes, pools and guests">${boxes.join("")}</svg></div>`;
}

/** `pool:tappaas1/tanka1` without its kind. */
function nameOf(id: string): string {
  return id.slice(id.indexOf(":") + 1);
}
