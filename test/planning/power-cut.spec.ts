import { strict as assert } from "node:assert";

import fc from "fast-check";

import { compare } from "../../planning/comparison";
import { stopsOf } from "../../planning/gate";
import { judge } from "../../planning/judgement";
import { type GuestStart, type Model } from "../../planning/model";
import { PUBLISHED_RATES } from "../../planning/rates";
import { modelOf } from "../../planning/site-model";
import { survival, survivalOfPairs, type Outcome, type SurvivalRow } from "../../planning/survival";
import { scopeOf } from "../../planning/targets";
import { type Observation } from "../../estate/observation";
import { observationWith } from "../estate/site";
import { propertyRuns } from "../support/property-runs";
import { anyModel, estateWith, guest, nodesNamed } from "./estates";

const CUT = "power";
const CUT_OFF = "power:internet";
const server = { address: "192.0.2.31", datastore: "lent", reader: "home@pbs!reads", writer: "home@pbs!writes" };
const GUARD = { prepared: ["140", "610"], outside: ["110"], servers: { peer: server } };
const five = [
  guest(110, { name: "firewall" }),
  guest(140, { name: "identity" }),
  guest(150, { name: "logging" }),
  guest(340, { name: "nextcloud", dependsOn: ["identity:identity"] }),
  guest(610, { name: "vaultwarden" }),
];

function siteOf(settings: Record<string, unknown> = {}, observation?: Observation): Model {
  return modelOf(estateWith(five, settings), { observation });
}

function rowOf(model: Model, id: string): SurvivalRow {
  const row = survival(model).find(({ losses }) => losses[0]?.id === id);
  assert.ok(row !== undefined, id);
  return row;
}

function outcomeOf(row: SurvivalRow, vmid: number): Outcome {
  const outcome = row.outcomes.find(({ service }) => service.vmid === vmid);
  assert.ok(outcome !== undefined, String(vmid));
  return outcome;
}

const methods = (row: SurvivalRow) =>
  Object.fromEntries(row.outcomes.map(({ service, recovery }) => [service.vmid, recovery?.method]));
const termOf = (row: SurvivalRow, vmid: number, name: string) =>
  outcomeOf(row, vmid).recovery?.terms.find((term) => term.name === name);
const estimateOf = (row: SurvivalRow, vmid: number) => outcomeOf(row, vmid).recovery?.estimate ?? NaN;

/** A site as it was seen, of which each guest has what is said of it. */
function seen(guests: Record<number, { onBoot?: true; startOrder?: number }>, states: Record<number, string> = {}) {
  const items = Object.entries(guests).map(([vmid, found]) => ({
    ...{ vmid: Number(vmid), kind: "vm" as const, node: "tappaas1", name: "x", disks: [] },
    ...found,
  }));
  const resources = Object.entries(states).map(([vmid, state]) => ({
    kind: "resource" as const,
    id: `vm:${vmid}`,
    state,
  }));
  return observationWith({
    guests: { complete: true, items },
    highAvailability: { complete: true, items: resources },
  });
}

/** Sites with any guard and anything that starts their guests. */
const anyGuarded: fc.Arbitrary<Model> = fc
  .record({
    model: anyModel,
    starts: fc.array(fc.constantFrom<GuestStart["by"]>("node", "ha", "nobody"), { minLength: 12, maxLength: 12 }),
    pauses: fc.array(fc.integer({ min: 0, max: 600 }), { minLength: 12, maxLength: 12 }),
    roles: fc.array(fc.constantFrom("prepared", "outside", "other"), { minLength: 12, maxLength: 12 }),
    limit: fc.integer({ min: 0, max: 3600 }),
  })
  .map(({ model, starts, pauses, roles, limit }) => ({
    ...model,
    services: model.services.map((service, index) => ({
      ...service,
      start: { by: starts[index] ?? "node", order: undefined, pause: pauses[index] ?? 0 },
    })),
    returnGuard: {
      prepared: model.services.filter((_, index) => roles[index] === "prepared").map(({ vmid }) => vmid),
      outside: model.services.filter((_, index) => roles[index] === "outside").map(({ vmid }) => vmid),
      limit,
    },
  }));

