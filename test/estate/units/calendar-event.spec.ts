import { strict as assert } from "node:assert";

import fc from "fast-check";

import {
  calendarEventEvery,
  isCalendarEvent,
  nextFiring,
  parseCalendarEvent,
} from "../../../estate/units/calendar-event";
import { type Duration, toSeconds } from "../../../estate/units/duration";
import { asUtc } from "../../../estate/units/local-time";

describe("a calendar event", () => {
  // 2026-11-21 is a Saturday.
  const firings: readonly (readonly [string, string, string | undefined])[] = [
    ["21:00", "2026-11-21T04:00:00", "2026-11-21T21:00:00"],
    ["21:00", "2026-11-21T21:00:00", "2026-11-22T21:00:00"],
    ["*/15", "2026-11-21T04:00:00", "2026-11-21T04:15:00"],
    ["22", "2026-11-21T04:00:00", "2026-11-21T04:22:00"],
    ["*:*", "2026-11-21T04:00:30", "2026-11-21T04:01:00"],
    ["*:3:5", "2026-11-21T04:00:00", "2026-11-21T04:03:05"],
    ["4..10/2:0", "2026-11-21T05:00:00", "2026-11-21T06:00:00"],
    ["10,5:8,4", "2026-11-21T00:00:00", "2026-11-21T05:04:00"],
    ["mon..fri 22:30", "2026-11-21T04:00:00", "2026-11-23T22:30:00"],
    ["fri..mon", "2026-11-23T00:00:00", "2026-11-27T00:00:00"],
    ["Saturday,SUN 8:00", "2026-11-21T08:00:00", "2026-11-22T08:00:00"],
    ["sat *-1..7 15:00", "2026-11-21T04:00:00", "2026-12-05T15:00:00"],
    ["sun 21:00", "2026-11-21T04:00:00", "2026-11-22T21:00:00"],
    ["02-29", "2026-11-21T04:00:00", "2028-02-29T00:00:00"],
    ["2020-7..9-2/2", "2020-07-31T00:00:00", "2020-08-02T00:00:00"],
    ["1965/5-01-01", "1969-12-31T23:59:59", "1970-01-01T00:00:00"],
    ["2020-01-01", "2026-11-21T04:00:00", undefined],
    ["02-30", "2026-11-21T04:00:00", undefined],
    ["minutely", "2026-11-21T04:00:00", "2026-11-21T04:01:00"],
    ["hourly", "2026-11-21T04:00:00", "2026-11-21T05:00:00"],
    ["daily", "2026-11-21T04:00:00", "2026-11-22T00:00:00"],
    ["weekly", "2026-11-21T04:00:00", "2026-11-23T00:00:00"],
    ["monthly", "2026-11-21T04:00:00", "2026-12-01T00:00:00"],
    ["quarterly", "2026-11-21T04:00:00", "2027-01-01T00:00:00"],
    ["semi-annually", "2026-02-01T00:00:00", "2026-07-01T00:00:00"],
    ["annually", "2026-11-21T04:00:00", "2027-01-01T00:00:00"],
  ];
  for (const [event, after, expected] of firings) {
    it(`"${event}" after ${after} fires ${expected === undefined ? "never again" : `at ${expected}`}`, () => {
      assert.equal(nextFiring(event, after), expected);
    });
  }

  const refused = [
    "",
    " 21:00",
    "21:00 ",
    "24:00",
    "21:60",
    "Daily",
    "nightly",
    "mon..",
    "5..1",
    "*/0",
    "*,5",
    "01-32",
  ];
  for (const text of [...refused, "13-01", "00-10", "2200-01-01", "21:00:00:00", "~1", "21:00 CET"]) {
    it(`is not "${text}"`, () => {
      assert.equal(isCalendarEvent(text), false);
      assert.throws(() => parseCalendarEvent(text), RangeError);
    });
  }

  it("means UTC and not the host's clock when it says so", () => {
    assert.equal(parseCalendarEvent("21:00 UTC").utc, true);
    assert.equal(parseCalendarEvent("daily UTC").utc, true);
    assert.equal(parseCalendarEvent("21:00").utc, false);
  });

  it("fires later than the time it is asked for, and at no time in between", () => {
    const events = firings.map(([event]) => event);
    const seconds = fc.integer({ min: 0, max: 40_000_000 });
    fc.assert(
      fc.property(fc.constantFrom(...events), seconds, (event, offset) => {
        const after = new Date(Date.parse("2026-01-01T00:00:00Z") + offset * 1_000).toISOString().slice(0, 19);
        const next = nextFiring(event, after);
        if (next === undefined) return;
        assert.ok(next > after);
        const justBefore = new Date(asUtc(next).getTime() - 1_000).toISOString().slice(0, 19);
        assert.equal(nextFiring(event, justBefore), next);
        assert.ok(justBefore === after || nextFiring(event, after) === next);
      }),
    );
  });
});

describe("an even schedule", () => {
  const cases: readonly (readonly [Duration, string | undefined])[] = [
    ["15 minutes", "*/15"],
    ["1 minute", "*/1"],
    ["1 hour", "0/1:00"],
    ["6 hours", "0/6:00"],
    ["1 day", "daily"],
    ["90 minutes", undefined],
    ["35 minutes", undefined],
    ["5 hours", undefined],
    ["2 days", undefined],
  ];
  for (const [interval, event] of cases) {
    it(`for "${interval}" is ${event === undefined ? "none" : `"${event}"`}`, () => {
      assert.equal(calendarEventEvery(interval), event);
    });
  }

  it("fires once every interval, all day", () => {
    const evenly = cases.flatMap(([interval, event]) => (event === undefined ? [] : [{ interval, event }]));
    for (const { interval, event } of evenly) {
      const first = nextFiring(event, "2026-11-20T23:59:59") ?? "";
      const second = nextFiring(event, first) ?? "";
      assert.equal((asUtc(second).getTime() - asUtc(first).getTime()) / 1_000, toSeconds(interval));
    }
  });
});
