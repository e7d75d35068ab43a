import { type Copy, type Model } from "./model";
import { restorePlan, type RestoreItem } from "./restore-plan";
import { type RestoreSlot } from "./restore-queue";

/** When a guest of a rebuild comes back, and what it waits for. */
export interface RebuildStep {
  /** The guest. */
  readonly vmid: number;
  /** Guests whose transfer has to end before its own begins. */
  readonly restoreAfter: readonly number[];
  /** Guests that have to be started before it. */
  readonly startAfter: readonly number[];
  /** Seconds after the first transfer begins. */
  readonly predicted: {
    /** When its transfer has probably ended. */
    readonly restored: number;
    /** When it probably serves. */
    readonly serves: number;
  };
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
  const { items, places } = restorePlan(
    model,
    services.map((service): RestoreItem => ({ service, copy })),
  );
  const slots = items.flatMap(({ service }) => places.get(service.vmid)?.expected ?? []);
  return items.flatMap(({ service: { vmid, dependsOn } }) => {
    const slot = slots.find((one) => one.vmid === vmid);
    if (slot === undefined) return [];
    const { ends: restored, serves } = slot;
    const startAfter = dependsOn.filter((need) => wanted.has(need));
    return { vmid, restoreAfter: endingBefore(slot, slots), startAfter, predicted: { restored, serves } };
  });
}

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
