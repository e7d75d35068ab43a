import { type Judgement } from "./judgement-schema";
import { type Copy, type Model } from "./model";
import { restorePlan, type RestorePlan } from "./restore-plan";
import { type RestoreSlot } from "./restore-queue";

/** As if every disk of the guests were gone and the backups were not: the longest day that a plan can be made for. */
export function orderOf(model: Model): Judgement["order"] {
  const items = model.services.flatMap((service) => {
    const [copy] = model.copies
      .filter(({ kind, guests }) => (kind === "backup" || kind === "off-site") && guests.has(service.vmid))
      .toSorted((a: Copy, b: Copy) => Number(a.overInternet) - Number(b.overInternet));
    return copy === undefined ? [] : [{ service, copy }];
  });
  if (items.length === 0) return null;
  const plan = restorePlan(model, items);
  const critical = criticalOf(plan);
  const slots = plan.items.flatMap(({ service: { vmid: id, name, node } }) => {
    const place = plan.places.get(id)?.expected;
    if (place === undefined) return [];
    const { starts, ends, booted, serves } = place;
    return [{ vmid: id, name, node, starts, ends, booted, serves, critical: critical.has(id) }];
  });
  const { makespan, concurrency } = plan.run;
  return { slots, makespan, makespanBound: plan.bounds.makespan, gap: plan.gap, concurrency };
}

/** From the guest that serves last back through what each waited for: a dependency, or the transfer before its own. */
function criticalOf({ run: { slots }, queue: { jobs } }: RestorePlan): Set<number> {
  const needs = new Map(jobs.map(({ vmid: id, dependsOn }) => [id, dependsOn]));
  const slotOf = new Map(slots.map((slot) => [slot.vmid, slot]));
  const latestFirst = slots.toSorted((a, b) => b.ends - a.ends);
  const critical = new Set<number>();
  let at = slots.toSorted((a, b) => b.serves - a.serves)[0];
  while (at !== undefined && !critical.has(at.vmid)) {
    const { vmid: id, waits, starts } = at;
    critical.add(id);
    if (waits > 0) {
      const needed = (needs.get(id) ?? []).flatMap((other) => slotOf.get(other) ?? []);
      at = needed.toSorted((a, b) => b.serves - a.serves)[0];
    } else at = starts > 0 ? latestFirst[firstEnded(latestFirst, starts + ROUNDING)] : undefined;
  }
  return critical;
}

/** Place of the first of slots, latest first, that has ended by a time. */
function firstEnded(latestFirst: readonly RestoreSlot[], time: number): number {
  let [from, to] = [0, latestFirst.length];
  while (from < to) {
    const middle = Math.floor((from + to) / 2);
    if ((latestFirst[middle]?.ends ?? 0) <= time) to = middle;
    else from = middle + 1;
  }
  return from;
}

/** Seconds by which two sums of the same times may differ. */
const ROUNDING = 1e-6;
