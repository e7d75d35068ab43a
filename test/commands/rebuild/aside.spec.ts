import { strict as assert } from "node:assert";

import fc from "fast-check";

import { asideLines, failedIn, planWithout, type Done } from "../../../commands/rebuild/aside";
import { type RebuildPlan, type RebuiltGuestPlan } from "../../../estate/rebuild-plan";
import { type GuestId } from "../../../estate/units/guest-id";

function guest(vmid: number, more: Partial<RebuiltGuestPlan> = {}): RebuiltGuestPlan {
  return {
    ...{ guest: `vm:${vmid}` as GuestId, name: `guest-${vmid}`, node: "tappaas1" },
    ...{ archive: `main:backup/vm/${vmid}/2026-11-20T21:00:00Z`, takenAt: "2026-11-20T21:00:00Z", bytes: 1 },
    ...{ starts: true, startsWithNode: true, restoreAfter: [], startAfter: [] },
    predicted: { restored: 1, serves: 2 },
    ...more,
  };
}

function plan(guests: RebuiltGuestPlan[]): RebuildPlan {
  const source = { storage: "main", made: false };
  return { version: 1, freeSince: "2026-11-26T10:15:00Z", login: "pulumi@pve!resilience", source, guests };
}

const done = (restored: string[], started: string[]): Done => ({
  restored: new Set(restored),
  started: new Set(started),
});

/** A queue of one: each waits for the one before it, and needs it. */
const QUEUE = plan([
  guest(110),
  guest(130, { restoreAfter: ["vm:110"], startAfter: ["vm:110"] }),
  guest(140, { restoreAfter: ["vm:130"], startAfter: ["vm:130"] }),
]);
const SAID =
  " +  resilience:pve:RestoredGuest rebuilt-vm-130 creating (2s) error: pve:RestoredGuest/vm:130 was not restored: chunk is damaged";

/** What the engine prints of each when it fails. */
const failing = (type: string, ids: readonly string[]) =>
  ids
    .map((id) => ` +  resilience:pve:${type} rebuilt-${id.replace(":", "-")} creating (2s) error: it does not`)
    .join("\n");

describe("a guest that cannot be brought back", () => {
  it("is the one whose turn had come, with what was said of it, and none of those behind it", () => {
    assert.deepEqual(failedIn(QUEUE, done(["vm:110"], ["vm:110"]), SAID), [
      { guest: "vm:130", name: "guest-130", failed: "restore", why: "was not restored: chunk is damaged" },
    ]);
  });

  it("keeps none of the others waiting: what was behind it comes next, and is started without it", () => {
    const failed = failedIn(QUEUE, done(["vm:110"], ["vm:110"]), SAID);
    const left = planWithout(QUEUE, failed)!.guests;
    assert.deepEqual(
      left.map(({ guest: id, restoreAfter, startAfter }) => [id, restoreAfter, startAfter]),
      [
        ["vm:110", [], []],
        ["vm:140", [], []],
      ],
    );
  });

  it("is kept when it is only its start that failed, and stays off", () => {
    const failed = failedIn(QUEUE, done(["vm:110", "vm:130", "vm:140"], ["vm:110"]), failing("GuestStart", ["vm:130"]));
    assert.deepEqual(
      failed.map(({ guest: id, failed: what }) => [id, what]),
      [["vm:130", "start"]],
    );
    const left = planWithout(QUEUE, failed)!.guests;
    assert.deepEqual(
      left.map(({ guest: id, starts, startAfter }) => [id, starts, startAfter]),
      [
        ["vm:110", true, []],
        ["vm:130", false, ["vm:110"]],
        ["vm:140", true, []],
      ],
    );
    assert.match(asideLines(failed)[0]!, /vm:130 guest-130: restored and not started: it does not$/);
  });

  it("is no guest that stays off anyway, and none of which nothing was tried yet", () => {
    const off = plan([guest(110, { starts: false }), guest(130, { startAfter: ["vm:110"] })]);
    assert.deepEqual(failedIn(off, done(["vm:110", "vm:130"], ["vm:130"]), ""), []);
    const one = plan([guest(110)]);
    const failed = failedIn(one, done([], []), failing("RestoredGuest", ["vm:110"]));
    assert.equal(planWithout(one, failed), undefined);
  });

  it("is none at all when the run ended for another reason, such as a state that is locked", () => {
    assert.deepEqual(failedIn(QUEUE, done([], []), "error: the stack is currently locked by 1 lock(s)"), []);
  });

  it("ends the waiting in any order of restores: each round something is done or set aside, and all that can come back does", () => {
    const orders = fc.integer({ min: 1, max: 8 }).chain((size) =>
      fc.record({
        waits: fc.array(fc.array(fc.nat({ max: size }), { maxLength: 3 }), { minLength: size, maxLength: size }),
        broken: fc.uniqueArray(fc.nat({ max: size - 1 })),
      }),
    );
    fc.assert(
      fc.property(orders, ({ waits, broken }) => {
        const ids = waits.map((_, index) => `vm:${100 + index}` as GuestId);
        const guests = waits.map((before, index) => {
          const earlier = [...new Set(before.filter((one) => one < index))].map((one) => ids[one]!);
          return guest(100 + index, { restoreAfter: earlier, startAfter: earlier });
        });
        const bad = new Set(broken.map((index) => ids[index]!));
        let rest: RebuildPlan | undefined = plan(guests);
        const restored = new Set<string>();
        for (let round = 0; rest !== undefined; round += 1) {
          assert.ok(round <= guests.length);
          for (const one of rest.guests)
            if (!bad.has(one.guest) && one.restoreAfter.every((id) => restored.has(id))) restored.add(one.guest);
          const failed = failedIn(rest, { restored, started: restored }, failing("RestoredGuest", [...bad]));
          if (failed.length === 0) break;
          for (const { guest: id } of failed) assert.ok(bad.has(id));
          rest = planWithout(rest, failed);
        }
        assert.deepEqual([...restored].sort(), ids.filter((id) => !bad.has(id)).sort());
      }),
    );
  });
});
