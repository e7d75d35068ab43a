import { strict as assert } from "node:assert";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { type PropertyString } from "../../../lab/core/specification";
import { PBS_OPERATIONS } from "../../../lab/pbs/module";
import { NOT_IMPLEMENTED } from "../../../lab/pbs/not-implemented";
import { holdsAgainstTable } from "../support/api-table";

interface Row {
  readonly format?: { readonly properties: Readonly<Record<string, Readonly<Record<string, unknown>>>> };
}
type Table = Readonly<Record<string, { readonly parameters?: Readonly<Record<string, Row>> }>>;

const FILE = "pbs-4.2.json";

holdsAgainstTable(
  FILE,
  PBS_OPERATIONS.map(({ permission, ...operation }) => ({ ...operation, permissions: permission })),
);

describe("the lab's PBS against the official table", () => {
  let table: Table;

  before(function () {
    const file = join(process.env["API_TABLES"] ?? "", FILE);
    if (!existsSync(file)) {
      process.stdout.write(`      SKIPPED: API_TABLES names no directory with ${FILE}\n`);
      this.skip();
    }
    table = JSON.parse(readFileSync(file, "utf8")) as Table;
  });

  it("answers each official operation, or says by name that the lab has none", () => {
    const known = [...PBS_OPERATIONS.map(({ name }) => name), ...NOT_IMPLEMENTED];
    assert.deepEqual([...known].sort(), Object.keys(table).sort());
  });

  it("takes the same keys in property strings, with the same limits", () => {
    for (const { name, parameters } of PBS_OPERATIONS) {
      for (const [parameter, { format }] of Object.entries(parameters)) {
        if (typeof format !== "object") continue;
        const official = table[name]?.parameters?.[parameter]?.format?.properties ?? {};
        assert.deepEqual(plain(format), withoutDefaults(official), `${name} ${parameter}`);
      }
    }
  });
});

function plain(keys: PropertyString): object {
  const rows = Object.entries(keys).map(([key, { optional, ...rest }]) => [
    key,
    { ...rest, ...(optional && { optional: 1 }) },
  ]);
  return Object.fromEntries(rows) as object;
}

function withoutDefaults(keys: Readonly<Record<string, Readonly<Record<string, unknown>>>>): object {
  const rows = Object.entries(keys).map(([key, row]) => [
    key,
    Object.entries(row).filter(([facet]) => facet !== "default"),
  ]);
  return Object.fromEntries(
    rows.map(([key, row]) => [key, Object.fromEntries(row as [string, unknown][]) as object]),
  ) as object;
}
