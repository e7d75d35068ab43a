import { strict as assert } from "node:assert";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { ROOT_SHELL_USES } from "../../../commands/enrol/root-shell";

const ROOT = join(__dirname, "../../..");
const COMPONENTS = readdirSync(join(ROOT, "components"), { recursive: true, encoding: "utf8" })
  .filter((name) => name.endsWith(".ts"))
  .map((name) => join("components", name));

describe("root's shell on a node", () => {
  const named = ROOT_SHELL_USES.flatMap(({ script }) => script ?? []).sort();

  it("is asked for with every script that runs in it named, to the person and in the documentation", () => {
    assert.deepEqual(COMPONENTS.filter((file) => file.endsWith("-script.ts")).sort(), named);
    const page = readFileSync(join(ROOT, "docs/how-to/enrol.md"), "utf8");
    for (const script of named) assert.ok(page.includes(`\`${script}\``), script);
  });

  it("gets nothing that is not one of those scripts", () => {
    const runs = COMPONENTS.filter((file) => readFileSync(join(ROOT, file), "utf8").includes("new remote."));
    assert.ok(runs.length > 0);
    for (const file of runs) {
      const text = readFileSync(join(ROOT, file), "utf8");
      const given = [...text.matchAll(/\b(?:create|update|delete): ([A-Z_]+)/g)].map(([, constant]) => constant);
      assert.ok(given.length > 0, file);
      for (const constant of given)
        assert.match(text, new RegExp(`import \\{[^}]*\\b${constant}\\b[^}]*\\} from "\\./[\\w-]+-script"`), file);
    }
  });
});
