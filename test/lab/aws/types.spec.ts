import { strict as assert } from "node:assert";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";

import ts from "typescript";

import { RESOURCES } from "./stand-in";

const PACKAGE = dirname(require.resolve("@pulumi/aws/package.json"));

/** Source: the npm package that programs import; what it says is what the official plugin is asked with. */
describe("the lab's stand-in for the aws plugin, beside the npm package", () => {
  it("is held against the version that programs use", () => {
    const { version } = JSON.parse(readFileSync(join(PACKAGE, "package.json"), "utf8")) as { version: string };
    const standIn = join(__dirname, "../../../lab/plugins/aws/package.json");
    const { version: ours } = JSON.parse(readFileSync(standIn, "utf8")) as { version: string };
    assert.equal(ours, `${version}-lab`);
  });

  for (const [type, { inputs, required, replacing, secrets }] of Object.entries(RESOURCES)) {
    const file = join(PACKAGE, type.split(":")[1] ?? "");
    const args = argsOf(`${file}.d.ts`, `${type.split(":")[2] ?? ""}Args`);

    it(`requires of ${type} exactly what the package requires`, () => {
      const must = args.filter(({ optional }) => !optional).map(({ name }) => name);
      assert.deepEqual([...required].sort(), must.sort());
    });

    it(`takes for ${type} nothing that the package does not have`, () => {
      const names = new Set(args.map(({ name }) => name));
      assert.deepEqual(
        [...inputs, ...required, ...replacing].filter((name) => !names.has(name)),
        [],
      );
      assert.deepEqual(
        [...required, ...replacing].filter((name) => !inputs.includes(name)),
        [],
      );
    });

    it(`keeps secret of ${type} exactly what the package marks`, () => {
      const marked = /additionalSecretOutputs: (\[[^\]]*\])/.exec(readFileSync(`${file}.js`, "utf8"))?.[1] ?? "[]";
      assert.deepEqual([...secrets].sort(), (JSON.parse(marked) as string[]).sort());
    });
  }
});

/** Properties of an interface of a file of types. */
function argsOf(file: string, name: string): { name: string; optional: boolean }[] {
  const source = ts.createSourceFile(file, readFileSync(file, "utf8"), ts.ScriptTarget.ES2022);
  const found = source.statements.find((one) => ts.isInterfaceDeclaration(one) && one.name.text === name);
  assert.ok(found !== undefined && ts.isInterfaceDeclaration(found), `${name} in ${file}`);
  return found.members
    .filter(ts.isPropertySignature)
    .map((one) => ({ name: one.name.getText(source), optional: one.questionToken !== undefined }));
}
