import { strict as assert } from "node:assert";
import { readFileSync, readdirSync } from "node:fs";
import { dirname, join, relative } from "node:path";

import ts from "typescript";

import { ensureEngine } from "../../tools/engine/engine";

interface Schema {
  readonly resources: Record<string, { inputProperties?: Record<string, unknown>; requiredInputs?: string[] }>;
}

/** What a resource takes: its inputs, and which of them it must be given. */
type Inputs = Record<string, { inputs: string[]; required: string[] }>;

describe("the proxmoxve plugin that is built here", () => {
  let built: Inputs;
  let published: Inputs;

  before(async function () {
    this.timeout(900_000);
    const { schemaFile } = await ensureEngine();
    if (schemaFile === undefined) {
      console.log("SKIPPED: the official plugin is in use, nothing was built here");
      this.skip();
    }
    built = inputsOfSchema(JSON.parse(readFileSync(schemaFile, "utf8")) as Schema);
    published = inputsOfPackage(dirname(require.resolve("@muhlba91/pulumi-proxmoxve/package.json")));
  });

  it("serves the resources of the npm package, no more and no fewer", () => {
    assert.ok(Object.keys(published).length > 100);
    assert.deepEqual(Object.keys(built).sort(), Object.keys(published).sort());
  });

  it("takes the same inputs for each of them", () => {
    for (const token of Object.keys(published)) assert.deepEqual(built[token]?.inputs, published[token]?.inputs, token);
  });

  it("requires the same inputs for each of them", () => {
    for (const token of Object.keys(published))
      assert.deepEqual(built[token]?.required, published[token]?.required, token);
  });
});

function inputsOfSchema({ resources }: Schema): Inputs {
  return Object.fromEntries(
    Object.entries(resources).map(([token, { inputProperties = {}, requiredInputs = [] }]) => [
      token,
      { inputs: Object.keys(inputProperties).sort(), required: [...requiredInputs].sort() },
    ]),
  );
}

/** Reads every resource class of the package's own type declarations. */
function inputsOfPackage(root: string): Inputs {
  const found: Inputs = {};
  for (const file of declarationsBelow(root)) {
    const token = tokenOf(file.replace(/\.d\.ts$/, ".js"));
    if (token !== undefined) found[token] = inputsOfDeclaration(file, root);
  }
  return found;
}

function declarationsBelow(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory())
      return entry.name === "node_modules" || entry.name === "types" ? [] : declarationsBelow(path);
    return entry.name.endsWith(".d.ts") ? [path] : [];
  });
}

/** The type token with which a compiled resource class registers. */
function tokenOf(file: string): string | undefined {
  return /__pulumiType = '(proxmoxve:[^']+)'/.exec(readFileSync(file, "utf8"))?.[1];
}

function inputsOfDeclaration(file: string, root: string): { inputs: string[]; required: string[] } {
  const source = ts.createSourceFile(file, readFileSync(file, "utf8"), ts.ScriptTarget.Latest);
  const args = source.statements.find((node) => ts.isInterfaceDeclaration(node) && node.name.text.endsWith("Args"));
  if (args === undefined || !ts.isInterfaceDeclaration(args))
    throw new Error(`No arguments in ${relative(root, file)}.`);
  const properties = args.members.filter((member) => ts.isPropertySignature(member));
  const names = (members: typeof properties) => members.map(({ name }) => (name as ts.Identifier).text).sort();
  return {
    inputs: names(properties),
    required: names(properties.filter(({ questionToken }) => questionToken === undefined)),
  };
}
