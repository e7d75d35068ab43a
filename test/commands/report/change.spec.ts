import { strict as assert } from "node:assert";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { judgeBase } from "../../../commands/report/base";
import { passes, readBrokenGlass } from "../../../commands/report/break-glass";
import { pageOf } from "../../../commands/report/html";
import { comparedWith, judgementOf } from "../../../commands/report/knowledge";
import { changeSection, markdownOf } from "../../../commands/report/markdown";
import { targetGate, gateLines } from "../../../commands/report/preview-gate";
import { stopText } from "../../../commands/report/words";
import { parseSettings } from "../../../estate/settings";
import { valueOf } from "../../../estate/problem";
import { stopsOf } from "../../../planning/gate";
import { judgementSchema, type Judgement } from "../../../planning/judgement-schema";
import { guest } from "../../planning/estates";
import { writtenSettings } from "../../estate/site";

const TODAY = "2026-11-26";
const AT = "2026-11-26T10:15:00.000Z";

/** A repository with one site, of which each commit may hold other settings. */
class Repository {
  readonly folder = mkdtempSync(join(tmpdir(), "report-"));
  readonly settingsFile = join(this.folder, "Pulumi.home.yaml");
  readonly siteFolder = join(this.folder, "sites/home");

  constructor() {
    mkdirSync(this.siteFolder, { recursive: true });
    writeFileSync(join(this.folder, "Pulumi.yaml"), "name: tappaas-resilience\n");
    this.writeSite("inventory.json", { guests: [guest(101), guest(102)] });
    this.git("init", "-q", "-b", "main");
  }

  git(...args: string[]): void {
    const who = ["-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false"];
    const { status, stderr } = spawnSync("git", ["-C", this.folder, ...who, ...args], { encoding: "utf8" });
    assert.equal(status, 0, stderr);
  }

  commit(settings: Record<string, unknown> = {}): void {
    this.write(settings);
    this.git("add", "-A");
    this.git("commit", "-q", "--allow-empty", "-m", "a site");
  }

  write(settings: Record<string, unknown>): void {
    const written = { ...writtenSettings, site: "sites/home", ...settings };
    writeFileSync(this.settingsFile, JSON.stringify({ config: { "tappaas-resilience:settings": written } }));
  }

  writeSite(name: string, content: unknown): void {
    writeFileSync(join(this.siteFolder, name), JSON.stringify(content));
  }

  judgement(settings: Record<string, unknown> = {}): Judgement {
    return judgementOf({ settings: this.settings(settings), siteFolder: this.siteFolder });
  }

  settings(settings: Record<string, unknown> = {}) {
    return valueOf(parseSettings({ ...writtenSettings, site: "sites/home", ...settings }), "settings");
  }

  remove(): void {
    rmSync(this.folder, { recursive: true });
  }
}

const SHORT = { backup: { retention: { keepDaily: 7 } } };
const HARD = { targets: { standard: { rpo: "1 hour" } } };

