/**
 * On how many cases a property is tried: `make test` tries a few, `make sweep` ten times as many. This is the one place that knows.
 * `tools/test.ts` says which of the two it is.
 */
export function propertyRuns(few: number): number {
  return process.env["PROPERTY_RUNS"] === "many" ? 10 * few : few;
}
