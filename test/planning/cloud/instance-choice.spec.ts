import { strict as assert } from "node:assert";

import * as fc from "fast-check";

import { costPerDay } from "../../../planning/cloud/cloud-cost";
import { instanceFor, machineNeed } from "../../../planning/cloud/instance-choice";
import { INSTANCE_TYPES } from "../../../planning/cloud/instance-types";

const GIB = 1024 ** 3;
const guest = fc.record({
  memory: fc.integer({ min: 1, max: 64 }).map((gib) => gib * GIB),
  cores: fc.integer({ min: 1, max: 32 }),
});
const need = fc.record({
  memory: fc.integer({ min: 1, max: 4096 }).map((gib) => gib * GIB),
  threads: fc.integer({ min: 1, max: 400 }),
});

describe("the machine in which a lost site's guests are to run", () => {
  it("has room for all of them, and a thread for each core of the largest", () => {
    fc.assert(
      fc.property(fc.array(guest, { maxLength: 30 }), fc.integer({ min: 0, max: 16 }), (guests, reserve) => {
        const wanted = machineNeed(guests, reserve * GIB);
        const type = instanceFor(wanted);
        if (type === undefined) return;
        assert.ok(type.memory >= guests.reduce((sum, one) => sum + one.memory, reserve * GIB));
        assert.ok(guests.every(({ cores }) => cores <= type.threads));
      }),
    );
  });

  it("is the smallest that fits, and only a need beyond every type has none", () => {
    fc.assert(
      fc.property(need, (wanted) => {
        const fits = INSTANCE_TYPES.filter((one) => one.memory >= wanted.memory && one.threads >= wanted.threads);
        const type = instanceFor(wanted);
        assert.equal(type === undefined, fits.length === 0);
        if (type !== undefined) assert.ok(fits.every((one) => one.memory >= type.memory));
      }),
    );
  });

  it("never becomes smaller when a guest is added", () => {
    fc.assert(
      fc.property(fc.array(guest, { maxLength: 20 }), guest, (guests, more) => {
        const [before, after] = [guests, [...guests, more]].map((all) => instanceFor(machineNeed(all, 4 * GIB)));
        assert.ok(after === undefined || (before !== undefined && before.memory <= after.memory));
      }),
    );
  });

  it("is the cheapest where all that fit have a price, and the smallest where one has none", () => {
    const wanted = { memory: 60 * GIB, threads: 4 };
    const all = Object.fromEntries(INSTANCE_TYPES.map(({ name, threads }) => [name, threads]));
    assert.equal(instanceFor(wanted, all)?.name, "r8i.2xlarge");
    assert.equal(instanceFor(wanted, { ...all, "m8i.4xlarge": 1 })?.name, "m8i.4xlarge");
    assert.equal(instanceFor(wanted, { "m8i.4xlarge": 0.1 })?.name, "r8i.2xlarge");
  });

  it("costs a day what its owner's dated prices say, and what has no price is named and not guessed", () => {
    const price = (amount: number) => ({ amount, asOf: "2026-11-01", source: "a page" });
    const machine = { instanceType: "m8i.2xlarge", diskGib: 730 };
    const prices = { currency: "USD", machinePerHour: { "m8i.2xlarge": price(0.5) }, diskPerGibMonth: price(0.1) };
    const { perDay, unpriced, parts } = costPerDay(machine, prices);
    assert.equal(perDay?.toFixed(2), "14.40");
    assert.deepEqual(unpriced, ["an address"]);
    assert.equal(parts.length, 2);
    const without = costPerDay({ ...machine, instanceType: "m8i.large" }, prices);
    assert.equal(without.perDay, undefined);
    assert.deepEqual(without.unpriced, ["m8i.large, 24 hours", "an address"]);
  });
});
