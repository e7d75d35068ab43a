import { type Talk } from "../site/talk";
import { type OpenBucket } from "./bucket-login";
import { versionsOf } from "./contents";
import { rewindPlan, type RewindPlan } from "./rewind-plan";
import { homeLines, rewindLines } from "./text";

/** How a way back ended. */
export type Rewound = "done" | "planned" | "declined";

/** How a way back is asked for. */
export interface RewindOrder {
  /** Moment to which it goes. */
  readonly at: Date;
  /** Whether it is only planned. */
  readonly dryRun: boolean;
  /** Name of the bucket, given beforehand instead of typed. */
  readonly confirmed?: string | undefined;
}

/**
 * Takes a datastore in a bucket back to a moment. Old versions become the newest and nothing is deleted for good, so that a later
 * moment takes it forward again. It asks for the bucket's name, and says what home's server needs after it.
 */
export async function rewind(open: OpenBucket, order: RewindOrder, talk: Talk): Promise<[Rewound, RewindPlan]> {
  const { bucket, copy } = open;
  const { bucket: name } = bucket.place;
  const plan = rewindPlan(await versionsOf(bucket, copy.into.datastore), order.at);
  for (const line of rewindLines(copy, plan)) talk.say(line);
  if (order.dryRun) return ["planned", plan];
  if (plan.unmarked.length + plan.restored.length + plan.hidden.length === 0) return ["done", plan];
  const typed = order.confirmed ?? (await talk.ask(`Type the name of the bucket to take it back: `));
  if (typed.trim() !== name) {
    talk.say(`That is not ${name}. Nothing was changed.`);
    return ["declined", plan];
  }
  await bucket.removeAll(plan.unmarked);
  for (const { key, versionId } of plan.restored) await bucket.bringBack(key, versionId);
  await bucket.removeAll(plan.hidden);
  for (const line of homeLines(copy)) talk.say(line);
  return ["done", plan];
}
