import { mkdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";

import { Command } from "commander";

import { REPOSITORY } from "../lab-site/places";
import { commentOf, commentOfFailure, type Found } from "./comment";
import { previewChange } from "./preview";
import { stacksOf } from "./stacks";

interface Options {
  readonly base: string;
  readonly stack?: string;
  readonly out?: string;
  readonly json?: true;
  readonly breakGlass?: string;
}

const NOTHING_TO_TRY =
  "No Pulumi.<stack>.yaml of a site stands in both checkouts, so that there is nothing that a change could harm.\n" +
  "Cure: BASE=<checkout of the branch that the change goes to>.";

/** What CI runs on a pull request: the change, tried without a login to anything. */
new Command("pull-request")
  .description(
    "apply the program of the base to a stand-in for each stack's site, preview this one's on the state, and write the comments;\n" +
      "exit status 0: nothing that holds data goes; 1: it would, or the site would survive less or not as promised; 2: there is no plan",
  )
  .requiredOption("--base <checkout>", "checkout of the branch that the change goes to, with its packages installed")
  .option("--stack <name>", "one stack, `home` for Pulumi.home.yaml; all sites that both checkouts have by default")
  .option(
    "--out <folder>",
    "where to write a comment a stack, as Markdown, and its report as a page; printed by default",
  )
  .option(
    "--break-glass <reason>",
    "pass what the report stops all the same; the reason is written down in the site's folder",
  )
  .option("--json", "print what was found as JSON besides")
  .action(async ({ base, stack, out, json, breakGlass }: Options) => {
    const folder = resolve(base);
    const asked = stack !== undefined && stack !== "";
    const { sites, leftOut } = asked ? { sites: [stack], leftOut: [] } : stacksOf(REPOSITORY, folder);
    for (const line of leftOut) process.stderr.write(`${line}\n`);
    if (sites.length === 0) throw new Error(NOTHING_TO_TRY);
    for (const name of sites) {
      const say = (line: string) => process.stderr.write(`${name}: ${line}\n`);
      process.exitCode = worst(process.exitCode, await tried({ folder, name, say, breakGlass, out, json }));
    }
  })
  .parseAsync()
  .catch((error: unknown) => {
    process.stderr.write(`${wordsOf(error)}\n`);
    process.exitCode = 2;
  });

interface Trial {
  readonly breakGlass: string | undefined;
  readonly out: string | undefined;
  readonly json: true | undefined;
  /** The base's checkout. */
  readonly folder: string;
  readonly name: string;
  readonly say: (line: string) => void;
}

/** Previews one stack and writes its comment; one that cannot be tried says so and keeps none of the others from it. */
async function tried({ folder, name, say, breakGlass, out, json }: Trial): Promise<number> {
  try {
    const found = await previewChange(folder, name, say, breakGlass);
    write(name, commentOf(found), found.report.page, out);
    if (json === true) console.log(JSON.stringify({ ...found, report: { ...found.report, page: undefined } }, null, 2));
    return statusOf(found);
  } catch (error) {
    say(wordsOf(error));
    write(name, commentOfFailure(name, wordsOf(error)), "", out);
    return 2;
  }
}

function write(stack: string, comment: string, page: string, out: string | undefined): void {
  if (out === undefined || out === "") {
    process.stdout.write(comment);
    return;
  }
  mkdirSync(out, { recursive: true });
  writeFileSync(join(out, `${stack}.md`), comment);
  if (page !== "") writeFileSync(join(out, `${stack}.html`), page);
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function statusOf({ plan, report }: Found): number {
  if (plan.harm.length > 0 || (report.stops.length > 0 && !report.passed)) return 1;
  return plan.complete && report.failure === undefined ? 0 : 2;
}

/** Harm outweighs the lack of a plan. */
function worst(one: number | string | null | undefined, other: number): number {
  if (one === 1 || other === 1) return 1;
  return Math.max(Number(one ?? 0), other);
}
