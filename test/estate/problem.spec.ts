import { strict as assert } from "node:assert";

import { InvalidSite, shown, valueOf } from "../../estate/problem";
import { parseSettings } from "../../estate/settings";
import { writtenSettings } from "./site";

describe("a site that is invalid", () => {
  it("stops with all that is wrong, one line each, with what came and the cure", () => {
    const written = { ...writtenSettings, pools: "none", rop: 1 };

    assert.throws(
      () => valueOf(parseSettings(written), "Pulumi.single-node.yaml"),
      (error) => {
        assert.ok(error instanceof InvalidSite);
        assert.equal(error.problems.length, 2);
        assert.equal(
          error.message,
          [
            "Pulumi.single-node.yaml is invalid:",
            '  - pools: expected a list, got "none"; correct it',
            "  - rop: expected no such key; remove it or correct its spelling",
          ].join("\n"),
        );
        return true;
      },
    );
  });

  it("never shows what looks like a secret: it gets pasted in the wrong place", () => {
    const pasted = [
      "AGE-SECRET-KEY-1QQQQ",
      "-----BEGIN OPENSSH PRIVATE KEY-----",
      "root@pam!site=5b1c8f4e-0000-4000-8000-1234567890ab",
      "tappaas@pbs!pve:5b1c8f4e-0000-4000-8000-1234567890ab",
    ];
    for (const text of pasted) assert.equal(shown(text), "a text that looks like a secret and is not shown");
  });

  it("shows other values as short as they can be recognised", () => {
    assert.equal(shown("x".repeat(100)), `"${"x".repeat(59)}…`);
    assert.deepEqual([undefined, null, [], [1], {}, 5, "a"].map(shown), [
      "nothing",
      "null",
      "an empty list",
      "a list",
      "an object",
      "5",
      '"a"',
    ]);
  });
});
