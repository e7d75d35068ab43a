import { strict as assert } from "node:assert";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { type Ran, type Stack } from "../../../commands/engine/stack";
import { up } from "../../../commands/site/up";
import { parseSettings } from "../../../estate/settings";

const FINGERPRINT = "0e".repeat(32);
const JOB = "resilience:pve:BackupJob";

/** How the engine writes down that the rules have been held against a plan. */
const RULES_RAN = JSON.stringify({ policyAnalyzeStackSummaryEvent: { passed: [] } });

/** A stack whose engine plans one change; what it is asked is written down. */
function stackThatChanges(
  siteFolder: string,
  applied: Partial<Ran> = {},
  events = [RULES_RAN],
): { stack: Stack; asked: string[][] } {
  const asked: string[][] = [];
  const settings = parseSettings({
    site: "sites/home",
    nodes: { tappaas1: { api: "https://10.0.0.10:8006", ssh: { host: "10.0.0.10", hostKey: "ssh-ed25519 AAAA" } } },
    pools: [],
    backupServer: { address: "10.0.0.12", fingerprint: FINGERPRINT },
    caCertificate: "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
    key: { fingerprint: FINGERPRINT },
    state: { backend: `file://${siteFolder}` },
  });
  assert.ok(settings.ok, JSON.stringify(settings));
  const step = { op: "update", urn: `urn:pulumi:home::p::${JOB}::nightly`, oldState: { type: JOB, custom: true } };
  const answers: Record<string, string> = {
    stack: JSON.stringify({ deployment: {} }),
    preview: JSON.stringify({ steps: [step] }),
  };
  const run = (args: readonly string[]): Promise<Ran> => {
    asked.push([...args]);
    const [verb = ""] = args;
    const log = args[args.indexOf("--event-log") + 1];
    if (args.includes("--event-log") && log !== undefined) writeFileSync(log, `${events.join("\n")}\n`);
    return Promise.resolve({ code: 0, stdout: answers[verb] ?? "", stderr: "", ...(verb === "up" && applied) });
  };
  const settingsFile = join(siteFolder, "Pulumi.home.yaml");
  const everyNodeAnswers = { standIn: () => Promise.resolve(undefined), silentNodes: () => Promise.resolve([]) };
  const places = { name: "home", settingsFile, siteFolder };
  return { asked, stack: { ...places, settings: settings.value, ...everyNodeAnswers, run } };
}

describe("what make up applies", () => {
  let folder: string;
  let said: string[];

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "up-"));
    said = [];
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  const talk = (yes: boolean) => ({
    say: (line: string) => void said.push(line),
    confirm: () => Promise.resolve(yes),
    ask: () => Promise.resolve(""),
  });

  it("is the plan that was shown, which is gone afterwards", async () => {
    const { stack, asked } = stackThatChanges(folder);
    assert.equal((await up(stack, talk(true))).end, "applied");
    const [, plan = ""] =
      /preview --json --save-plan (\S+)/.exec(asked.map((words) => words.join(" ")).join("\n")) ?? [];
    assert.deepEqual(
      asked.find(([verb]) => verb === "up"),
      ["up", "--yes", "--skip-preview", "--continue-on-error", "--plan", plan],
    );
    assert.equal(existsSync(plan), false);
  });

  it("is nothing when a person says no", async () => {
    const { stack, asked } = stackThatChanges(folder);
    assert.equal((await up(stack, talk(false))).end, "declined");
    assert.ok(!asked.some(([verb]) => verb === "up"));
  });

  it("is left off, with the reason, when other things would have been done than were shown", async () => {
    const failed = {
      code: 255,
      stderr: "error: resource urn:… violates plan: properties changed: =~schedule[{22:00}]",
    };
    const { stack } = stackThatChanges(folder, failed);
    assert.equal((await up(stack, talk(true))).end, "failed");
    assert.match(said.join("\n"), /other things would have been done than were shown/);
  });
});
