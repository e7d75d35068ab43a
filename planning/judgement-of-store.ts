import { backupWindow, slowness } from "./backup-window";
import { choicesOf, costOf } from "./cost";
import { type Judgement } from "./judgement-schema";
import { type Model } from "./model";
import { type PlanningRecord } from "./record";
import { type StoreGrowth } from "./store-growth";
import { soloLimit } from "./transfer-rate";

/** A night's backup against the time that it has; null without backups. */
export function windowOf({ services, copies: all, rates, windowSeconds }: Model, { backupRun }: PlanningRecord) {
  const nightly = all.find(({ kind }) => kind === "backup");
  if (nightly === undefined) return null;
  const { bound, estimate } = backupWindow(
    services.filter(({ vmid: id }) => nightly.guests.has(id)),
    rates,
  );
  const measured = backupRun === undefined ? null : { ...backupRun, ...slowness(backupRun, rates) };
  const longest = Math.max(estimate, backupRun?.seconds ?? 0);
  const fits = windowSeconds === undefined || longest <= windowSeconds;
  const { bottleneck } = soloLimit(rates, false, "expected");
  return { bound, estimate, limit: windowSeconds ?? null, fits, bottleneck, measured };
}

/** A month, a year, three years and ten years after the first backup. */
const STORE_DAYS = [30, 365, 1_096, 3_652] as const;

/** Days after the first backup at which the store is paid for: by then yearly versions begin to count. */
const COST_DAYS = 1_096;

/** What is kept, and when the datastore is full; null without backups. */
export function storeOf(model: Model, growth: StoreGrowth, { datastoreSize }: PlanningRecord): Judgement["store"] {
  if (!model.copies.some(({ kind }) => kind === "backup")) return null;
  const on = STORE_DAYS.map((after) => ({
    days: after,
    held: growth.heldOn(after),
    ...growth.bytesOn(after),
  }));
  const fullAfter = datastoreSize === undefined ? undefined : growth.fullAfter(datastoreSize);
  return { days: on, size: datastoreSize ?? null, fullAfter: fullAfter ?? null };
}

/** What it costs; null without a price table. */
export function siteCostOf(
  model: Model,
  growth: StoreGrowth,
  { prices, datastoreSize, spareNode }: PlanningRecord,
): Judgement["cost"] {
  if (prices === undefined) return null;
  const { currency, asOf } = prices;
  const storeBytes = datastoreSize ?? growth.bytesOn(COST_DAYS).estimate;
  const awayBytes = model.copies.some(({ kind }) => kind === "off-site") ? growth.bytesOn(COST_DAYS).estimate : 0;
  const { parts, perMonth, unpriced } = costOf({ storeBytes, awayBytes, spareNode }, prices);
  const known = (time: number) => (time === Infinity ? null : time);
  const choices = choicesOf(model, storeBytes, prices).map(({ adds, afterFailure, afterDisaster, ...rest }) => ({
    ...rest,
    adds: [...adds],
    afterFailure: known(afterFailure),
    afterDisaster: known(afterDisaster),
  }));
  return { currency, asOf, atDays: COST_DAYS, perMonth, parts: [...parts], unpriced: [...unpriced], choices };
}
