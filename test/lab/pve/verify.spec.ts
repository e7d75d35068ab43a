import { strict as assert } from "node:assert";

import { decimal, flag, integer, list, oneOf, optional, type Parameters, text } from "../../../lab/core/specification";
import { Refusal } from "../../../lab/pve/refusal";
import { verify } from "../../../lab/pve/verify";

const rules: Parameters = {
  storage: text({ format: "pve-storage-id" }),
  disable: optional(flag()),
  port: optional(integer({ minimum: 1, maximum: 65_535 })),
  rate: optional(decimal()),
  mode: optional(oneOf("snapshot", "stop")),
  notes: optional(text({ maxLength: 5, requires: "mode" })),
  fingerprint: optional(text({ pattern: "(?^:[0-9a-f]{4})" })),
  vmid: optional(text({ format: "pve-vmid-list" })),
  "exclude-path": optional(list(text())),
  "net[n]": optional(text()),
  bwlimit: optional(text({ format: { restore: optional(decimal({ minimum: 0 })) } })),
};

function errorsOf(raw: Record<string, unknown>): unknown {
  try {
    verify(rules, raw);
  } catch (error) {
    assert.ok(error instanceof Refusal && error.status === 400);
    return error.errors;
  }
  return {};
}

// Source: pve-common, src/PVE/JSONSchema.pm `check_prop`, `check_type`, `check_object`.
describe("parameters of the lab's PVE", () => {
  it("are text in the end: flags 1 or 0 however they were written, lists as they are", () => {
    const raw = { storage: "tank", disable: "yes", port: 8007, "exclude-path": "/tmp", net3: "virtio" };
    const verified = { storage: "tank", disable: "1", port: "8007", "exclude-path": ["/tmp"], net3: "virtio" };
    assert.deepEqual(verify(rules, raw), verified);
    assert.deepEqual(verify(rules, { storage: "tank", disable: false }), { storage: "tank", disable: "0" });
  });

  const cases: [string, Record<string, unknown>, Record<string, string>][] = [
    ["missing", {}, { storage: "property is missing and it is not optional" }],
    [
      "unknown",
      { storage: "tank", bogus: 1 },
      { bogus: "property is not defined in schema and the schema does not allow additional properties" },
    ],
    ["no flag", { storage: "tank", disable: "2" }, { disable: "type check ('boolean') failed - got '2'" }],
    ["no whole number", { storage: "tank", port: "1.5" }, { port: "type check ('integer') failed - got '1.5'" }],
    ["no number", { storage: "tank", rate: "fast" }, { rate: "type check ('number') failed - got 'fast'" }],
    ["too small", { storage: "tank", port: 0 }, { port: "value must have a minimum value of 1" }],
    ["too large", { storage: "tank", port: 65536 }, { port: "value must have a maximum value of 65535" }],
    [
      "not in the list",
      { storage: "tank", mode: "suspend" },
      { mode: "value 'suspend' does not have a value in the enumeration 'snapshot, stop'" },
    ],
    ["too long", { storage: "tank", mode: "stop", notes: "123456" }, { notes: "value may only be 5 characters long" }],
    [
      "of another shape",
      { storage: "tank", fingerprint: "xyz" },
      { fingerprint: "value does not match the regex pattern" },
    ],
    [
      "without its companion",
      { storage: "tank", notes: "1" },
      { mode: "missing property - 'notes' requires this property" },
    ],
    [
      "no storage id",
      { storage: "1 tank" },
      { storage: "invalid format - storage ID '1 tank' contains illegal characters\n" },
    ],
    [
      "no list of guests",
      { storage: "tank", vmid: "110,99" },
      { vmid: "invalid format - value does not look like a valid VM ID\n" },
    ],
    [
      "a property string with a number below its limit",
      { storage: "tank", bwlimit: "restore=-1" },
      { bwlimit: "invalid format - format error\nrestore: value must have a minimum value of 0\n" },
    ],
  ];
  for (const [what, raw, errors] of cases) {
    it(`that are ${what} are refused in PVE's words`, () => {
      assert.deepEqual(errorsOf(raw), errors);
    });
  }
});
