import { exportState, importState, nameIn } from "../engine/state";
import { type AnyStack } from "../engine/stack";

/**
 * Settles what a run began and never ended, as after a lost connection or a kill. Nothing on the site is touched: whether the
 * object came into being is found out by the next look, which adopts one that is there and makes one that is not.
 */
export async function settlePending(stack: AnyStack, say: (line: string) => void): Promise<void> {
  const { pending, text } = await exportState(stack);
  if (pending.length === 0) return;
  for (const { type, urn } of pending)
    say(`An earlier run ended while ${type} ${nameIn(urn)}; it is looked at again now.`);
  await importState(stack, withoutPending(text));
}

function withoutPending(text: string): string {
  const state = JSON.parse(text) as { deployment: Record<string, unknown> };
  const kept = Object.entries(state.deployment).filter(([name]) => name !== "pending_operations");
  return JSON.stringify({ ...state, deployment: Object.fromEntries(kept) });
}
