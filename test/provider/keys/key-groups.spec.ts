import { strict as assert } from "node:assert";

import fc from "fast-check";

import { mintBackupKey } from "../../../provider/keys/backup-key";
import { groupLines, keyFromLines, keyGroups } from "../../../provider/keys/key-groups";

describe("a key on paper", () => {
  it("comes back from the lines that a person types, as the same key", () => {
    for (let tries = 0; tries < 20; tries += 1) {
      const key = mintBackupKey();
      const typed = groupLines(key).map((line) => ` ${line.toUpperCase()}  `);
      assert.equal(keyFromLines(typed).fingerprint, key.fingerprint);
    }
  });

  it("is not taken with a slip in any digit, and the line is named", () => {
    const key = mintBackupKey();
    const lines = groupLines(key);
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 3 }), fc.integer({ min: 0, max: 15 }), (line, digit) => {
        const text = lines[line]!;
        const places = [...text.matchAll(/[0-9a-f]/g)].map(({ index }) => index).slice(1, 17);
        const at = places[digit]!;
        const other = text[at] === "0" ? "1" : "0";
        const slipped = lines.map((own, index) =>
          index === line ? text.slice(0, at) + other + text.slice(at + 1) : own,
        );
        try {
          // Two digits of check let one slip in 256 pass; the fingerprint then shows it.
          assert.notEqual(keyFromLines(slipped).fingerprint, key.fingerprint);
        } catch (error) {
          assert.match(String(error), new RegExp(`Line ${line + 1} does not fit`));
        }
      }),
    );
  });

  it("is not taken with two lines changed about, or one missing", () => {
    const [a, b, c, d] = groupLines(mintBackupKey()) as [string, string, string, string];
    const bare = (line: string) => line.slice(3);
    assert.throws(() => keyFromLines([bare(b), bare(a), bare(c), bare(d)]), /Line 1 does not fit/);
    assert.throws(() => keyFromLines([a, b, c]), /Expected 4 lines/);
  });

  it("says nothing of what was typed", () => {
    const key = mintBackupKey();
    const lines = groupLines(key);
    const [first = ""] = keyGroups(key);
    assert.throws(
      () => keyFromLines([`${lines[0]!} more`, ...lines.slice(1)]),
      (error: Error) => !error.message.includes(first),
    );
  });
});
