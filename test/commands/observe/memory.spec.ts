import { strict as assert } from "node:assert";

import { withMemory } from "../../../commands/observe";
import { section } from "../../../commands/observe/section";
import { ApiError, Unreachable } from "../../../provider/clients/api-error";
import { observationWith } from "../../estate/site";

const guest = (vmid: number, lastSeen?: string) => ({
  vmid,
  kind: "vm" as const,
  node: "tappaas1",
  name: `guest-${vmid}`,
  disks: [],
  ...(lastSeen !== undefined && { lastSeen }),
});
const YESTERDAY = { takenAt: "2026-11-19T04:00:00Z" };

describe("what was seen before", () => {
  const before = { ...observationWith({ guests: { complete: true, items: [guest(110), guest(140)] } }), ...YESTERDAY };

  it("stays, with its day, while a part of the site is hidden", () => {
    const hidden = { complete: false, because: ["tappaas2 did not answer"], items: [guest(110)] };
    const { guests } = withMemory(observationWith({ guests: hidden }), before);
    assert.deepEqual(guests.items, [guest(110), guest(140, "2026-11-19T04:00:00Z")]);
    assert.equal(guests.complete, false);
  });

  it("keeps the day on which it was really seen, look after look", () => {
    const nothing = { complete: false, because: ["off"], items: [] };
    const second = withMemory(observationWith({ guests: nothing }), before);
    const third = withMemory({ ...observationWith({ guests: nothing }), takenAt: "2026-11-21T04:00:00Z" }, second);
    assert.deepEqual(
      third.guests.items.map(({ lastSeen }) => lastSeen),
      ["2026-11-19T04:00:00Z", "2026-11-19T04:00:00Z"],
    );
  });

  it("goes once everything can be seen and it is not there", () => {
    const { guests } = withMemory(observationWith({ guests: { complete: true, items: [guest(110)] } }), before);
    assert.deepEqual(guests.items, [guest(110)]);
  });

  it("stays when nobody looked at its part, which is then no longer complete", () => {
    const stores = { complete: true, items: [{ name: "main", path: "/main" }] };
    const now = withMemory(observationWith(), { ...before, datastores: stores });
    assert.deepEqual(now.datastores?.items, stores.items);
    assert.equal(now.datastores.complete, false);
  });
});

describe("a part of the site", () => {
  it("is complete only when nothing stood in the way", async () => {
    assert.deepEqual(await section([undefined], () => Promise.resolve(["a"])), { complete: true, items: ["a"] });
    const doubtful = await section([undefined, "this login lacks VM.Audit on /vms"], () => Promise.resolve(["a"]));
    assert.deepEqual(doubtful, { complete: false, because: ["this login lacks VM.Audit on /vms"], items: ["a"] });
  });

  for (const error of [
    new ApiError("PVE, GET /x", 501, "not implemented"),
    new Unreachable("PVE, GET /x", "refused", false),
  ]) {
    it(`is incomplete, and not empty, when the answer is ${error.name}`, async () => {
      const found = await section([], () => Promise.reject(error));
      assert.equal(found.complete, false);
      assert.match(found.because?.[0] ?? "", /GET \/x/);
    });
  }

  it("lets a mistake of the program show", async () => {
    await assert.rejects(
      section([], () => Promise.reject(new TypeError("x"))),
      TypeError,
    );
  });
});
