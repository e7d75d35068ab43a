import { strict as assert } from "node:assert";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";

const REPOSITORY = join(__dirname, "../../..");

/** What stands on the lab in a specification: `127.0.61`. */
function prefixesIn(file: string): string[] {
  return [...new Set(readFileSync(file, "utf8").match(/127\.0\.\d+(?=["`])/g) ?? [])];
}

describe("sites that stand on the lab at the same time", () => {
  for (const run of ["engine", "sweep"]) {
    it(`have addresses of their own, each of ${run}, so that none is tried on another`, () => {
      const users = new Map<string, string[]>();
      for (const name of globSync(`test/${run}/**/*.spec.ts`, { cwd: REPOSITORY })) {
        for (const prefix of prefixesIn(join(REPOSITORY, name)))
          users.set(prefix, [...(users.get(prefix) ?? []), name]);
      }
      assert.ok(users.size > 5);
      assert.deepEqual(
        [...users].filter(([, files]) => files.length > 1),
        [],
      );
    });
  }
});
