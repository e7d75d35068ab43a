import { strict as assert } from "node:assert";
import { readdirSync } from "node:fs";
import { join } from "node:path";

import { Linter } from "eslint";
import * as parser from "@typescript-eslint/parser";

/** Rooms of the house, and the rooms each may import beside itself. The lint rule must refuse every other arrow. */
const MAY_IMPORT: Record<string, readonly string[]> = {
  "estate/units": [],
  estate: ["estate/units"],
  planning: ["estate/units", "estate"],
  provider: ["estate/units"],
  components: ["estate/units", "provider"],
  stacks: ["estate/units", "estate", "planning", "provider", "components"],
  commands: ["estate/units", "estate", "planning", "provider"],
  policies: ["estate/units", "estate", "planning"],
  lab: [],
  tools: [],
};

const ROOMS = Object.keys(MAY_IMPORT);

/** Joined, because a module without types cannot be named where it is imported. */
const CONFIGURATION = join(__dirname, "../eslint.config.mjs");

describe("the import rule", () => {
  let lint: (file: string, code: string) => string[];

  before(async () => {
    const { default: config } = (await import(CONFIGURATION)) as { default: Linter.Config[] };
    const arrows = config.filter(({ rules }) => rules?.["no-restricted-imports"] !== undefined);
    const linter = new Linter({ configType: "flat" });
    const typescript = { files: ["**/*.ts"], languageOptions: { parser } } as unknown as Linter.Config;
    lint = (file, code) => linter.verify(code, [typescript, ...arrows], file).map(({ message }) => message);
  });

  for (const from of ROOMS) {
    const allowed = MAY_IMPORT[from] ?? [];
    for (const to of ROOMS.filter((room) => room !== from)) {
      const may = allowed.includes(to);
      it(`${may ? "lets" : "keeps"} ${from} ${may ? "see" : "from seeing"} ${to}`, () => {
        for (const [file, specifier] of plantedImports(from, to)) {
          const messages = lint(file, `import { x } from "${specifier}";\nexport const y = x;\n`);
          assert.equal(messages.length, may ? 0 : 1, `${file} imports ${specifier}: ${messages.join()}`);
        }
      });
    }
  }

  it("keeps an estate and its units from Pulumi", () => {
    for (const file of ["estate/estate.ts", "estate/units/size.ts", "planning/order.ts"]) {
      assert.equal(lint(file, 'import * as pulumi from "@pulumi/pulumi";\nexport const y = pulumi;\n').length, 1, file);
    }
  });

  it("covers every room that has code in it", () => {
    const folders = readdirSync(join(__dirname, ".."), { withFileTypes: true }).filter((entry) => entry.isDirectory());
    const known = [...ROOMS, "test", "docs", "sites", "node_modules", "dist", "coverage"];
    const unknown = folders.map(({ name }) => name).filter((name) => !name.startsWith(".") && !known.includes(name));
    assert.deepEqual(unknown, []);
  });
});

/** A file of `from` that imports one of `to`, from the room itself and from a folder inside it. */
function plantedImports(from: string, to: string): [string, string][] {
  const depth = from.split("/").length;
  const up = "../".repeat(depth);
  const shallow: [string, string] = [
    `${from}/file.ts`,
    from === "estate" && to === "estate/units" ? "./units/x" : `${up}${to}/x`,
  ];
  if (from === "estate" || from === "estate/units") return [shallow];
  return [shallow, [`${from}/folder/file.ts`, `../${up}${to}/x`]];
}
