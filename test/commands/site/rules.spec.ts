import { strict as assert } from "node:assert";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { type Stack } from "../../../commands/engine/stack";
import { readBrokenGlass } from "../../../commands/report/break-glass";
import { configurationOf } from "../../../commands/site/rule-configuration";
import { previewUnderRules, ruleLines } from "../../../commands/site/rules";
import { settingsWith } from "../../estate/site";
import { guest } from "../../planning/estates";

const AT = "2026-11-26T10:15:00.000Z";
const RAN = { policyAnalyzeStackSummaryEvent: { passed: [] } };
const event = (enforcementLevel: string, text: string) => ({
  policyEvent: { policyName: "retention-floor", message: `Backups stay.\n${text}\n`, enforcementLevel },
});

describe("the rules that a plan is held against", () => {
  let siteFolder: string;
  let configs: Record<string, unknown>[];

  beforeEach(() => {
    siteFolder = mkdtempSync(join(tmpdir(), "rules-"));
    configs = [];
    writeFileSync(join(siteFolder, "inventory.json"), JSON.stringify({ guests: [guest(101), guest(102)] }));
  });

  afterEach(() => {
    rmSync(siteFolder, { recursive: true });
  });

  /** A stack whose engine writes these events, and has no plan where a mandatory rule is broken. */
  function stackThatSays(events: readonly object[], settings = settingsWith()): Stack {
    const run = (args: readonly string[], { variables }: { variables?: Record<string, string> } = {}) => {
      const after = (flag: string) => args[args.indexOf(flag) + 1] ?? "";
      assert.equal(variables?.["PULUMI_DEBUG_COMMANDS"], "true");
      assert.ok(existsSync(join(after("--policy-pack"), "PulumiPolicy.yaml")));
      const config = JSON.parse(readFileSync(after("--policy-pack-config"), "utf8")) as Record<string, unknown>;
      configs.push(config);
      const level = config["all"];
      const said = JSON.stringify(events).replaceAll('"mandatory"', JSON.stringify(level ?? "mandatory"));
      const lines = (JSON.parse(said) as object[]).map((one) => JSON.stringify(one));
      writeFileSync(after("--event-log"), `${lines.join("\n")}\n`);
      return Promise.resolve({ code: said.includes('"mandatory"') ? 255 : 0, stdout: '{"steps":[]}', stderr: "" });
    };
    return { run, siteFolder, settings } as unknown as Stack;
  }

  const breaking = (reason?: string) => ({ siteFolder, command: "preview", at: AT, reason });

  it("leave no plan when one is broken, and say which and what to set", async () => {
    const judged = await previewUnderRules(stackThatSays([RAN, event("mandatory", "Set keepDaily: 7.")]), breaking());
    assert.equal(judged.plan.complete, false);
    assert.deepEqual(judged.broken, ["retention-floor: Set keepDaily: 7."]);
    assert.match(ruleLines(judged).join("\n"), /rule: retention-floor: Set keepDaily: 7\.\n.*BREAK_GLASS/);
  });

  it("advise without stopping anything", async () => {
    const judged = await previewUnderRules(stackThatSays([RAN, event("advisory", "Set alertAddress.")]), breaking());
    assert.deepEqual([judged.plan.complete, judged.broken, judged.advice.length], [true, [], 1]);
    assert.deepEqual(ruleLines(judged), ["finding: retention-floor: Set alertAddress."]);
  });

  it("leave no plan of which they said nothing, so that a pack that does not run is noticed", async () => {
    const judged = await previewUnderRules(stackThatSays([]), breaking());
    assert.equal(judged.plan.complete, false);
    assert.match(judged.plan.errors.join(), /said nothing of this plan/);
  });

  it("may be broken by somebody who says why, which is written down before", async () => {
    const stack = stackThatSays([RAN, event("mandatory", "Set keepDaily: 7.")]);
    const judged = await previewUnderRules(stack, breaking("the disks are full"));
    assert.equal(judged.plan.complete, true);
    assert.deepEqual(judged.broken, ["retention-floor: Set keepDaily: 7."]);
    assert.deepEqual(readBrokenGlass(siteFolder), [
      { at: AT, command: "preview", reason: "the disks are full", passed: judged.broken },
    ]);
    assert.deepEqual(
      configs.map(({ all }) => all),
      [undefined, "advisory"],
    );
  });

  it("know from the site's files which guests have no reason to stay out of the backup", () => {
    const settings = settingsWith({ backup: { exclude: { 102: "made anew from its recipe" } } });
    const { "every-guest-backed-up": rule } = configurationOf({ siteFolder, settings }, AT);
    assert.deepEqual(rule, { guests: [101] });
  });

  it("let a shorter retention be once somebody took it upon themselves, until that day is over", () => {
    const levelWith = (until: string | undefined) => {
      const line = {
        object: "pbs:PruneJob/prune-backup",
        change: "shorten-retention",
        who: "Ana",
        why: "a trial",
        until,
      };
      writeFileSync(join(siteFolder, "acceptances.json"), JSON.stringify([line]));
      return configurationOf({ siteFolder, settings: settingsWith() }, AT)["retention-floor"];
    };
    assert.deepEqual(
      [levelWith(undefined), levelWith("2026-11-26"), levelWith("2026-11-25")],
      ["advisory", "advisory", undefined],
    );
  });

  it("leave it to the program to say what is wrong with the site's files", () => {
    mkdirSync(join(siteFolder, "nothing"));
    assert.deepEqual(configurationOf({ siteFolder: join(siteFolder, "nothing"), settings: settingsWith() }, AT), {});
  });
});
