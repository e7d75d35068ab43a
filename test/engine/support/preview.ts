import { strict as assert } from "node:assert";

import { type LabSite } from "../../../tools/lab-site/prepare";
import { onSite } from "./lab-site";

/** One step of a plan. */
export interface Step {
  /** What would be done, in the engine's words: `same`, `update`, `replace`, `delete` … */
  readonly op: string;
  /** Name of the resource in the state. */
  readonly urn: string;
}

/** Steps that `pulumi preview` plans on the site. */
export async function plannedSteps(site: LabSite): Promise<Step[]> {
  const { code, stdout, stderr } = await onSite(site, "preview", "--json");
  assert.equal(code, 0, stdout + stderr);
  const { steps = [] } = JSON.parse(stdout) as { steps?: Step[] };
  assert.ok(steps.length > 0, "a plan without a step looked at nothing");
  return steps.map(({ op, urn }) => ({ op, urn }));
}
