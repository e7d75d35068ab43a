import { strict as assert } from "node:assert";
import { join } from "node:path";

import fc from "fast-check";

import { type Estate } from "../../../estate/estate";
import { judge } from "../../../planning/judgement";
import { singleLosses } from "../../../planning/loss";
import { type Knowledge, modelOf } from "../../../planning/site-model";
import { stacksFor } from "../../../commands/runbook/elsewhere";
import { endingOrder } from "../../../commands/runbook/intruder-page";
import { pageOf } from "../../../commands/runbook/html";
import { knownRunbook } from "../../../commands/runbook/knowledge";
import { markdownOf } from "../../../commands/runbook/markdown";
import { runbookOf, type Runbook } from "../../../commands/runbook/runbook";
import { readStackFile } from "../../../commands/stack-file";
import { observationWith } from "../../estate/site";
import { anyEstate, estateWith, guest, mirrorOn, nodesNamed } from "../../planning/estates";
import { propertyRuns } from "../../support/property-runs";
import { assertCanBeTyped, wordsOf } from "./commands-in-text";

const REPOSITORY = join(__dirname, "../../..");

/** The runbook of a reference site, from its files. */
function reference(stack: string): Runbook {
  const settings = readStackFile(join(REPOSITORY, `Pulumi.${stack}.yaml`));
  return knownRunbook({ name: stack, settings, siteFolder: join(REPOSITORY, settings.site) });
}

function compiled(estate: Estate, knowledge: Knowledge = {}, stack = "home"): Runbook {
  const model = modelOf(estate, knowledge);
  return runbookOf({
    ...{ estate, model, stack, judgement: judge(model, undefined), state: { copies: [] }, ownCa: true },
    ...{ key: { file: "keys/k.age", identityFile: "keys/i.txt" }, escrow: knowledge.escrow, observation: undefined },
  });
}

const PAPER = {
  version: 1 as const,
  fingerprint: "0e",
  checkEveryDays: 180,
  places: [{ who: "my sister", where: "her safe", checked: "2026-11-01" }],
};

/** A site with everything that a page can be about. */
function everything(): Runbook {
  const estate = estateWith(
    [guest(101), guest(102, { node: "tappaas2", kind: "ct" }), guest(130, { name: "tappaas-cicd" })],
    {
      backup: { readers: ["vault@pbs"] },
      offsite: {
        vault: { kind: "vault", place: "my sister's house", reader: "vault@pbs" },
        bucket: {
          ...{ kind: "s3", place: "AWS, Frankfurt", into: { datastore: "s3-copies", path: "/tankc1/s3-cache" } },
          bucket: { endpoint: "s3.example.org", region: "eu-central-1", name: "one", accessKey: "AK1" },
        },
      },
      contacts: [
        { name: "Ana", reach: "+31 20 555 0100" },
        { name: "Bo", reach: "+31 20 555 0199", onCall: false },
      ],
    },
  );
  return compiled(estate, { escrow: PAPER }, "home-trial");
}

const commandsIn = (runbook: Runbook) =>
  runbook.pages.flatMap(({ id, steps }) =>
    steps.flatMap(({ commands = [], check }) =>
      [...commands, ...(check === undefined ? [] : [check])].map((command) => ({ id, command })),
    ),
  );

