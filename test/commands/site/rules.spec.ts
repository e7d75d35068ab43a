import { strict as assert } from "node:assert";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { parse } from "yaml";

import { type Stack } from "../../../commands/engine/stack";
import { readBrokenGlass } from "../../../commands/report/break-glass";
import { configurationOf } from "../../../commands/site/rule-configuration";
import { previewUnderRules, ruleLines } from "../../../commands/site/rules";
import { parseDrHostSettings } from "../../../estate/dr-host-settings";
import { settingsWith, writtenMachine } from "../../estate/site";
import { guest } from "../../planning/estates";

const ID = "0123456789abcdef".repeat(2);
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

  it("know from the site's files what fails over, where the line is, and on which node each connector is", () => {
    const three = join(__dirname, "../../../sites/three-node");
    const at = (vmid: number, node: string) => guest(vmid, { node });
    const tunnel = { accountId: ID, zones: { "example.org": ID }, connectors: [101, 102] };
    const settings = settingsWith({ tunnel, wan: { nodes: ["tappaas1", "tappaas3"] } });
    const told = configurationOf({ siteFolder: three, settings }, AT);
    assert.deepEqual(told["failover-node-has-replica"], { guests: [110, 130, 140, 610, 800] });
    // Nobody has looked yet which guests have a card on it.
    assert.deepEqual(told["failover-follows-the-cable"], { guests: [], nodes: ["tappaas1", "tappaas3"] });
    const films = { ...at(103, "tappaas1"), name: "jellyfin", proxy: { name: "films.example.org", port: 8096 } };
    const guests = [at(101, "tappaas1"), at(102, "tappaas2"), films];
    writeFileSync(join(siteFolder, "inventory.json"), JSON.stringify({ guests }));
    const own = configurationOf({ siteFolder, settings }, AT);
    assert.deepEqual(own["tunnel-connectors-apart"], {
      nodes: Object.keys(settings.nodes),
      homes: { 101: "tappaas1", 102: "tappaas2" },
    });
    assert.deepEqual(own["no-media-on-tunnel"], { names: ["films.example.org"] });
  });

  it("know which guests' disks have a reason to stay out of the backup: those of the backups themselves, and those named", () => {
    const machine = { backupServer: { address: "10.0.0.12", machine: writtenMachine } };
    const settings = settingsWith({ ...machine, backup: { exclude: { 102: "made anew from its recipe" } } });
    const { "disks-are-backed-up": rule } = configurationOf({ siteFolder, settings }, AT);
    assert.deepEqual(rule, { except: [102, 131, 132] });
  });

  it("know on somebody else's node which VLANs are the owner's", () => {
    const file = parse(readFileSync(join(__dirname, "../../../Pulumi.dr-host.yaml"), "utf8")) as {
      config: Record<string, unknown>;
    };
    const parsed = parseDrHostSettings(file.config["tappaas-resilience:settings"]);
    assert.ok(parsed.ok);
    const told = configurationOf({ siteFolder, settings: parsed.value }, AT);
    assert.deepEqual(told, { "guests-elsewhere-apart": { vlans: [200, 210, 610] } });
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
