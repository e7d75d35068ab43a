import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

/**
 * `make test`: everything, and at its end one line of counts over all of it. Units first, because they answer in seconds; then
 * what runs the real engine against the lab.
 */
const SUITES = [
  { what: "units", config: ".mocharc.json" },
  { what: "the lab by itself", config: ".mocharc.lab.json" },
  { what: "the real engine on the lab", config: ".mocharc.engine.json" },
] as const;

const REPOSITORY = resolve(__dirname, "..");

function main(): number {
  const scratch = mkdtempSync(join(tmpdir(), "counts-"));
  const counts = join(scratch, "counts");
  writeFileSync(counts, "");
  const codes = SUITES.map(({ what, config }) => {
    console.log(`\n=== ${what}`);
    return runSuite(config, counts);
  });
  const [passed, failed, skipped] = addedUp(readFileSync(counts, "utf8"));
  rmSync(scratch, { recursive: true });
  // A run that broke off before its end counted nothing and still has to show.
  const broken = codes.filter((code) => code !== 0).length;
  const failures = failed === 0 ? broken : failed;
  console.log(`\n${passed} passed, ${failures} failed${skipped === 0 ? "" : `, ${skipped} skipped`}`);
  return failures === 0 ? 0 : 1;
}

function runSuite(config: string, countsFile: string): number {
  const args = [join(REPOSITORY, "node_modules/mocha/bin/mocha.js"), "--config", config];
  const reporter = ["--reporter", join(REPOSITORY, "tools/counting-reporter.cjs")];
  const env = { ...process.env, COUNTS_FILE: countsFile };
  return spawnSync(process.execPath, [...args, ...reporter], { cwd: REPOSITORY, env, stdio: "inherit" }).status ?? 1;
}

function addedUp(text: string): [number, number, number] {
  const rows = text
    .split("\n")
    .filter(Boolean)
    .map((line) => line.split(" ").map(Number));
  const sum = (column: number) => rows.reduce((total, row) => total + (row[column] ?? 0), 0);
  return [sum(0), sum(1), sum(2)];
}

process.exitCode = main();
