import { strict as assert } from "node:assert";
import { readFileSync } from "node:fs";
import { join } from "node:path";

import fc from "fast-check";
import { parse } from "yaml";

import { pageOf } from "../../../commands/report/html";
import { judgementOf } from "../../../commands/report/knowledge";
import { markdownOf } from "../../../commands/report/markdown";
import { reportSchemaText } from "../../../commands/report/schema";
import { termRows } from "../../../commands/report/term-words";
import { timeText } from "../../../commands/report/time-text";
import { parseSettings } from "../../../estate/settings";
import { valueOf } from "../../../estate/problem";
import { judge } from "../../../planning/judgement";
import { judgementSchema, type Judgement } from "../../../planning/judgement-schema";
import { orderOf } from "../../../planning/whole-restore";
import { modelOf } from "../../../planning/site-model";
import { anyEstate, estateWith, guest } from "../../planning/estates";

const REPOSITORY = join(__dirname, "../../..");

/** What a reference site survives, from its files. */
function reference(stack: string): Judgement {
  const file = parse(readFileSync(join(REPOSITORY, `Pulumi.${stack}.yaml`), "utf8")) as {
    config: Record<string, unknown>;
  };
  const settings = valueOf(parseSettings(file.config["tappaas-resilience:settings"]), stack);
  return judgementOf({ settings, siteFolder: join(REPOSITORY, settings.site) });
}

