import { planOf, type Plan, type Step } from "../engine/plan";
import { type AnyStack } from "../engine/stack";
import { harmOf, type Harm } from "./harm";
import { countOf, type ResourceCount } from "./resource-count";
import { type Talk } from "./talk";

/** What the program would do, and what of it nobody may do in passing. */
export interface Previewed {
  /** The engine's plan. */
  readonly plan: Plan;
  /** Steps that do something. */
  readonly changes: readonly Step[];
  /** Those that take away what data rests on. */
  readonly harm: readonly Harm[];
  /** How much the engine keeps for the site once the plan is applied. */
  readonly count: ResourceCount;
}

/**
 * Asks the engine for a plan. It changes nothing, on the site or in the state.
 * @param planFile Where the engine keeps it, so that `up` does what was shown and nothing else; secrets in it are encrypted as in
 * the state. @default - it is only shown
 * @param more Further words for the engine: `--target` and a URN, for those alone. @default - none
 * @param variables Further variables for it. @default - none
 */
export async function preview(
  stack: AnyStack,
  planFile?: string,
  more: readonly string[] = [],
  variables: Readonly<Record<string, string>> = {},
): Promise<Previewed> {
  const kept = planFile === undefined ? [] : ["--save-plan", planFile];
  // What stays is shown, too: it counts as kept.
  const plan = planOf(await stack.run(["preview", "--json", ...kept, "--show-sames", ...more], { variables }));
  const changes = plan.steps.filter(({ op, bare }) => !bare && op !== "same" && op !== "read");
  const staying = plan.steps.filter(({ op, bare }) => !bare && op !== "read" && !op.startsWith("delete"));
  const latest = new Map(staying.map(({ urn, type, after }) => [urn, { type, properties: after }]));
  return { plan, changes, harm: harmOf(plan.steps), count: countOf([...latest.values()]) };
}

/** Says a plan to a person: what changes first, then what may not happen, then what the program has to say. */
export function sayPreview({ plan, changes, harm }: Previewed, { say }: Pick<Talk, "say">): void {
  for (const { op, name, type, fields, retained } of changes) {
    const verb = op === "delete" && retained ? "leave on the site" : VERBS[op];
    say(`  ${verb ?? op} ${name} (${type})${fields.length === 0 ? "" : `: ${fields.join(", ")}`}`);
  }
  for (const warning of plan.warnings.filter((line) => !line.includes("-lab;"))) say(`finding: ${warning}`);
  if (harm.length > 0) {
    say("STOP. This would take away what data rests on, and is not done:");
    for (const { text } of harm) say(`  - ${text}`);
  } else for (const error of plan.errors.filter((line) => line !== "preview failed")) say(error);
}

/** The engine's words for what happens to an object, in a person's. */
const VERBS: Readonly<Record<string, string>> = {
  create: "make or adopt",
  import: "adopt",
  update: "change",
  delete: "take out",
};