/** Holds names and ways of a runbook against its estate. */
function assertHolds(runbook: Runbook, estate: Pick<Estate, "nodes" | "guests" | "backupServer">): void {
  const hosts = estate.nodes.map(({ ssh }) => ssh.host);
  const names = [...estate.nodes, ...estate.guests].map(({ name }) => name);
  for (const { id, command } of commandsIn(runbook)) {
    const line = command.replaceAll(/<[^>]*>/g, "<>");
    for (const [, host = ""] of line.matchAll(/(?:root@|HOST=)([\w.]+)/g))
      assert.ok(hosts.includes(host), `${id}: ${line}`);
    for (const [, name = ""] of line.matchAll(/(?:OF=|NODE=|GUEST=|--node |--guest )([\w.-]+)/g))
      assert.ok(names.includes(name), `${id}: ${line}`);
    for (const [, server = ""] of line.matchAll(/PBS=([\w.]+)/g)) assert.equal(server, estate.backupServer.address);
    for (const [, vmid = ""] of line.matchAll(/\b(?:qm|pct) (?:status|reboot|shutdown|set) (\d+)/g))
      assert.ok(
        estate.guests.some((one) => String(one.vmid) === vmid),
        `${id}: ${line}`,
      );
  }
  const pages = runbook.pages.map(({ id }) => id);
  assert.equal(new Set(pages).size, pages.length);
  for (const { id, steps } of runbook.pages)
    for (const { decision } of steps) {
      if (decision === undefined) continue;
      const { otherwise } = decision;
      if ("page" in otherwise) assert.ok(pages.includes(otherwise.page), `${id} leads to ${otherwise.page}`);
      else
        assert.ok(
          steps.some(({ name }) => name === otherwise.step),
          `${id} leads to step ${otherwise.step}`,
        );
    }
}

