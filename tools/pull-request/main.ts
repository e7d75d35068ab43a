import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";

import { Command } from "commander";

import { REPOSITORY } from "../lab-site/places";
import { commentOf, type Found } from "./comment";
import { previewChange } from "./preview";

interface Options {
  readonly base: string;
  readonly stack?: string;
  readonly out?: string;
  readonly json?: true;
  readonly breakGlass?: string;
}

/** What CI runs on a pull request: the change, tried without a login to anything. */
new Command("pull-request")
  .description(
    "apply the program of the base to a stand-in for each stack's site, preview this one's on the state, and write the comments;\n" +
      "exit status 0: nothing that holds data goes; 1: it would, or the site would survive less or not as promised; 2: there is no plan",
  )
  .requiredOption("--base <checkout>", "checkout of the branch that the change goes to, with its packages installed")
  .option("--stack <name>", "one stack, `home` for Pulumi.home.yaml; all that both checkouts have by default")
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
    const stacks = stack === undefined || stack === "" ? commonStacks(resolve(base)) : [stack];
    for (const name of stacks) {
      const found = await previewChange(
        resolve(base),
        name,
        (line) => process.stderr.write(`${name}: ${line}\n`),
        breakGlass,
      );
      write(found, out);
      if (json === true)
        console.log(JSON.stringify({ ...found, report: { ...found.report, page: undefined } }, null, 2));
      process.exitCode = worst(process.exitCode, statusOf(found));
    }
  })
  .parseAsync()
  .catch((error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 2;
  });

/** Stacks whose settings stand in both checkouts: a new one has nothing to lose yet. */
function commonStacks(base: string): string[] {
  const names = readdirSync(REPOSITORY).flatMap((file) => /^Pulumi\.(.+)\.yaml$/.exec(file)?.[1] ?? []);
  return names.filter((name) => existsSync(join(base, `Pulumi.${name}.yaml`)));
}

function write(found: Found, out: string | undefined): void {
  if (out === undefined || out === "") {
    process.stdout.write(commentOf(found));
    return;
  }
  mkdirSync(out, { recursive: true });
  writeFileSync(join(out, `${found.stack}.md`), commentOf(found));
  if (found.report.page !== "") writeFileSync(join(out, `${found.stack}.html`), found.report.page);
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
