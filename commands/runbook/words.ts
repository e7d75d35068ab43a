import { byKey } from "../report/gathered";
import { timeText } from "../report/time-text";
import { outcomeText, severityText } from "../report/words";
import { type Loss, type RunbookPage, type Step, type Takes } from "./page";
import { type Runbook } from "./runbook";

/** Columns of the first page. */
export const INDEX_COLUMNS = ["", "severity", "what happened", "who is called"] as const;

/** How long a step takes: `about 45 min, at least 10 min`. */
export function takesText({ bound, estimate }: Takes): string {
  return `about ${timeText(estimate)}, at least ${timeText(bound)}`;
}

/** Where a decision leads on a no: `no: go to step 5`. */
export function otherwiseText({ decision }: Step, page: RunbookPage, runbook: Runbook): string {
  if (decision === undefined) return "";
  const { otherwise } = decision;
  if ("step" in otherwise)
    return `If not, go to step ${page.steps.findIndex(({ name }) => name === otherwise.step) + 1}.`;
  const other = runbook.pages.find(({ id }) => id === otherwise.page);
  return `If not, go to ${other === undefined ? otherwise.page : titleText(other, runbook)}.`;
}

/** Title of a page with its number, by which it is found on paper: `3 Node tappaas1`. */
export function titleText(page: RunbookPage, { pages }: Pick<Runbook, "pages">): string {
  return `${pages.findIndex(({ id }) => id === page.id) + 1} ${page.title}`;
}

/** Who does a step. */
export function byText({ by }: Step): string {
  return by === "hand" ? "by hand" : "the program";
}

/** What becomes of the guests after a page's losses: guests to which one thing happens share a row, and so do losses that mean the same. */
export function outcomeRows({ losses }: RunbookPage, { losses: all, guests }: Runbook): string[][] {
  const own = all
    .filter(({ id }) => losses.includes(id))
    .map(({ name, ...loss }) => ({ name, rows: rowsOf(loss, guests) }));
  return byKey(own, ({ rows }) => JSON.stringify(rows)).flatMap((same) => {
    const names = same.map(({ name }) => name).join("; ");
    return (same[0]?.rows ?? []).map((row) => [losses.length === 1 ? "" : names, ...row]);
  });
}

function rowsOf({ outcomes, oneGuest }: Pick<Loss, "outcomes" | "oneGuest">, names: Runbook["guests"]): string[][] {
  const rows = new Map<string, string[]>();
  for (const outcome of outcomes) {
    const text = outcomeText(outcome);
    const from = outcome.from === null ? "" : `, from ${outcome.from}`;
    const name = `${names[String(outcome.vmid)] ?? ""} (${outcome.vmid})`;
    const key = `${text}${from}`;
    rows.set(key, [...(rows.get(key) ?? []), name]);
  }
  const all = outcomes.length;
  return [...rows].map(([text, who]) => [
    who.length === all && all > 1 ? (oneGuest ? "any guest" : "every guest") : who.join(", "),
    text,
  ]);
}

/** The head of a page: `Severity 2: partial disaster. Called: …`. */
export function alarmText({ severity }: RunbookPage, runbook: Runbook): string {
  return `Severity ${severityText(severity)}. Called: ${calledText(severity, runbook)}.`;
}

/** Whom a severity calls. */
export function calledText(severity: number, { calling }: Runbook): string {
  const { rule = "", people = [] } = calling.find((one) => one.severity === severity) ?? {};
  const names = people.map(({ name, reach }) => `${name} (${reach})`).join(", ");
  return names === "" ? rule : `${rule}: ${names}`;
}

/** When the site was looked at that this was compiled from. */
export function seenText({ observedAt, site }: Runbook): string {
  const seen =
    observedAt === null ? "nobody has looked at the site yet" : `the site was last looked at on ${observedAt}`;
  return `Compiled from the files of ${site}; ${seen}. Print it, and print it anew when something changes: it is needed when this is not there.`;
}
