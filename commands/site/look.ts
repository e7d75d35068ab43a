import { planOf } from "../engine/plan";
import { type AnyStack } from "../engine/stack";
import { NOTHING_AWAY, withoutAway, type Away } from "./away";
import { driftLines, driftOf, type Drift } from "./drift";
import { type Talk } from "./talk";

/**
 * Looks at the living site and compares it with what the last run left. It changes neither.
 * @param away What cannot be looked at, and is left out. @default - nothing
 * @throws {Error} When the site cannot be seen: then nothing is known of it, and nothing counts as gone.
 */
export async function look(stack: AnyStack, away: Away = NOTHING_AWAY): Promise<Drift[]> {
  const plan = planOf(await stack.run(["refresh", "--preview-only", "--json", ...withoutAway(away)]));
  if (plan.complete) return driftOf(plan);
  throw new Error(`The site cannot be looked at; nothing was changed.\n${plan.errors.join("\n")}`);
}

/** Says object by object what somebody else changed. */
export function sayDrift(drift: readonly Drift[], { say }: Pick<Talk, "say">): void {
  for (const line of drift.flatMap(driftLines)) say(line);
}

/**
 * Takes what was found into the state, for the objects that `make up` puts back and for no other.
 * @throws {Error} When the engine cannot.
 */
export async function takeIn(stack: AnyStack, drift: readonly Drift[]): Promise<void> {
  const targets = drift.filter(({ repaired }) => repaired).flatMap(({ urn }) => ["--target", urn]);
  if (targets.length === 0) return;
  const { code, stdout, stderr } = await stack.run(["refresh", "--yes", "--skip-preview", ...targets]);
  if (code !== 0) throw new Error(`What was found on the site could not be taken in:\n${stdout}${stderr}`);
}
