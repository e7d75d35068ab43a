import { strict as assert } from "node:assert";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { type Parameters, type ParameterSpecification } from "../../../lab/core/specification";

/** An operation whose parameters are held against the official table. */
export interface Specified {
  readonly name: string;
  readonly parameters: Parameters;
  readonly permissions?: unknown;
}

type Row = Readonly<Record<string, unknown>>;

/** One operation of an official table. */
interface TableEntry {
  readonly parameters?: Readonly<Record<string, Row>>;
  readonly permissions?: unknown;
}

/**
 * Declares tests that hold every specification against the official table `file` in the directory API_TABLES: the same
 * names, types, formats, limits and privileges, neither looser nor stricter. Without API_TABLES they are skipped aloud.
 */
export function holdsAgainstTable(file: string, operations: readonly Specified[]): void {
  const directory = process.env["API_TABLES"];
  describe(`every operation of the lab against ${file}`, () => {
    if (directory === undefined || !existsSync(join(directory, file))) {
      it("asks neither more nor less than the official table", function () {
        process.stdout.write(`      SKIPPED: API_TABLES names no directory with ${file}\n`);
        this.skip();
      });
      return;
    }
    const table = JSON.parse(readFileSync(join(directory, file), "utf8")) as Record<string, TableEntry>;
    for (const operation of operations) {
      it(`${operation.name} asks neither more nor less`, () => {
        compare(operation, table[operation.name]);
      });
    }
  });
}

function compare({ name, parameters, permissions }: Specified, official: TableEntry | undefined): void {
  assert.ok(official, `the official table has no ${name}`);
  const ours = Object.entries(parameters).map(([key, rule]) => [key, ourFacets(rule)]);
  const theirs = Object.entries(official.parameters ?? {}).map(([key, row]) => [key, theirFacets(row)]);
  assert.deepEqual(Object.fromEntries(ours), Object.fromEntries(theirs));
  if (permissions !== undefined) assert.deepEqual(permissions, official.permissions);
}

const FACETS = ["type", "pattern", "minimum", "maximum", "minLength", "maxLength", "requires", "enum"] as const;

/** Property strings that the lab does not take apart are written `property-string`. */
function ourFacets(rule: ParameterSpecification): unknown {
  const { items, format } = rule;
  const facets = Object.fromEntries(FACETS.map((name) => [name, rule[name]]));
  return {
    ...facets,
    optional: rule.optional === true,
    format: typeof format === "object" ? "property-string" : format,
    items: items === undefined ? undefined : ourFacets(items),
  };
}

function theirFacets(row: Row): unknown {
  const { items, format } = row;
  const facets = Object.fromEntries(FACETS.map((name) => [name, limit(name, row[name])]));
  return {
    ...facets,
    optional: row["optional"] === 1 || row["optional"] === true,
    format: typeof format === "object" ? "property-string" : format,
    items: items === undefined ? undefined : theirFacets(items as Row),
  };
}

/** PVE's table writes some limits as text, and the values of which there are none as null. */
function limit(name: string, value: unknown): unknown {
  if (value === null) return undefined;
  return (name === "minimum" || name === "maximum") && value !== undefined ? Number(value) : value;
}