describe("a change of a site's files", () => {
  let repository: Repository;

  beforeEach(() => {
    repository = new Repository();
    repository.commit();
  });

  afterEach(() => {
    repository.remove();
  });

  function changed(settings: Record<string, unknown>, own?: unknown): Judgement {
    const judgement = judgeBase("main", repository.settingsFile);
    assert.ok(judgement !== undefined);
    return comparedWith(repository.judgement(settings), { name: "main", judgement, own }, repository.siteFolder, TODAY);
  }

  it("is compared with what a commit has, whatever lies in the checkout", () => {
    repository.write(SHORT);
    repository.writeSite("inventory.json", { guests: [guest(101)] });
    const base = judgeBase("main", repository.settingsFile);
    assert.deepEqual(
      base?.services.map(({ vmid }) => vmid),
      [101, 102],
    );
    assert.notEqual(base.losses.find(({ id }) => id === "deletion:30")?.outcomes[0]?.verdict, "lost");
    assert.deepEqual(judgeBase(repository.folder, repository.settingsFile)?.services.length, 1);
  });

  it("is compared with nothing where the stack is new, and says so when there is no such commit", () => {
    const file = join(repository.folder, "Pulumi.other.yaml");
    assert.equal(judgeBase("main", file), undefined);
    assert.throws(() => judgeBase("nowhere", repository.settingsFile), /nowhere.*\nCure: BASE= names a branch/s);
    assert.throws(() => judgeBase("--output=x", repository.settingsFile), /Cure: BASE=/);
  });

  it("stands in Markdown, page and JSON alike, with the line by which somebody takes it upon themselves", () => {
    const judgement = changed(SHORT);
    assert.deepEqual(judgementSchema.parse(JSON.parse(JSON.stringify(judgement))), judgement);
    const [markdown, page] = [markdownOf(judgement), pageOf(judgement)];
    const name = "something deleted in a guest, noticed after 30 days";
    for (const text of [markdown, page]) assert.ok(text.includes("What changes against main") && text.includes(name));
    assert.match(markdown, /\| worse \| something deleted in a guest, noticed after 30 days \| g101, g102 \|/);
    assert.match(changeSection(judgement).join("\n"), /\*\*by nobody\*\*/);
    const [stop] = stopsOf(judgement);
    const line = /\{"object".*\}/.exec(stopText(stop!))?.[0] ?? "";
    const filled = { ...(JSON.parse(line) as object), who: "Ana", why: "it is a trial", until: "2026-12-31" };
    repository.writeSite("acceptances.json", [filled]);
    assert.equal(stopsOf(changed(SHORT)).length, stopsOf(judgement).length - 1);
    assert.match(markdownOf(changed(SHORT)), /by Ana until 2026-12-31: it is a trial/);
  });

  it("is told from a change of the planner, which judges the same files otherwise", () => {
    const base = judgeBase("main", repository.settingsFile)!;
    const own = {
      ...base,
      losses: base.losses.map((loss) => ({
        ...loss,
        outcomes: loss.outcomes.map((one) => ({ ...one, copiesLeft: one.copiesLeft + 1 })),
      })),
    };
    const { comparison } = changed({}, own);
    assert.equal(comparison?.cells.length, 0);
    assert.equal(comparison.planner?.length, base.losses.length * 2);
    assert.deepEqual(stopsOf(changed({}, own)), []);
    assert.match(markdownOf(changed({}, own)), /no change of the site/);
    assert.equal(changed({}, { version: 0 }).comparison?.planner, null);
  });

  it("passes all the same when somebody says why, which the site's folder and every later report keep", () => {
    const stops = stopsOf(changed(SHORT)).map(stopText);
    const breaking = { siteFolder: repository.siteFolder, command: "report", at: AT };
    assert.equal(passes(stops, { ...breaking, reason: undefined }), false);
    assert.equal(passes(stops, { ...breaking, reason: "  " }), false);
    assert.deepEqual(readBrokenGlass(repository.siteFolder), []);
    assert.equal(passes(stops, { ...breaking, reason: "the house is on fire" }), true);
    assert.equal(passes([], { ...breaking, reason: "nothing stops it" }), true);
    assert.deepEqual(readBrokenGlass(repository.siteFolder), [
      { at: AT, command: "report", reason: "the house is on fire", passed: stops },
    ]);
    const later = repository.judgement();
    assert.match(markdownOf(later), /Gates that were passed all the same[\s\S]*the house is on fire/);
    assert.ok(pageOf(later).includes("the house is on fire"));
    const kept = JSON.parse(readFileSync(join(repository.siteFolder, "break-glass.json"), "utf8")) as unknown[];
    assert.equal(kept.length, 1);
  });

  it("that misses a target of the owner stops a preview, unless it only adds or somebody says why", () => {
    const files = { settings: repository.settings(HARD), siteFolder: repository.siteFolder };
    const breaking = { siteFolder: repository.siteFolder, command: "preview", at: AT, reason: undefined };
    const held = (ops: readonly string[], reason?: string) =>
      targetGate(
        files,
        ops.map((op) => ({ op })),
        { ...breaking, reason },
      ).passes;
    assert.deepEqual([held(["create", "update"]), held([]), held(["create", "import"])], [false, false, true]);
    assert.deepEqual(readBrokenGlass(repository.siteFolder), []);
    assert.equal(held(["update"], "moving house"), true);
    assert.equal(readBrokenGlass(repository.siteFolder)[0]?.command, "preview");
    const gate = targetGate(files, [{ op: "update" }], breaking);
    assert.match(
      gateLines(gate).join("\n"),
      /targets\.standard\.rpo: 1 h is not held.*impossible by[\s\S]*BREAK_GLASS/,
    );
  });

  it("of a site without targets of its own passes every preview, and says how many defaults are not held", () => {
    const files = { settings: repository.settings(), siteFolder: repository.siteFolder };
    const breaking = { siteFolder: repository.siteFolder, command: "preview", at: AT, reason: undefined };
    const gate = targetGate(files, [{ op: "update" }], breaking);
    assert.equal(gate.passes, true);
    assert.match(gateLines(gate).join("\n"), /^finding: \d+ default targets are not held; make report/);
  });
});
