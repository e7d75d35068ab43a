import { strict as assert } from "node:assert";

import { heldAlarms, recordAlarms } from "../../../commands/guard/alarms";
import { evidenceGaps, type Look } from "../../../commands/guard/evidence";
import { isDue, type PlaceSeen } from "../../../commands/guard/record";
import { AT_HOME, type ReturnRecord } from "../../../estate/units/return-record";

const NOW = new Date("2026-11-27T18:00:00Z");
const HOME: ReturnRecord = {
  ...{
    site: "home",
    serial: 4,
    at: "2026-11-20T18:00:00Z",
    until: "2026-12-20T18:00:00Z",
    serves: AT_HOME,
    guests: [],
  },
};
const AWAY: ReturnRecord = { ...HOME, serial: 5, until: undefined, serves: "dr-host", guests: [140] };

const look = (from: string, means: Look["means"]): Look => ({ from, asked: "something", saw: "something", means });
const HERE = "this machine";

describe("before guests are brought up elsewhere", () => {
  const gaps = (...looks: Look[]) => evidenceGaps({ at: NOW.toISOString(), looks, running: [] });

  it("two places have looked, and neither saw that home serves", () => {
    assert.deepEqual(gaps(look(HERE, "silent"), look("oak1", "silent")), []);
    assert.deepEqual(gaps(look(HERE, "idle"), look("oak1", "silent")), []);
  });

  it("one place alone does not do, nor one that could tell nothing", () => {
    assert.match(gaps(look(HERE, "silent")).join(), /nothing was seen from another place; name addresses/);
    assert.match(gaps(look(HERE, "silent"), look("oak1", "unknown")).join(), /nothing was seen from another place/);
    assert.match(gaps(look("oak1", "silent")).join(), /nothing was seen from this machine/);
    assert.equal(gaps().length, 2);
  });

  it("whoever sees that home serves is believed, whatever others do not see", () => {
    for (const from of [HERE, "oak1"])
      assert.match(
        gaps(look(HERE, "silent"), look("oak1", "silent"), look(from, "serves")).join(),
        new RegExp(`seen from ${from}, home serves`),
      );
  });
});

describe("the record that says home serves", () => {
  it("is renewed when a third of its time is over, and never over one that says elsewhere", () => {
    const due = (days: number, record: ReturnRecord | undefined = HOME) =>
      isDue(record, "30 days", new Date(Date.parse(HOME.at) + days * 86_400_000));
    assert.equal(due(9), false);
    assert.equal(due(11), true);
    assert.equal(due(40), true);
    assert.equal(isDue(undefined, "30 days", NOW), true);
    for (const days of [0, 11, 400]) assert.equal(due(days, AWAY), false);
  });

  const place = (name: string, record: ReturnRecord | undefined, problem?: string): PlaceSeen => ({
    name,
    record,
    problem,
  });
  const alarms = (places: PlaceSeen[], newest: ReturnRecord | undefined) =>
    recordAlarms({ places, newest }, "home", "30 days", NOW).map(({ what, text }) => `${what}: ${text}`);

  it("is told of by `make watch` where a place does not answer, lags behind, or keeps guests off", () => {
    assert.deepEqual(alarms([place("peer", HOME)], HOME), []);
    assert.match(
      alarms([place("peer", HOME), place("dns", undefined, "no route")], HOME).join(),
      /dns: it does not answer.*no route/,
    );
    assert.match(
      alarms([place("peer", HOME), place("dns", AWAY)], AWAY).join(),
      /peer: it has record 4 .*another place has a newer one/,
    );
    assert.match(alarms([place("peer", AWAY)], AWAY).join(), /140 serve on dr-host; this site's nodes keep them off/);
    assert.match(
      alarms([place("peer", undefined)], undefined).join(),
      /no record that this site has signed; `make guard SITE=home`/,
    );
  });

  it("is told of with every guest that a node keeps off, the reason, and how a person lets it start", () => {
    const seen = {
      node: "n1",
      held: [140, 610],
      decision: ["answer=none", "guest=140:hold:nobody: answered"],
      problem: undefined,
    };
    const [first, second, third] = heldAlarms([seen, { ...seen, node: "n2", held: [], problem: "no route" }], "home");
    assert.match(
      `${first!.what}: ${first!.text}`,
      /guest 140 on n1: .*keeps it off: nobody: answered; .*make guard-release SITE=home/,
    );
    assert.match(second!.text, /nobody was asked yet/);
    assert.deepEqual(third, { what: "return guard of n2", text: "no route" });
  });
});
