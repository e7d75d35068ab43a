import { type Copy, type Model } from "./model";
import { secondsOf } from "./rates";
import { restorePlan, type RestoreItem } from "./restore-plan";
import { runInTurns, type RestoreSlot } from "./restore-queue";

/** When a guest of a rebuild comes back, and what it waits for. */
export interface RebuildStep {
  /** The guest. */
  readonly vmid: number;
  /** Guests whose transfer has to end before its own begins. */
  readonly restoreAfter: readonly number[];
  /** Guests that have to be started before it. */
  readonly startAfter: readonly number[];
  /** Seconds after the first transfer begins when its transfer has probably ended, and before which it cannot have. */
  readonly restored: { readonly expected: number; readonly bound: number };
}

/** When a guest of a rebuild is back, in seconds after the first transfer begins. */
export interface RebuildTimes {
  /** When its transfer has probably ended. */
  readonly restored: number;
  /** When it probably runs, and its agent answers where it has one; the end of its transfer for one that stays off. */
  readonly runs: number;
  /** When it probably serves. */
  readonly serves: number;
  /** Before which neither can be, whatever the order. */
  readonly bound: { readonly restored: number; readonly runs: number };
}

/** How a guest of a rebuild comes up. */
export interface ComingUp {
  /** Whether it is started. */
  readonly starts: boolean;
  /** Whether it has a guest agent, which is waited for. */
  readonly agent: boolean;
}

/** Where the backups of a rebuild are read from. */
export interface RebuildSource {
  /** Whether reading them passes the internet. */
  readonly overInternet: boolean;
}

/**
 * The order of a rebuild: the planner's order of restores, as what each guest waits for.
 * @param vmids Guests that come back; those that the model does not know are left out.
 */
export function rebuildOrder(model: Model, vmids: readonly number[], source: RebuildSource): RebuildStep[] {
  const wanted = new Set(vmids);
  const services = model.services.filter(({ vmid }) => wanted.has(vmid));
  const copy = copyAt(source, wanted);
  const { items, places, queue } = restorePlan(
    model,
    services.map((service): RestoreItem => ({ service, copy })),
  );
  const slots = items.flatMap(({ service }) => places.get(service.vmid)?.expected ?? []);
  const turns = new Map(slots.map((slot) => [slot.vmid, endingBefore(slot, slots)]));
  // PVE gives nobody the way before others: what is predicted is how they share it.
  const ends = new Map(runInTurns(queue, turns).slots.map((slot) => [slot.vmid, slot.ends]));
  return items.flatMap(({ service: { vmid, dependsOn } }) => {
    const expected = ends.get(vmid);
    const best = places.get(vmid)?.best;
    if (expected === undefined || best === undefined) return [];
    const restored = { expected, bound: Math.min(best.ends, expected) };
    const startAfter = dependsOn.filter((need) => wanted.has(need));
    return { vmid, restoreAfter: turns.get(vmid) ?? [], startAfter, restored };
  });
}

/**
 * When each guest is back, as a rebuild goes: it is started when it is whole and all that it needs answers, and only then boots.
 * @param comingUp How each comes up, by VMID; one that is not named is started, and has an agent.
 */
export function rebuildTimes(
  { rates }: Pick<Model, "rates">,
  steps: readonly RebuildStep[],
  comingUp: ReadonlyMap<number, ComingUp>,
): ReadonlyMap<number, RebuildTimes> {
  const boot = secondsOf(rates.boot);
  const probe = secondsOf(rates.probe).estimate + secondsOf(rates.ingress).estimate;
  const known = new Map<number, RebuildTimes>();
  const timesOf = (step: RebuildStep): RebuildTimes => {
    const before = known.get(step.vmid);
    if (before !== undefined) return before;
    const { starts, agent } = comingUp.get(step.vmid) ?? USUAL;
    const needs = step.startAfter
      .flatMap((vmid) => steps.find((one) => one.vmid === vmid) ?? [])
      .filter(({ vmid }) => (comingUp.get(vmid) ?? USUAL).starts)
      .map(timesOf);
    const { expected: restored, bound } = step.restored;
    const after = (first: number, theirs: readonly number[], boots: number) =>
      starts ? Math.max(first, ...theirs) + (agent ? boots : 0) : first;
    const runs = after(
      restored,
      needs.map((need) => need.runs),
      boot.estimate,
    );
    const soonest = after(
      bound,
      needs.map((need) => need.bound.runs),
      boot.bound,
    );
    const serves = starts ? Math.max(runs, ...needs.map((need) => need.serves)) + probe : restored;
    const times = { restored, runs, serves, bound: { restored: bound, runs: soonest } };
    known.set(step.vmid, times);
    return times;
  };
  steps.forEach(timesOf);
  return known;
}

const USUAL: ComingUp = { starts: true, agent: true };

/** Rounding of the planner's sums, in seconds. */
const SAME = 1e-3;

/** The last transfer that ends before this one begins: its place in the queue becomes free by that. */
function endingBefore({ vmid, starts }: RestoreSlot, slots: readonly RestoreSlot[]): number[] {
  const before = slots.filter((slot) => slot.vmid !== vmid && slot.starts < starts && slot.ends <= starts + SAME);
  const [last] = before.toSorted((a, b) => b.ends - a.ends);
  return last === undefined ? [] : [last.vmid];
}

/** A store of backups that everything is read from. */
function copyAt({ overInternet }: RebuildSource, guests: ReadonlySet<number>): Copy {
  const nothing = { bound: 0, estimate: 0 };
  const kept = { retention: undefined, key: undefined, destroyedBy: [], verified: false, failover: false };
  const where = { id: "rebuild", kind: "backup" as const, name: "the backups that are read", at: "rebuild" };
  return { ...where, guests, interval: 0, lag: nothing, ...kept, overInternet };
}
