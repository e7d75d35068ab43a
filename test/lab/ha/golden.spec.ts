import { strict as assert } from "node:assert";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { journalText } from "../../../lab/ha/journal";
import { CASES } from "./cases";

const FOLDER = join(__dirname, "golden");

/**
 * Each case holds by itself; its golden log shows every step. `GOLDEN=write` writes the logs anew, to be read before they are
 * committed.
 */
describe("HA in the lab", () => {
  for (const { name, title, run, check } of CASES) {
    it(title, () => {
      const simulation = run();
      check(simulation);
      const file = join(FOLDER, `${name}.log`);
      const text = journalText(simulation.model.journal);
      if (process.env["GOLDEN"] === "write") writeFileSync(file, text);
      assert.equal(text, existsSync(file) ? readFileSync(file, "utf8") : "", `${name} is not as in its golden log`);
    });
  }

  it("has a golden log for every case, and none besides", () => {
    assert.deepEqual(readdirSync(FOLDER).sort(), CASES.map(({ name }) => `${name}.log`).sort());
  });
});
