import { type Copy, type Model, type Service, type Tier } from "./model";
import { type QueuePlace } from "./recovery-time";
import { soonestSlots } from "./restore-bounds";
import { restoreOrder, type RestoreOrder } from "./restore-order";
import { type RestoreJob, type RestoreQueue } from "./restore-queue";
import { secondsOf } from "./rates";
import { streamLimit, wireLimit, writeLimit, type Figure } from "./transfer-rate";

/** A service that is to be read back, and the copy that it is read from. */
export interface RestoreItem {
  /** The service. */
  readonly service: Service;
  /** Where it is read from. */
  readonly copy: Copy;
}

/** How everything that is down is read back. */
export interface RestorePlan extends RestoreOrder {
  /** What is read back, in the order of the plan. */
  readonly items: readonly RestoreItem[];
  /** Queue with expected figures, its jobs in the order in which items were given. */
  readonly queue: RestoreQueue;
  /** Place of each service in the plan, by VMID. */
  readonly places: ReadonlyMap<number, QueuePlace>;
}

/** What an hour without a service weighs, by tier. */
export const TIER_WEIGHTS: Readonly<Record<Tier, number>> = { essential: 25, standard: 5, deferrable: 1 };

/**
 * The order in which services are read back, and when each is.
 * @param effort What may be spent on looking for a better order; the default suits one plan.
 */
export function restorePlan(model: Model, items: readonly RestoreItem[], effort?: number): RestorePlan {
  const queue = queueOf(model, items, "expected");
  const found = restoreOrder(queue, effort);
  const soonest = soonestSlots(queueOf(model, items, "best"));
  const places = new Map<number, QueuePlace>();
  items.forEach(({ service }, position) => {
    const best = soonest[position];
    const expected = found.run.slots[position];
    if (best !== undefined && expected !== undefined) places.set(service.vmid, { best, expected });
  });
  return { ...found, items: found.order.flatMap((position) => items[position] ?? []), queue, places };
}

/** What is shared: the store that is read, the way to it, and the disks of each node. */
function queueOf({ rates }: Model, items: readonly RestoreItem[], figure: Figure): RestoreQueue {
  const capacities: number[] = [];
  const indices = new Map<string, number>();
  const resource = (name: string, capacity: number): number => {
    const known = indices.get(name);
    if (known !== undefined) return known;
    indices.set(name, capacities.length);
    return capacities.push(capacity) - 1;
  };
  const seconds = (span: { bound: number; estimate: number }) => (figure === "best" ? span.bound : span.estimate);
  const boot = seconds(secondsOf(rates.boot));
  const probe = seconds(secondsOf(rates.probe)) + seconds(secondsOf(rates.ingress));
  const down = new Set(items.map(({ service }) => service.vmid));
  const jobs = items.map(({ service, copy }): RestoreJob => {
    const way = copy.overInternet ? "internet" : "siteLink";
    return {
      vmid: service.vmid,
      bytes: figure === "best" ? service.bytes.bound : service.bytes.estimate,
      fastest: streamLimit(rates, copy.overInternet, figure).rate,
      resources: [
        resource(copy.at, wireLimit(rates, "storeRead", figure)),
        resource(way, wireLimit(rates, way, figure)),
        resource(service.node, writeLimit(rates, figure)),
      ],
      boot,
      probe,
      weight: TIER_WEIGHTS[service.tier],
      dependsOn: service.dependsOn.filter((vmid) => down.has(vmid)),
    };
  });
  return { jobs, capacities };
}
