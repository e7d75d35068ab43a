import { strict as assert } from "node:assert";

import fc from "fast-check";

import { toSeconds } from "../../estate/units/duration";
import { missedTargets, stopsOf } from "../../planning/gate";
import { judge } from "../../planning/judgement";
import { type Model } from "../../planning/model";
import { modelOf } from "../../planning/site-model";
import { survival } from "../../planning/survival";
import { scopeOf, targetResults, type TargetResult, type WrittenTargets } from "../../planning/targets";
import { parseSettings } from "../../estate/settings";
import { inventoryOf, lines, settingsWith } from "../estate/site";
import { targetProblems } from "../../estate/targets";
import { propertyRuns } from "../support/property-runs";
import { anyModel, estateWith, guest } from "./estates";

function modelWith(targets: Partial<WrittenTargets>, record = {}): Model {
  const estate = estateWith([guest(101), guest(102)], { targets });
  return modelOf(estate, { record: { version: 1, measured: [], used: [], spareNode: false, ...record } });
}

function resultOf(model: Model, vmid: number, kind: "rto" | "rpo", scope = "failures"): TargetResult {
  const found = targetResults(survival(model), model.targets).find(
    (one) => one.service.vmid === vmid && one.kind === kind && one.scope === scope,
  );
  assert.ok(found !== undefined);
  return found;
}

const stops = (model: Model) => stopsOf(judge(model, undefined)).map(({ target }) => target?.setting);

describe("targets of recovery", () => {
  it("only warn while the owner wrote none", () => {
    const model = modelWith({});
    assert.ok(missedTargets(judge(model, undefined)).length > 0);
    assert.deepEqual(stops(model), []);
  });

  it("fail when the owner wrote them and they cannot be held, and name the setting", () => {
    assert.deepEqual([...new Set(stops(modelWith({ standard: { rpo: "1 hour" } })))], ["targets.standard.rpo"]);
    assert.deepEqual(stops(modelWith({ standard: { rpo: "2 days" } })), []);
  });

  it("of a guest go before those of its tier, the two kinds by themselves", () => {
    const model = modelWith({ standard: { rto: "20 days", rpo: "2 days" }, guests: { 102: { rpo: "2 hours" } } });
    assert.deepEqual(
      [resultOf(model, 101, "rpo"), resultOf(model, 102, "rpo"), resultOf(model, 102, "rto")].map(
        ({ seconds, setting, verdict }) => [seconds, setting, verdict],
      ),
      [
        [toSeconds("2 days"), "targets.standard.rpo", "met"],
        [toSeconds("2 hours"), "targets.guests.102.rpo", "impossible"],
        [toSeconds("20 days"), "targets.standard.rto", "met"],
      ],
    );
  });

  it("that are below the bound say by how much, and what makes them possible makes them possible", () => {
    const before = resultOf(modelWith({ standard: { rto: "30 minutes" } }), 101, "rto");
    assert.equal(before.verdict, "impossible");
    const lost = before.misses.find(({ loss }) => loss.id === "node:tappaas1");
    assert.ok(lost?.beyond !== undefined && lost.beyond > 0);
    assert.equal(lost.bound, 1800 + lost.beyond);
    assert.match(lost.cures.join(), /replacement of the machine: a machine that stands ready/);
    const after = resultOf(modelWith({ standard: { rto: "30 minutes" } }, { spareNode: true }), 101, "rto");
    assert.equal(after.misses.find(({ loss }) => loss.id === "node:tappaas1")?.beyond, 0);
  });

  it("of disasters count for site, key and thief, and the others for one thing that breaks", () => {
    const rows = survival(modelWith({}));
    const scopes = new Map(rows.map(({ losses: [loss] }) => [loss!.id, scopeOf(loss!)]));
    assert.deepEqual(
      ["node:tappaas1", "update", "site:sites/single-node", "credential:passphrase", "internet", "deletion:365"].map(
        (id) => scopes.get(id),
      ),
      ["failures", "failures", "disasters", "disasters", undefined, undefined],
    );
    const burnt = resultOf(modelWith({ disasters: { rpo: "30 days" } }), 101, "rpo", "disasters");
    assert.deepEqual(
      [burnt.verdict, burnt.misses[0]?.estimate, burnt.misses[0]?.beyond],
      ["impossible", undefined, undefined],
    );
  });

  it("are held when nothing takes longer or loses more, and are impossible only when a bound says so", () => {
    const times = fc.constantFrom("1 hour", "5 hours", "1 day", "3 days", "30 days");
    fc.assert(
      fc.property(anyModel, times, times, (model, rto, rpo) => {
        const target = { rto, rpo } as NonNullable<WrittenTargets["standard"]>;
        const targets = { essential: target, standard: target, deferrable: target, disasters: target, guests: {} };
        const rows = survival(model);
        for (const { service, scope, kind, seconds, verdict } of targetResults(rows, targets)) {
          const outcomes = rows.flatMap(({ losses: [loss], outcomes: all }) =>
            scopeOf(loss!) === scope ? all.filter((one) => one.service.vmid === service.vmid) : [],
          );
          const worst = outcomes.map((one) => {
            if (one.verdict === "lost") return { estimate: Infinity, bound: Infinity };
            if (kind === "rto") return { estimate: one.recovery?.estimate ?? 0, bound: one.recovery?.bound ?? 0 };
            return { estimate: one.dataLost ?? 0, bound: one.dataLostBound ?? 0 };
          });
          assert.equal(
            verdict === "met",
            worst.every(({ estimate }) => estimate <= seconds),
          );
          assert.equal(
            verdict === "impossible",
            worst.some(({ bound }) => bound > seconds),
          );
        }
      }),
      { numRuns: propertyRuns(10) },
    );
  });

  it("are for guests that are there, and are times", () => {
    assert.deepEqual(
      targetProblems(settingsWith({ targets: { guests: { 999: { rto: "1 day" } } } }), inventoryOf([])),
      [
        {
          path: "targets.guests.999",
          expected: "the VMID of a guest in the inventory",
          cure: "remove it or correct it",
        },
      ],
    );
    const written = { targets: { standard: { rto: "soon" } } };
    assert.ok(
      lines(parseSettings(written)).includes(
        'targets.standard.rto: expected a duration such as "15 minutes", got "soon"; correct it'.replace(/^/, "- "),
      ),
      lines(parseSettings(written)).join("\n"),
    );
  });
});
