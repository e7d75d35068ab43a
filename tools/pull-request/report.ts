import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { REPOSITORY } from "../lab-site/places";
import { runProgram, type Ran } from "../lab-site/run";
import { type Report } from "./comment";

/**
 * What a change makes of a site, from the files of two checkouts. This one's planner judges both; what the base's own said is asked
 * besides, so that a change of the planner is told from a change of the site.
 * @param breakGlass Why it is to pass all the same; undefined when nobody said so.
 */
export async function reportChange(base: string, stack: string, breakGlass: string | undefined): Promise<Report> {
  const folder = mkdtempSync(join(tmpdir(), "report-"));
  try {
    const own = await report(base, ["--json", "--stack", stack]);
    const file = join(folder, "base.json");
    if (isJson(own.stdout)) writeFileSync(file, own.stdout);
    const words = ["--stack", stack, "--base", base, ...(isJson(own.stdout) ? ["--base-report", file] : [])];
    const passing = breakGlass === undefined ? [] : ["--break-glass", breakGlass];
    const ran = await report(REPOSITORY, [...words, ...passing, "--out", folder, "--changes"]);
    const html = join(folder, "report.html");
    const page = existsSync(html) ? readFileSync(html, "utf8") : "";
    return { ...readingOf(ran, await report(REPOSITORY, [...words, "--json"])), page, passed: ran.code === 0 };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function readingOf({ stdout, stderr }: Ran, asJson: Ran): Omit<Report, "passed" | "page"> {
  if (!isJson(asJson.stdout)) return { changes: "", stops: [], failure: `${stderr}${asJson.stderr}`.trim() };
  const { stops } = JSON.parse(asJson.stdout) as { readonly stops: readonly string[] };
  return { changes: stdout.trim(), stops, failure: undefined };
}

function isJson(text: string): boolean {
  return text.startsWith("{");
}

function report(repository: string, args: readonly string[]): Promise<Ran> {
  const words = ["--import=tsx", join(repository, "commands/main.ts"), "report", ...args];
  return runProgram(process.execPath, words, { quiet: true, env: process.env, cwd: repository });
}
