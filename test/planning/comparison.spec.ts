import { strict as assert } from "node:assert";

import fc from "fast-check";

import { type Acceptance } from "../../estate/site-folder";
import { compare } from "../../planning/comparison";
import { stopsOf } from "../../planning/gate";
import { judge } from "../../planning/judgement";
import { type Judgement } from "../../planning/judgement-schema";
import { type Copy, type Model } from "../../planning/model";
import { modelOf } from "../../planning/site-model";
import { propertyRuns } from "../support/property-runs";
import { anyModel, estateWith, guest } from "./estates";

const TODAY = "2026-11-26";

function judged(settings: Record<string, unknown> = {}, vmids = [101, 102]): Judgement {
  return judge(
    modelOf(
      estateWith(
        vmids.map((vmid) => guest(vmid)),
        settings,
      ),
    ),
    undefined,
  );
}

function against(base: Judgement, head: Judgement, acceptances: readonly Acceptance[] = []): Judgement {
  return { ...head, comparison: compare(base, head, { name: "main", acceptances, today: TODAY }) };
}

const worse = ({ comparison }: Judgement) => (comparison?.cells ?? []).filter(({ needsAcceptance }) => needsAcceptance);
const SHORT = { backup: { retention: { keepDaily: 7 } } };

describe("what a change makes of a site", () => {
  it("is nothing when nothing changes", () => {
    const { comparison } = against(judged(), judged());
    assert.deepEqual([comparison?.cells, comparison?.counts, comparison?.targets], [[], [], []]);
  });

  it("stops a change after which a deletion is found too late, guest by guest", () => {
    const change = against(judged(), judged(SHORT));
    const cells = worse(change).filter(({ loss }) => loss === "deletion:30");
    assert.deepEqual(
      cells.map(({ vmid, before, after }) => [vmid, before.verdict, after.verdict]),
      [
        [101, "returns", "lost"],
        [102, "returns", "lost"],
      ],
    );
    assert.equal(stopsOf(change).length, worse(change).length);
  });

  it("passes once somebody took it upon themselves, by name, until a day that is not over", () => {
    const line = { change: "survive-less", who: "Ana", why: "trial", until: TODAY } as const;
    const accepted = (acceptances: readonly Acceptance[]) => stopsOf(against(judged(), judged(SHORT), acceptances));
    const all = [101, 102].map((vmid) => ({ ...line, object: `survival/${vmid}` }));
    assert.deepEqual(accepted(all), []);
    assert.equal(accepted(all.slice(0, 1)).length, accepted([]).length / 2);
    assert.equal(accepted([{ ...line, object: "survival/deletion:365" }]).length, accepted([]).length - 2);
    for (const other of [{ until: "2026-11-25" }, { until: undefined }, { change: "shorten-retention" as const }])
      assert.equal(accepted(all.map((one) => ({ ...one, ...other }))).length, accepted([]).length);
  });

  it("is no loss of protection where a guest more only makes others wait", () => {
    const change = against(judged(), judged({}, [101, 102, 103, 104, 105, 106, 107, 108]));
    assert.deepEqual(worse(change), []);
    assert.deepEqual(stopsOf(change), []);
    assert.equal(change.comparison?.added.length, 6);
  });

  it("shows a guest that is gone, and a target that is held no more", () => {
    const { comparison } = against(judged(), judged({ targets: { standard: { rpo: "1 hour" } } }, [101]));
    assert.deepEqual(comparison?.removed, ["102 g102"]);
    assert.deepEqual(
      comparison.targets.map(({ setting, scope, before, after, written }) => [setting, scope, before, after, written]),
      [["targets.standard.rpo", "failures", "met", "impossible", true]],
    );
  });

  it("is never stopped when it adds a copy, on any site, whatever targets it misses", () => {
    const kinds = fc.record({
      interval: fc.constantFrom(900, 86_400, 604_800),
      at: fc.constantFrom("server:tappaas_backup", "node:tappaas1", "off-site:vault"),
      overInternet: fc.boolean(),
    });
    fc.assert(
      fc.property(anyModel, kinds, (model, changes) => {
        const impossible = { rto: "1 minute", rpo: "1 minute" } as const;
        const base: Model = { ...model, targets: { guests: {}, standard: impossible, essential: impossible } };
        const backup = base.copies.find(({ kind }) => kind === "backup")!;
        const copy: Copy = {
          ...backup,
          ...changes,
          id: "off-site:more",
          kind: "off-site",
          destroyedBy: [["credential:x"]],
        };
        const vault = {
          id: "off-site:vault",
          kind: "off-site" as const,
          name: "the vault",
          within: undefined,
          disks: [],
        };
        const head = {
          ...base,
          places: [...base.places, { ...vault, medium: "chunks" }],
          copies: [...base.copies, copy],
        };
        const change = against(judge(base, undefined), judge(head, undefined));
        assert.deepEqual(
          stopsOf(change).map(({ cell, target }) => [cell, target]),
          [],
        );
      }),
      { numRuns: propertyRuns(8) },
    );
  });

  it("stops the same change the other way round, which takes a copy away", () => {
    const model = modelOf(estateWith([guest(101)]));
    const bare = { ...model, copies: model.copies.filter(({ kind }) => kind !== "backup") };
    const change = against(judge(model, undefined), judge(bare, undefined));
    assert.ok(stopsOf(change).some(({ cell }) => cell?.loss === "pool:tappaas1/tanka1"));
    assert.ok(change.comparison?.counts.some(({ what, worse: less }) => what === "copies" && less));
  });
});