describe("the report of a site", () => {
  let judgement: Judgement;

  before(() => {
    judgement = reference("single-node");
  });

  it("says for every loss what becomes of every guest, from the site's files alone", () => {
    const vmids = judgement.services.map(({ vmid }) => vmid);
    for (const { id, outcomes } of judgement.losses)
      assert.deepEqual(
        outcomes.map(({ vmid }) => vmid),
        vmids,
        id,
      );
    const ids = judgement.losses.map(({ id }) => id);
    for (const needed of ["node:tappaas1", "pool:tappaas1/tanka1", "control", "deletion:365", "update"])
      assert.ok(ids.includes(needed), `${needed} of ${ids.join()}`);
    const site = judgement.losses.find(({ id }) => id.startsWith("site"));
    assert.deepEqual([...new Set(site?.outcomes.map(({ verdict }) => verdict))], ["lost"]);
    assert.deepEqual([site?.severity, site?.called], [1, "everyone involved"]);
    const levels = new Map(judgement.losses.map(({ severity, called }) => [severity, called]));
    assert.deepEqual([levels.get(2), levels.get(3)], ["every on-call engineer", "at least one on-call engineer"]);
  });

  it("gives a time that is the sum of its terms, and never below its bound", () => {
    for (const { outcomes } of judgement.losses)
      for (const { estimate, bound, terms } of outcomes) {
        if (estimate === null || bound === null) continue;
        const sum = terms.reduce((all, term) => all + term.estimate, 0);
        assert.ok(Math.abs(sum - estimate) < 1e-6 * estimate + 1e-6);
        assert.ok(bound <= estimate);
      }
  });

  it("says of each loss what the time of the last guest consists of, and the parts are the whole of it", () => {
    const rows = termRows(judgement);
    const told = new Set(rows.flatMap(([losses = ""]) => losses.split("; ")));
    for (const { name, outcomes } of judgement.losses) {
      const back = outcomes.filter(({ verdict }) => verdict === "returns");
      assert.equal(told.has(name), back.length > 0, name);
      const last = back.toSorted((a, b) => (b.estimate ?? 0) - (a.estimate ?? 0))[0];
      const row = rows.find(([losses = ""]) => losses.split("; ").includes(name));
      for (const term of last?.terms ?? []) if (term.estimate > 0) assert.ok(row?.[2]?.includes(term.name), term.name);
      const sum = (last?.terms ?? []).reduce((all, { estimate }) => all + estimate, 0);
      assert.ok(Math.abs(sum - (last?.estimate ?? 0)) < 1, name);
    }
  });

  it("says after a power cut without the internet whom the return guard keeps off, why, and the command that lets them start", () => {
    const server = { address: "192.0.2.31", datastore: "lent", reader: "a@pbs!reads", writer: "a@pbs!writes" };
    const guests = [
      guest(110, { name: "firewall" }),
      guest(140, { name: "identity" }),
      guest(150, { name: "logging" }),
    ];
    const guard = { prepared: ["140"], outside: ["110"], servers: { peer: server } };
    const of = (settings: Record<string, unknown>) => judge(modelOf(estateWith(guests, settings)), undefined);
    const [guarded, plain] = [of({ returnGuard: guard }), of({})];
    const markdown = markdownOf(guarded);
    assert.match(
      markdown,
      /while the way to the internet is gone \| 2: partial disaster \| 3 of 3, \*\*1 until a person says so\*\*/,
    );
    const line =
      /while the way to the internet is gone: the return guard keeps identity off, since no place of record answers/;
    const commands = ["make guard-release SITE=single-node", "bash /etc/tappaas-return-guard/program release 140"];
    for (const text of [markdown, pageOf(guarded)]) {
      assert.match(text, line);
      for (const command of commands) assert.ok(text.includes(command), command);
    }
    assert.match(pageOf(guarded), />[^<]*, by a person<\/td>/);
    assert.match(pageOf(guarded), /off until a person lets it start or a place of record answers, back in about/);
    for (const text of [markdownOf(plain), pageOf(plain)])
      assert.doesNotMatch(text, /waits for a person|until a person|guard-release/);
  });

  it("is JSON as the published schema describes it", () => {
    assert.deepEqual(judgementSchema.parse(JSON.parse(JSON.stringify(judgement))), judgement);
    assert.equal(readFileSync(join(REPOSITORY, "report.schema.json"), "utf8"), reportSchemaText(), "run make schema");
  });

  it("stands beside each reference site as this checkout would write it, for people to read what a change does to it", () => {
    for (const stack of ["single-node", "three-node"]) {
      const file = join(REPOSITORY, `sites/${stack}/report.md`);
      const cure = `make report STACK=${stack} >sites/${stack}/report.md, and read what changes`;
      assert.equal(readFileSync(file, "utf8"), `${markdownOf(reference(stack))}\n`, cure);
    }
  });

  it("counts the formats of copies, which are one as long as nobody can export for himself", () => {
    const line = "one format: backups of whole guests, as Proxmox Backup Server keeps them; what an app exports";
    assert.equal(judgement.formats.length, 1);
    for (const text of [markdownOf(judgement), pageOf(judgement)]) assert.ok(text.includes(line));
  });

  it("names every loss and every guest in the page and in the Markdown", () => {
    const [page, markdown] = [pageOf(judgement), markdownOf(judgement)];
    const shown = (text: string) =>
      text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
    for (const { name } of judgement.losses) {
      assert.ok(page.includes(shown(name)), name);
      assert.ok(markdown.includes(name), name);
    }
    for (const { name } of judgement.services) assert.ok(page.includes(name) && markdown.includes(name), name);
    assert.match(markdown, /```mermaid\ngantt/);
  });

  it("takes nothing from elsewhere into the page, and runs nothing in it", () => {
    const page = pageOf(judgement);
    assert.equal(/<script|<link|<img|<iframe|src=|href=|url\(|@import/i.test(page), false);
  });

  it("lets no name of a guest become part of the page", () => {
    const estate = estateWith([guest(101, { name: '<b onclick="x()">&' })]);
    const page = pageOf(judge(modelOf(estate), undefined));
    assert.equal(page.includes("<b onclick"), false);
    assert.ok(page.includes("&lt;b onclick=&quot;x()&quot;&gt;&amp;"));
  });

  it("marks as critical the guest that serves last, and what it waited for, on any site", () => {
    fc.assert(
      fc.property(anyEstate, (estate) => {
        const order = orderOf(modelOf(estate));
        assert.ok(order !== null);
        const last = order.slots.reduce((a, b) => (b.serves > a.serves ? b : a));
        assert.ok(last.critical);
        assert.ok(Math.abs(last.serves - order.makespan) < 1e-6 * order.makespan);
        const first = order.slots.filter(({ critical }) => critical).reduce((a, b) => (b.starts < a.starts ? b : a));
        assert.ok(first.starts < 1e-6, "the chain begins where the whole begins");
      }),
    );
  });

  it("says times in two units", () => {
    assert.deepEqual([0, 5, 59.6, 60, 3_599, 3_660, 90_000, 86_400].map(timeText), [
      "0 s",
      "5 s",
      "1 min",
      "1 min",
      "1 h",
      "1 h 1 min",
      "1 d 1 h",
      "1 d",
    ]);
  });
});
