import { strict as assert } from "node:assert";

import { alarmLines } from "../../../commands/watch/alarm-lines";

describe("what there is to look at", () => {
  it("is said once for all guests that have it in common, and for each that has something of its own", () => {
    const none = "it has no backup at all";
    const alarms = [
      { what: "guest 110", text: none },
      { what: "guest 130", text: "its newest backup is 40 hours old" },
      { what: "guest 140", text: none },
      { what: "configuration of tappaas1", text: none },
      { what: "configuration of tappaas2", text: none },
      { what: "pool tanka1 on tappaas1", text: "it is DEGRADED" },
    ];
    assert.deepEqual(alarmLines(alarms), [
      "guests 110, 140: it has no backup at all",
      "guest 130: its newest backup is 40 hours old",
      "configuration of tappaas1, tappaas2: it has no backup at all",
      "pool tanka1 on tappaas1: it is DEGRADED",
    ]);
    assert.deepEqual(alarmLines([]), []);
  });
});