describe("a power cut of the whole site", () => {
  it("destroys nothing: each guest returns with its own disks, no work is lost and no copy, on any site", () => {
    fc.assert(
      fc.property(anyGuarded, (model) => {
        for (const id of [CUT, CUT_OFF])
          for (const { service, verdict, from, dataLost, dataLostBound, copiesLeft } of rowOf(model, id).outcomes) {
            const own = model.copies.filter(({ guests }) => guests.has(service.vmid));
            assert.deepEqual([verdict, from, dataLost, dataLostBound], ["returns", undefined, 0, 0]);
            assert.equal(copiesLeft, own.length);
          }
      }),
      { numRuns: propertyRuns(15) },
    );
  });

  it("takes a time that is the sum of its terms, each with where it comes from and never below its bound, on any site", () => {
    fc.assert(
      fc.property(anyGuarded, (model) => {
        for (const id of [CUT, CUT_OFF])
          for (const { recovery } of rowOf(model, id).outcomes) {
            assert.ok(recovery !== undefined);
            const { terms, bound, estimate } = recovery;
            assert.ok(
              terms.every((term) => term.bound >= 0 && term.bound <= term.estimate && term.why !== ""),
              JSON.stringify(terms),
            );
            const sum = terms.reduce((all, term) => all + term.estimate, 0);
            assert.ok(bound <= estimate && Math.abs(sum - estimate) < 1e-6);
          }
      }),
      { numRuns: propertyRuns(15) },
    );
  });

  it("lets no guest serve before what it depends on does, on any site", () => {
    fc.assert(
      fc.property(anyGuarded, (model) => {
        for (const id of [CUT, CUT_OFF]) {
          const row = rowOf(model, id);
          for (const { vmid, dependsOn } of model.services)
            for (const needed of dependsOn) assert.ok(estimateOf(row, vmid) > estimateOf(row, needed));
        }
      }),
      { numRuns: propertyRuns(15) },
    );
  });

  it("is over sooner, or no later, for every guest when one guest less is prepared elsewhere", () => {
    fc.assert(
      fc.property(anyGuarded, (model) => {
        const [first, ...others] = model.returnGuard?.prepared ?? [];
        if (first === undefined || model.returnGuard === undefined) return;
        // Longer than anybody needs to see it: then asking costs more than a person.
        const guard = { ...model.returnGuard, limit: Math.min(model.returnGuard.limit, 1800) };
        const start = { by: "ha" as const, order: undefined, pause: 0 };
        const services = model.services.map((service) => ({ ...service, start }));
        const [before, after] = [guard, { ...guard, prepared: others }].map((returnGuard) =>
          rowOf({ ...model, services, returnGuard }, CUT_OFF),
        );
        for (const { vmid } of services)
          assert.ok(estimateOf(after!, vmid) <= estimateOf(before!, vmid) + 1e-6, String(vmid));
      }),
      { numRuns: propertyRuns(15) },
    );
  });

  it("keeps what may serve elsewhere off until a person says so while no place of record answers, and starts all others", () => {
    const row = rowOf(siteOf({ returnGuard: GUARD }), CUT_OFF);
    assert.deepEqual(methods(row), { 110: "boot", 140: "release", 150: "boot", 340: "boot", 610: "release" });
    const released = termOf(row, 140, "release by a person");
    assert.deepEqual([released?.bound, released?.estimate], [0, 1800]);
    assert.match(released?.why ?? "", /no place of record answered, and it may serve elsewhere/);
    const asked = termOf(row, 150, "asking the places of record");
    assert.deepEqual([asked?.bound, asked?.estimate], [600, 600], "as long as the nodes ask");
    assert.equal(
      termOf(row, 110, "asking the places of record"),
      undefined,
      "the firewall starts before anybody is asked",
    );
  });

  it("starts everything by itself with the internet, once the firewall serves that leads to the places of record", () => {
    const row = rowOf(siteOf({ returnGuard: GUARD }), CUT);
    assert.deepEqual([...new Set(Object.values(methods(row)))], ["boot"]);
    const { boot, probe } = PUBLISHED_RATES;
    assert.equal(termOf(row, 140, "asking the places of record")?.estimate, boot.expected + probe.expected);
    assert.equal(termOf(row, 140, "asking the places of record")?.bound, 0);
  });

  it("hears an answer that comes after the nodes gave up with their next round, five minutes later", () => {
    const row = rowOf(siteOf({ returnGuard: { ...GUARD, limit: "1 minute" } }), CUT);
    assert.equal(termOf(row, 140, "asking the places of record")?.estimate, 60 + 300);
  });

  it("waits with what needs a guest that is kept off, until that one serves", () => {
    const row = rowOf(siteOf({ returnGuard: GUARD }), CUT_OFF);
    assert.ok(estimateOf(row, 340) > estimateOf(row, 140));
    assert.ok((termOf(row, 340, "waiting for dependencies")?.estimate ?? 0) > 600);
    assert.equal(termOf(row, 150, "waiting for dependencies")?.estimate, 0);
  });

  it("asks nobody without a return guard, with and without the internet", () => {
    for (const id of [CUT, CUT_OFF]) {
      const row = rowOf(siteOf(), id);
      assert.deepEqual([...new Set(Object.values(methods(row)))], ["boot"]);
      assert.ok(row.outcomes.every(({ recovery }) => recovery?.terms.every(({ name }) => !name.startsWith("asking"))));
    }
  });

  it("leaves off what nothing starts until a person does, also under a return guard", () => {
    const found = seen({
      110: { onBoot: true },
      140: {},
      150: { onBoot: true },
      340: { onBoot: true },
      610: { onBoot: true },
    });
    for (const settings of [{}, { returnGuard: GUARD }]) {
      const row = rowOf(siteOf(settings, found), CUT);
      assert.equal(methods(row)[140], "hand");
      assert.equal(termOf(row, 140, "start by a person")?.estimate, 1800);
      assert.ok(estimateOf(row, 340) > estimateOf(row, 140), "nextcloud needs it");
    }
  });

  it("believes high availability's state before onboot: what it has as stopped stays off, what it ignores is its node's", () => {
    const all = { onBoot: true } as const;
    const found = seen(
      { 110: {}, 140: all, 150: all, 340: {}, 610: all },
      { 110: "started", 140: "stopped", 150: "ignored", 340: "ignored" },
    );
    const model = siteOf({}, found);
    assert.deepEqual(
      model.services.map(({ vmid, start }) => [vmid, start?.by]),
      [
        [110, "ha"],
        [140, "nobody"],
        [150, "node"],
        [340, "nobody"],
        [610, "node"],
      ],
    );
    const locks = termOf(rowOf(model, CUT), 110, "locks from before the cut");
    assert.deepEqual([locks?.bound, locks?.estimate], [0, 120], "free at once after an orderly shutdown");
  });

  it("takes what nobody has seen to start with its node, and says so with the command that looks", () => {
    const said = (model: Model) =>
      model.assumptions.filter(({ cure }) => cure === "make observe").map(({ text }) => text);
    assert.ok(said(siteOf()).includes("what starts with its node: every guest"));
    const some = seen({ 110: {}, 140: {}, 150: {}, 340: {} });
    assert.deepEqual(said(siteOf({}, some)), ["what starts with its node: vaultwarden"]);
    const complete = seen({ 110: {}, 140: {}, 150: {}, 340: {}, 610: {} });
    assert.deepEqual(said(siteOf({}, complete)), []);
  });

  it("starts a node's guests in the order that it has, with the pauses that the site asks for, and other nodes' beside them", () => {
    const on = { onBoot: true } as const;
    const found = seen({ 110: on, 140: { ...on, startOrder: 5 }, 150: { ...on, startOrder: 1 }, 340: on, 610: on });
    const queue = (model: Model) =>
      Object.fromEntries(
        model.services.map(({ vmid }) => [vmid, termOf(rowOf(model, CUT), vmid, "queueing")?.estimate]),
      );
    assert.deepEqual(queue(siteOf({}, found)), { 150: 0, 140: 3, 110: 6, 340: 9, 610: 12 });
    const plain = estateWith(five);
    const identity = plain.guests.find(({ vmid }) => vmid === 140)!;
    const written = { ...plain, startup: [{ guest: identity, order: 1, pause: "1 minute" as const }] };
    assert.deepEqual(queue(modelOf(written, { observation: found })), { 140: 0, 150: 60, 110: 63, 340: 66, 610: 69 });
    const two = modelOf(
      estateWith([guest(101), guest(102, { node: "tappaas2" })], { nodes: nodesNamed("tappaas1", "tappaas2") }),
    );
    assert.deepEqual(queue(two), { 101: 0, 102: 0 });
  });

  it("is a partial disaster: everything is down, and nothing has to be brought back", () => {
    for (const id of [CUT, CUT_OFF]) {
      const { severity } = rowOf(siteOf(), id);
      assert.deepEqual([severity.level, severity.called], [2, "every on-call engineer"]);
    }
  });

  it("is in no pair, since it takes nothing that the other loss of the pair does not take alone", () => {
    const pairs = survivalOfPairs(siteOf());
    assert.ok(pairs.length > 0);
    assert.ok(pairs.every(({ losses }) => losses.every(({ kind }) => kind !== "power")));
  });

  it("counts for no target: when the power is back is its supplier's to say", () => {
    const rows = survival(siteOf());
    const [cut] = rows.flatMap(({ losses: [loss] }) => (loss?.id === CUT ? [loss] : []));
    assert.equal(scopeOf(cut!), undefined);
  });

  it("stops no change that adds a return guard, and shows for whom a person is needed from then on", () => {
    const [base, head] = [judge(siteOf(), undefined), judge(siteOf({ returnGuard: GUARD }), undefined)];
    const comparison = compare(base, head, { name: "main", acceptances: [], today: "2026-11-28" });
    assert.deepEqual(stopsOf({ ...head, comparison }), []);
    const held = comparison.cells.filter(({ after }) => after.method === "release");
    assert.deepEqual(
      held.map(({ loss, vmid, worse, needsAcceptance }) => [loss, vmid, worse, needsAcceptance]),
      [
        [CUT_OFF, 140, ["waiting"], false],
        [CUT_OFF, 610, ["waiting"], false],
      ],
    );
  });
});
