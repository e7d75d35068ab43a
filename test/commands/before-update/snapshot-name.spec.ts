import { strict as assert } from "node:assert";

import fc from "fast-check";

import { isOverdue, newSnapshot, ownSnapshots } from "../../../commands/before-update/snapshot-name";

const NOW = new Date("2026-11-26T10:15:00Z");

describe("the name of a snapshot before an update", () => {
  it("is one that PVE takes, and says with its words until when it is wanted", () => {
    const made = newSnapshot(NOW, 7);
    assert.match(made.name, /^[a-z][a-z0-9_-]{1,39}$/);
    assert.deepEqual(ownSnapshots([made]), [{ name: "before-update-20261126-101500", until: "2026-12-03" }]);
  });

  it("is past its day when that day is over, and not before", () => {
    const moments = fc.date({ min: NOW, max: new Date("2036-01-01T00:00:00Z"), noInvalidDate: true });
    fc.assert(
      fc.property(moments, fc.integer({ min: 1, max: 365 }), fc.integer({ min: 0, max: 400 }), (taken, days, later) => {
        const [own] = ownSnapshots([newSnapshot(taken, days)]);
        assert.ok(own !== undefined);
        assert.equal(isOverdue(own, new Date(taken.getTime() + later * 86_400_000)), later > days);
      }),
    );
  });

  it("makes no snapshot of somebody else ours, whatever it is called or says", () => {
    const { name, description } = newSnapshot(NOW, 7);
    const others = [{ name }, { name, description: "mine" }, { name: "tappaas-20261126-101500", description }];
    assert.deepEqual(ownSnapshots(others), []);
  });
});
