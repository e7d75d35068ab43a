import { strict as assert } from "node:assert";

import * as fc from "fast-check";

import { journalText } from "../../../lab/ha/journal";
import { below } from "../../../lab/ha/random";
import { cancel, newTimeline, schedule, takeNext, type Timeline } from "../../../lab/ha/timeline";

function drain(timeline: Timeline<string>, until: number): [number, string][] {
  const taken: [number, string][] = [];
  for (let event = takeNext(timeline, until); event !== undefined; event = takeNext(timeline, until))
    taken.push([timeline.now, event]);
  return taken;
}

describe("the lab's timeline", () => {
  it("lets everything happen once, in order of time, and in order of scheduling at one moment", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(50)), (moments) => {
        const timeline = newTimeline<string>();
        moments.forEach((at, index) => {
          schedule(timeline, at, String(index));
        });
        const wanted = moments.map((at, index) => [at, String(index)] as [number, string]);
        assert.deepEqual(
          drain(timeline, 50),
          wanted.sort(([a], [b]) => a - b),
        );
      }),
    );
  });

  it("gives the same whether it goes in one step or in many", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(50)), fc.array(fc.nat(50)), (moments, stops) => {
        const inOne = newTimeline<string>();
        moments.forEach((at, index) => {
          schedule(inOne, at, String(index));
        });
        const inMany = structuredClone(inOne);
        const steps = [...stops.sort((a, b) => a - b), 50].flatMap((stop) => drain(inMany, stop));
        assert.deepEqual(steps, drain(inOne, 50));
      }),
    );
  });

  it("never goes back, and what is due in the past happens now", () => {
    const timeline = newTimeline<string>(100);
    schedule(timeline, 40, "late");
    assert.deepEqual(drain(timeline, 90), []);
    assert.deepEqual([timeline.now, drain(timeline, 120)], [100, [[100, "late"]]]);
    assert.equal(timeline.now, 120);
  });

  it("forgets what was taken back, and is the same after it was stored", () => {
    const timeline = newTimeline<string>();
    for (const name of ["a", "b", "c"]) schedule(timeline, 5, name);
    cancel(timeline, (event) => event === "b");
    const stored = JSON.parse(JSON.stringify(timeline)) as Timeline<string>;
    assert.deepEqual(drain(stored, 9), [
      [5, "a"],
      [5, "c"],
    ]);
  });
});

describe("the lab's seeded numbers", () => {
  it("are the same for the same seed, in range, and spread over all of it", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 0xffffffff }), (seed) => {
        const [one, two] = [{ state: seed }, { state: seed }];
        const numbers = Array.from({ length: 200 }, () => below(one, 10));
        assert.deepEqual(
          numbers,
          Array.from({ length: 200 }, () => below(two, 10)),
        );
        assert.ok(numbers.every((number) => number >= 0 && number < 10));
        assert.ok(new Set(numbers).size >= 8);
      }),
    );
  });
});

describe("the lab's journal", () => {
  it("shows level, second, speaker and words in columns", () => {
    const text = journalText([{ time: 123, level: "info", source: "node2/lrm", text: "starting service vm:103" }]);
    assert.equal(text, "info       123       node2/lrm: starting service vm:103\n");
  });
});
