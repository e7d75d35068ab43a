import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

interface Suite {
  readonly what: string;
  readonly config: string;
  readonly env?: NodeJS.ProcessEnv;
  /** Whether it runs the engine: that is made first, for building it takes longer than a test may. */
  readonly engine?: true;
  /** Whether its lab has an account with AWS: the emulator is installed first. */
  readonly aws?: true;
}

/**
 * What is run by `make test` and `make sweep`, each with one line of counts at its end over all of it. `make test` has one path to
 * each outcome: units first, because they answer in seconds, then the lab, then the real engine on it. The sweep has what is too
 * slow for that: second looks, and the properties on many more cases.
 */
const RUNS: Readonly<Record<string, readonly Suite[]>> = {
  test: [
    { what: "units", config: ".mocharc.json" },
    { what: "the lab by itself", config: ".mocharc.lab.json", aws: true },
    { what: "the real engine on the lab", config: ".mocharc.engine.json", engine: true },
  ],
  sweep: [
    { what: "properties, on many cases", config: ".mocharc.properties.json", env: { PROPERTY_RUNS: "many" } },
    { what: "second looks with the real engine on the lab", config: ".mocharc.sweep.json", engine: true, aws: true },
  ],
};

const REPOSITORY = resolve(__dirname, "..");

function main([name = "test"]: readonly string[]): number {
  const suites = RUNS[name];
  if (suites === undefined) throw new Error(`expected ${Object.keys(RUNS).join(" or ")}, got "${name}"`);
  const start = Date.now();
  const scratch = mkdtempSync(join(tmpdir(), "counts-"));
  const counts = join(scratch, "counts");
  writeFileSync(counts, "");
  const codes = suites.map((suite) => {
    console.log(`\n=== ${suite.what}`);
    return runSuite(suite, counts);
  });
  const [passed, failed, skipped] = addedUp(readFileSync(counts, "utf8"));
  rmSync(scratch, { recursive: true });
  // A run that broke off before its end counted nothing and still has to show.
  const broken = codes.filter((code) => code !== 0).length;
  const failures = failed === 0 ? broken : failed;
  console.log(`\n${Math.round((Date.now() - start) / 60_000)} minutes`);
  console.log(`${passed} passed, ${failures} failed${skipped === 0 ? "" : `, ${skipped} skipped`}`);
  return failures === 0 ? 0 : 1;
}

function runSuite({ config, env: own, engine, aws }: Suite, countsFile: string): number {
  if (engine && runScript("tools/engine/install.ts") !== 0) return 1;
  if (aws && runScript("lab/aws/install.ts") !== 0) return 1;
  const args = [join(REPOSITORY, "node_modules/mocha/bin/mocha.js"), "--config", config];
  const reporter = ["--reporter", join(REPOSITORY, "tools/counting-reporter.cjs")];
  const env = { ...process.env, ...own, COUNTS_FILE: countsFile };
  return spawnSync(process.execPath, [...args, ...reporter], { cwd: REPOSITORY, env, stdio: "inherit" }).status ?? 1;
}

function runScript(path: string): number {
  const args = ["--import=tsx", join(REPOSITORY, path)];
  return spawnSync(process.execPath, args, { cwd: REPOSITORY, stdio: "inherit" }).status ?? 1;
}

function addedUp(text: string): [number, number, number] {
  const rows = text
    .split("\n")
    .filter(Boolean)
    .map((line) => line.split(" ").map(Number));
  const sum = (column: number) => rows.reduce((total, row) => total + (row[column] ?? 0), 0);
  return [sum(0), sum(1), sum(2)];
}

process.exitCode = main(process.argv.slice(2));
