import { strict as assert } from "node:assert";

import { nextEvent, parseCalendarEvent } from "../../../lab/pve/calendar-event";

// Source: PBS documentation, "Calendar Events"; the same engine serves PVE.
describe("a calendar event of the lab's PVE", () => {
  const from = new Date(2026, 0, 7, 12, 34, 56); // a Wednesday

  const next = (text: string): Date | undefined => {
    const event = parseCalendarEvent(text);
    const moment = event === undefined ? undefined : nextEvent(event, from.getTime());
    return moment === undefined ? undefined : new Date(moment);
  };

  const cases: [string, Date][] = [
    ["21:00", new Date(2026, 0, 7, 21, 0)],
    ["02:30", new Date(2026, 0, 8, 2, 30)],
    ["*/15", new Date(2026, 0, 7, 12, 45)],
    ["0/6:00", new Date(2026, 0, 7, 18, 0)],
    ["hourly", new Date(2026, 0, 7, 13, 0)],
    ["daily", new Date(2026, 0, 8, 0, 0)],
    ["sun 21:00", new Date(2026, 0, 11, 21, 0)],
    ["mon..fri 22:30", new Date(2026, 0, 7, 22, 30)],
    ["sat,sun 1:00", new Date(2026, 0, 10, 1, 0)],
    ["sat *-1..7 15:00", new Date(2026, 1, 7, 15, 0)],
    ["*-*-01 21:00", new Date(2026, 1, 1, 21, 0)],
    ["2028-02-29 05:00", new Date(2028, 1, 29, 5, 0)],
    ["8..17:0/30", new Date(2026, 0, 7, 13, 0)],
  ];
  for (const [text, expected] of cases) {
    it(`"${text}" is next due on ${expected.toDateString()} at ${expected.toTimeString().slice(0, 5)}`, () => {
      assert.deepEqual(next(text), expected);
    });
  }

  it("is never due on a date that is past or does not exist", () => {
    assert.equal(next("2020-01-01 00:00"), undefined);
    assert.equal(next("*-02-30 00:00"), undefined);
  });

  for (const text of ["", "noon", "25:00", "12:60", "1..10/2", "*-13-01", "mon..xyz 1:00", "21:00 daily", "1:2:3:4"]) {
    it(`"${text}" is none`, () => {
      assert.equal(parseCalendarEvent(text), undefined);
    });
  }
});
