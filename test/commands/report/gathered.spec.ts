import { strict as assert } from "node:assert";

import fc from "fast-check";

import { gatheredPairs, guestsText, someOf } from "../../../commands/report/gathered";
import { targetRows } from "../../../commands/report/target-words";
import { type MissedTarget } from "../../../planning/gate";
import { type Judgement } from "../../../planning/judgement-schema";
import { propertyRuns } from "../../support/property-runs";

const LOSSES = ["disk a", "pool a", "node a", "the server", "a thief", "a deletion"];

/** What of a judgement the pairs are told by. */
function judged(pairs: readonly (readonly [string, string, readonly number[]])[]): Judgement {
  const services = [101, 102, 103, 104, 105].map((vmid) => ({ vmid, name: `g${vmid}` }));
  const rows = pairs.map(([one, other, lost]) => ({ names: [one, other], severity: 2, lost }));
  return { services, pairs: rows } as unknown as Judgement;
}

describe("what two losses take together", () => {
  it("is told of each pair, once, and of no other", () => {
    const all = LOSSES.flatMap((one, at) => LOSSES.slice(at + 1).map((other) => [one, other] as const));
    const takes = fc.constantFrom([101], [101, 102], [101, 102, 103, 104, 105]);
    fc.assert(
      fc.property(
        fc.subarray(all),
        fc.array(takes, { minLength: all.length, maxLength: all.length }),
        (chosen, lost) => {
          const pairs = chosen.map(([one, other], at) => [one, other, lost[at] ?? []] as const);
          const told = gatheredPairs(judged(pairs)).flatMap(({ one, other, lost: count, count: rows }) => {
            assert.equal(rows, one.length * other.length);
            return one.flatMap((first) => other.map((second) => `${[first, second].sort().join(" + ")}: ${count}`));
          });
          const wanted = pairs.map(([one, other, own]) => `${[one, other].sort().join(" + ")}: ${own.length}`);
          assert.deepEqual(told.sort(), wanted.sort());
        },
      ),
      { numRuns: propertyRuns(200) },
    );
  });

  it("stands in one row where several do the same, and the guests are called all where they are", () => {
    const lost = [101, 102, 103, 104, 105];
    const pairs = ["disk a", "pool a"].flatMap((one) =>
      ["a thief", "a deletion"].map((two) => [one, two, lost] as const),
    );
    const [row, ...others] = gatheredPairs(judged(pairs));
    assert.deepEqual(others, []);
    assert.deepEqual(
      [row?.one, row?.other, row?.gone],
      [["disk a", "pool a"], ["a thief", "a deletion"], "all 5 guests"],
    );
  });
});

describe("guests in a report", () => {
  it("are named, and called all only where that is every one of several", () => {
    assert.equal(guestsText(["web", "mail"], 5), "web, mail");
    assert.equal(guestsText(["a", "b", "c", "d"], 4), "all 4 guests");
    assert.equal(guestsText(["a", "b"], 2), "a, b");
  });

  it("are never silently left out of a list that is too long", () => {
    assert.equal(someOf(["a", "b", "c"], 3), "a; b; c");
    assert.equal(someOf(["a", "b", "c", "d", "e"], 3), "a; b; c; and 2 more");
  });
});

describe("targets that are not held", () => {
  it("share a row where losses mean the same to the same guests, and lose none of them", () => {
    const one: MissedTarget = {
      setting: "targets.essential.rto",
      kind: "rto",
      seconds: 3_600,
      written: true,
      loss: "node a",
      guests: ["g101"],
      estimate: 7_200,
      beyond: 0,
      cures: [],
    };
    const rows = targetRows([one, { ...one, loss: "node b" }, { ...one, loss: "node c", estimate: 9_000 }], 5);
    assert.deepEqual(
      rows.map(({ cells: [, loss, , instead] }) => [loss, instead]),
      [
        ["node a; node b", "about 2 h gone"],
        ["node c", "about 2 h 30 min gone"],
      ],
    );
  });
});
