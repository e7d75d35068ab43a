import { type Plan, type PlanStep } from "./plan";

/** What a pull request's preview found. */
export interface Found {
  /** Name of the stack. */
  readonly stack: string;
  /** What the new program plans on the state that the old one left. */
  readonly plan: Plan;
  /** When the site was looked at whose stand-in this is, RFC 3339; undefined for the reference site. */
  readonly observedAt: string | undefined;
  /** What of that site the lab cannot represent. */
  readonly missing: readonly string[];
  /** Where the rebuilt state is another than the real one was after its last `up`; undefined when nobody wrote that down. */
  readonly differences: readonly string[] | undefined;
  /** What the change makes of the site after each loss. */
  readonly report: Report;
}

/** What this checkout's report says of the change, from the files of both. */
export interface Report {
  /** What of survival, copies and targets changes, as Markdown; empty when it could not be told. */
  readonly changes: string;
  /** The whole report as one page of HTML; empty when it could not be told. */
  readonly page: string;
  /** Why the change does not pass, each with a cure. */
  readonly stops: readonly string[];
  /** Whether somebody said why it is to pass all the same. */
  readonly passed: boolean;
  /** Why there is no report; undefined when there is one. */
  readonly failure: string | undefined;
}

/** First line of the comment, by which the next run finds and edits it. */
export function markOf(stack: string): string {
  return `<!-- tappaas-resilience preview of ${stack} -->`;
}

/** The comment of a pull request, in Markdown: the verdict first, then what is planned, then what this preview cannot know. */
export function commentOf(found: Found): string {
  const { stack, plan, report } = found;
  return comment(stack, [
    verdict(plan),
    ...gate(report),
    ...planTable(plan.steps),
    ...survival(report),
    ...words([...plan.errors, ...plan.warnings]),
    ...limits(found),
  ]);
}

/** The comment where a stack could not be tried, so that none of an earlier run is taken for this one's. */
export function commentOfFailure(stack: string, why: string): string {
  return comment(stack, ["**There is no preview.** What the change would do here is not known.", list([why])]);
}

function comment(stack: string, parts: readonly string[]): string {
  return `${[markOf(stack), `### Preview of \`${stack}\``, ...parts].join("\n\n")}\n`;
}

function verdict(plan: Plan): string {
  if (plan.harm.length > 0) {
    return `**Stop. This change would take away what data rests on:**\n\n${list(plan.harm.map(({ text }) => text))}`;
  }
  if (!plan.complete) return "**The program stops before it has a plan.** What it says stands below.";
  const count = plan.steps.length;
  if (count === 0) return "Nothing on the site changes.";
  return `${count} ${count === 1 ? "change" : "changes"}; nothing that holds data is replaced or deleted.`;
}

/** What of the report stops the change: said beside the verdict on the plan, because either is enough. */
function gate({ stops, passed, failure }: Report): string[] {
  if (failure !== undefined) return [`**What the site survives cannot be told:** ${oneLine(failure)}`];
  if (stops.length === 0) return [];
  const title = passed
    ? "This passes all the same, because somebody said why"
    : "Stop. The site would survive less, or not as promised";
  return [`**${title}:**\n\n${list(stops)}`];
}

function survival({ changes, failure }: Report): string[] {
  return failure === undefined ? [changes.replace(/^## /gm, "#### ")] : [];
}

function planTable(steps: readonly PlanStep[]): string[] {
  if (steps.length === 0) return [];
  const rows = steps.map(({ op, urn, fields }) => `| ${op} | ${nameOf(urn)} | ${fields.map(code).join(", ")} |`);
  return [["| | object | fields |", "|---|---|---|", ...rows].join("\n")];
}

function words(said: readonly string[]): string[] {
  if (said.length === 0) return [];
  return [folded(`What the program says (${said.length})`, said.map((line) => `* ${oneLine(line)}`).join("\n"))];
}

function limits({ observedAt, missing, differences }: Found): string[] {
  const site = observedAt === undefined ? "the reference site" : `the site as it was looked at on ${observedAt}`;
  const about = `Planned on a stand-in for ${site}, without a login to it; the real one may differ.`;
  const parts = [
    ...(missing.length === 0 ? [] : [folded(`Not in the stand-in (${missing.length})`, list(missing))]),
    ...(differences === undefined
      ? ["No digest of the last `up` is committed, so nobody can say where the real state differs."]
      : differences.length === 0
        ? ["The stand-in's state equals that of the last `up`."]
        : [folded(`The last \`up\` left another state (${differences.length})`, list(differences))]),
  ];
  return [about, ...parts];
}

function folded(summary: string, body: string): string {
  return `<details><summary>${summary}</summary>\n\n${body}\n\n</details>`;
}

function list(lines: readonly string[]): string {
  return lines.map((line) => `* ${oneLine(line)}`).join("\n");
}

/** Type and name of a resource, without what is the same for all of them. */
function nameOf(urn: string): string {
  const [, , types = "", ...name] = urn.split("::");
  return `${code(name.join("::"))} (${types.split("$").at(-1) ?? types})`;
}

function code(text: string): string {
  return `\`${text.replaceAll("`", "'").replaceAll("|", "\\|")}\``;
}

function oneLine(text: string): string {
  return text.replaceAll(/\s*\n\s*/g, " ").replaceAll("<", "&lt;");
}