describe("the runbook of a site", () => {
  let single: Runbook;
  let three: Runbook;
  let whole: Runbook;

  before(() => {
    [single, three, whole] = [reference("single-node"), reference("three-node"), everything()];
  });

  it("has one page for everything that planning knows can be lost, on any site, and names nothing that is not there", () => {
    fc.assert(
      fc.property(anyEstate, (estate) => {
        const runbook = compiled(estate);
        const covered = runbook.pages.flatMap(({ losses }) => losses).sort();
        const wanted = singleLosses(modelOf(estate)).map(({ id }) => id);
        assert.deepEqual(covered, wanted.sort());
        assertHolds(runbook, estate);
      }),
      { numRuns: propertyRuns(8) },
    );
  });

  it("has one besides for a lost passphrase, and for each copy elsewhere", () => {
    const ids = whole.pages.map(({ id }) => id);
    for (const needed of ["passphrase-lost", "off-site-vault", "sheet-lost", "key-lost", "intruder", "guest-deleted"])
      assert.ok(ids.includes(needed), `${needed} of ${ids.join()}`);
  });

  it("names the stacks that are prepared elsewhere, and has a page for a rented machine only where one is", () => {
    const estate = estateWith([guest(101)]);
    const none = compiled(estate);
    assert.equal(
      none.pages.some(({ id }) => id === "cloud"),
      false,
    );
    assert.match(markdownOf(none), /make rebuild STACK=<its stack>/);
    const model = modelOf(estate, {});
    const both = runbookOf({
      ...{ estate, model, stack: "home", judgement: judge(model, undefined), state: { copies: [] }, ownCa: true },
      ...{ key: { file: "keys/k.age", identityFile: "keys/i.txt" }, escrow: undefined, observation: undefined },
      elsewhere: [
        { stack: "oak", role: "dr-host" },
        { stack: "rented", role: "dr-cloud" },
      ],
    });
    assertHolds(both, estate);
    for (const { command } of commandsIn(both)) assertCanBeTyped(command);
    const text = markdownOf(both);
    assert.match(text, /make rebuild STACK=oak REBUILD_OPTIONS="--escrow-file escrow\.txt"/);
    assert.match(text, /make rebuild STACK=rented REBUILD_OPTIONS="--escrow-file escrow\.txt --dry-run"/);
    assert.equal(both.pages[0]?.id, "whole-site", "home comes first");
    assert.equal(both.pages.find(({ id }) => id === "cloud")?.severity, 1);
  });

  it("finds those stacks beside the site's own, by the home that they name", () => {
    const found = stacksFor(join(REPOSITORY, "Pulumi.single-node.yaml"), "single-node");
    assert.ok(found.some(({ stack, role }) => stack === "dr-host" && role === "dr-host"));
    assert.deepEqual(stacksFor(join(REPOSITORY, "Pulumi.three-node.yaml"), "three-node"), []);
  });

  it("begins with the rebuild at home, the first method there is, and goes on by how bad it is", () => {
    for (const { pages } of [single, three, whole]) {
      assert.equal(pages[0]?.id, "whole-site");
      const levels = pages.map(({ severity }) => severity);
      assert.deepEqual(levels, levels.toSorted());
      assert.equal(levels[0], 1);
    }
  });

  it("says commands that can be typed: each is in the Makefile, each option is the command's own", () => {
    const all = [single, three, whole].flatMap(commandsIn);
    const own = all.filter(({ command }) => /^(?:make|node) /.test(command));
    assert.ok(own.length > 100, String(own.length));
    for (const { command } of own) assertCanBeTyped(command);
    for (const wrong of ["make rebuild SITE=home REBUILD_OPTIONS=--force", "make nothing", "make status NODE=x"])
      assert.throws(() => {
        assertCanBeTyped(wrong);
      }, wrong);
    assert.throws(() => {
      assertCanBeTyped("node --import=tsx commands/main.ts restore --guest x");
    }, /is missing/);
  });

  it("names the stack wherever it is not called as its site is", () => {
    const makes = commandsIn(whole).filter(({ command }) => command.startsWith("make ") && command.includes("SITE="));
    for (const { command } of makes) assert.ok(wordsOf(command).includes("STACK=home-trial"), command);
  });

  it("calls everyone for a disaster, those on call for a part, one of them for a restore, and nobody at night", () => {
    const called = whole.calling.map(({ severity, people }) => [severity, people.map(({ name }) => name)]);
    assert.deepEqual(called, [
      [1, ["Ana", "Bo"]],
      [2, ["Ana"]],
      [3, ["Ana"]],
      [4, []],
    ]);
    assert.match(markdownOf(whole), /everyone involved: Ana \(\+31 20 555 0100\), Bo/);
  });

  it("says of what nobody wrote down that it is not known, and what would tell", () => {
    const { unknown } = single;
    assert.ok(
      unknown.some(({ text, cure }) => text === "whom to call" && cure === "contacts in Pulumi.single-node.yaml"),
    );
    assert.match(markdownOf(single), /not known: whom to call \(contacts in Pulumi\.single-node\.yaml\)/);
    assert.match(markdownOf(single), /no sheet with the key is written down/);
    assert.match(markdownOf(whole), /a sheet with the key: my sister, her safe \(read on 2026-11-01\)/);
    assert.equal(
      whole.unknown.some(({ text }) => text === "whom to call"),
      false,
    );
  });

  it("gives whatever a person does by hand a command or a sight by which it is seen to be done", () => {
    for (const { pages } of [single, three, whole])
      for (const { id, steps } of pages)
        for (const { by, text, check, commands = [], expect, decision } of steps) {
          if (by === "program") assert.ok(commands.length > 0, `${id}: ${text}`);
          else if (text.startsWith("Say aloud")) continue;
          else assert.ok((check ?? commands[0]) !== undefined || decision !== undefined, `${id}: ${text}`);
          if (check !== undefined) assert.ok(expect !== undefined || decision !== undefined, `${id}: ${text}`);
        }
  });

  it("ends a passphrase before the logins that it opens, for new ones under it would be the thief's", () => {
    const estate = estateWith([guest(101)]);
    const order = endingOrder({ model: modelOf(estate) }).map(({ id }) => id);
    assert.equal(order[0], "credential:passphrase");
    assert.equal(order.length, modelOf(estate).credentials.length);
  });

  it("tells on the page of each node what comes back by itself, and whether the others have a majority", () => {
    const nodes = { nodes: nodesNamed("tappaas1", "tappaas2"), pools: [mirrorOn("tappaas1"), mirrorOn("tappaas2")] };
    const two = compiled(estateWith([guest(101)], nodes));
    const page = two.pages.find(({ id }) => id === "node-tappaas1")!;
    assert.match(page.notes.join(" "), /no majority without it \(1 of 2 votes\)/);
    const first = three.pages.find(({ id }) => id === "node-tappaas1")!;
    assert.match(first.notes.join(" "), /The others keep the majority: 2 of 3 votes/);
    assert.ok(three.pages.some(({ title }) => title === "Node tappaas3, with the backup server"));
  });

  it("tells after a power cut what comes up in which order, and how somebody who knows lets held guests start", () => {
    const peer = { address: "192.0.2.31", datastore: "lent", reader: "a@pbs!reads", writer: "a@pbs!writes" };
    const estate = estateWith(
      [guest(110, { name: "firewall" }), guest(130, { kind: "ct" }), guest(140, { name: "identity" }), guest(101)],
      { returnGuard: { prepared: ["140"], outside: ["110"], servers: { peer } } },
    );
    const on = { node: "tappaas1", name: "x", onBoot: true as const, disks: [] };
    const items = [110, 140, 101].map((vmid) => ({ ...on, vmid, kind: "vm" as const }));
    const off = { node: "tappaas1", name: "x", disks: [], vmid: 130, kind: "ct" as const };
    const observation = observationWith({ guests: { complete: true, items: [...items, off] } });
    const runbook = compiled(estate, { observation });
    assertHolds(runbook, estate);
    for (const { command } of commandsIn(runbook)) if (/^(?:make|node) /.test(command)) assertCanBeTyped(command);
    const page = runbook.pages.find(({ id }) => id === "power-cut")!;
    assert.deepEqual(page.losses, ["power", "power:internet"]);
    const notes = page.notes.join("\n");
    assert.match(notes, /tappaas1 starts, one after the other: g101 \(101\), firewall \(110\), identity \(140\)\./);
    assert.match(notes, /Nothing starts g130 \(130\)/);
    assert.match(
      notes,
      /lets firewall \(110\) start at once.*asks peer, for 10 min at most.*these stay off: identity \(140\)/,
    );
    const internet = runbook.pages.find(({ id }) => id === "internet")!;
    assert.match(internet.notes.join("\n"), /keeps guests off that may serve elsewhere: the page of a power cut/);
    const commands = page.steps.flatMap((step) => step.commands ?? []);
    assert.ok(commands.includes("pct start 130   # on tappaas1"));
    const order = ["make guard SITE", "make guard-release SITE", "program release 140"].map((word) =>
      commands.findIndex((command) => command.includes(word)),
    );
    assert.ok(order[0]! >= 0 && order[0]! < order[1]! && order[1]! < order[2]!, order.join());
    const asked = page.steps.findIndex(({ decision }) => decision?.question.includes("serve nowhere else") === true);
    const released = page.steps.findIndex(
      (step) => step.commands?.some((one) => one.includes("guard-release")) === true,
    );
    const started = page.steps.findIndex((step) => step.commands?.some((one) => one.startsWith("pct start")) === true);
    assert.ok(started > released, "what nobody asks for is started last");
    assert.equal(asked, released - 1, "nobody is let start before everybody was asked");
  });

  it("speaks of no guard after a power cut where there is none, and says what that means", () => {
    const page = single.pages.find(({ id }) => id === "power-cut")!;
    assert.match(page.notes.join("\n"), /There is no return guard: .* each is there twice as soon as the nodes start/);
    assert.doesNotMatch(JSON.stringify(page.steps), /guard/);
    const cluster = three.pages.find(({ id }) => id === "power-cut")!;
    assert.ok(cluster.steps.some(({ commands = [] }) => commands.some((command) => command.includes("pvecm status"))));
    assert.match(
      cluster.notes.join("\n"),
      /High availability starts .*identity \(140\).*about 2 min after a majority is there/,
    );
  });

  it("lets no name become part of the page, and takes nothing from elsewhere into it", () => {
    const estate = estateWith([guest(101, { name: '<b onclick="x()">&' })]);
    const page = pageOf(compiled(estate));
    assert.equal(page.includes("<b onclick"), false);
    assert.equal(/<script|<link|<img|<iframe|src=|url\(|@import/i.test(page), false);
    for (const [, target = ""] of page.matchAll(/href="([^"]*)"/g)) assert.match(target, /^#/);
  });

  it("has every step of the Markdown in the page", () => {
    const [page, markdown] = [pageOf(whole), markdownOf(whole)];
    const shown = (text: string) =>
      text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
    for (const { steps } of whole.pages)
      for (const { text } of steps) assert.ok(page.includes(shown(text)) && markdown.includes(text), text);
  });
});
