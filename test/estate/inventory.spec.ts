import { strict as assert } from "node:assert";

import fc from "fast-check";

import { parseInventory } from "../../estate/inventory";
import { valueOf } from "../../estate/problem";
import { lines } from "./site";

const mail = { vmid: 101, kind: "vm", name: "mail", node: "pve1", storage: "local-zfs" };

describe("an inventory without TAPPaaS", () => {
  it("backs up every guest that is not excluded with a reason", () => {
    const scratch = { ...mail, vmid: 103, name: "scratch", backup: { exclude: "made anew from its recipe" } };
    const { guests } = valueOf(parseInventory({ guests: [scratch, mail] }, "inventory.json"), "inventory");

    assert.deepEqual(
      guests.map(({ vmid, backup }) => [vmid, backup]),
      [
        [101, { covered: true, because: "declared" }],
        [103, { covered: false, reason: "made anew from its recipe" }],
      ],
    );
  });

  it("is the same in whatever order the guests stand", () => {
    const vmids = fc.uniqueArray(fc.integer({ min: 100, max: 999_999_999 }), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(vmids, (numbers) => {
        const guests = numbers.map((vmid) => ({ ...mail, vmid }));
        const vmidsOf = (input: unknown) => valueOf(parseInventory(input, "x"), "x").guests.map(({ vmid }) => vmid);
        assert.deepEqual(vmidsOf({ guests: guests.toReversed() }), vmidsOf({ guests }));
      }),
    );
  });

  it("refuses an exclusion without a reason, a mistyped key, a shared VMID and an empty list", () => {
    const guests = [{ ...mail, backup: false }];
    assert.match(
      lines(parseInventory({ guests }, "inventory.json"))[0] ?? "",
      /^- inventory\.json: guests\[0\]\.backup: /,
    );
    assert.deepEqual(lines(parseInventory({ guests: [{ ...mail, discs: 1 }] }, "inventory.json")), [
      "- inventory.json: guests[0].discs: expected no such key; remove it or correct its spelling",
    ]);
    assert.deepEqual(lines(parseInventory({ guests: [mail, { ...mail, name: "web" }] }, "inventory.json")), [
      "- inventory.json: guests[1]: vmid: expected a VMID of its own, for inventory.json: guests[0] has it, got 101; " +
        "give one of them a free number",
    ]);
    assert.deepEqual(lines(parseInventory({ guests: [] }, "inventory.json")), [
      "- inventory.json: guests: expected at least one guest, got an empty list; correct it",
    ]);
  });
});
