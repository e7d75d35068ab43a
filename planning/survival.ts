import { aftermathOf, type Aftermath } from "./aftermath";
import { pairsOf, singleLosses, takingLosses, type Loss } from "./loss";
import { type Copy, type Model, type Service } from "./model";
import { powerCutRecoveries } from "./power-cut";
import {
  recoveryTime,
  type CopyMethod,
  type Provisioning,
  type QueuePlace,
  type Recovery,
  type Scenario,
} from "./recovery-time";
import { restorePlan, type RestoreItem } from "./restore-plan";
import { severityOf, type Severity } from "./severity";

/** Verdicts, the best first. */
export const VERDICTS = ["runs", "cut off", "returns", "lost"] as const;

/** What becomes of a service: it runs on, it is out of reach from outside, it comes back, or its data is lost. */
export type Verdict = (typeof VERDICTS)[number];

/** What becomes of one service. */
export interface Outcome {
  /** The service. */
  readonly service: Service;
  /** What becomes of it. */
  readonly verdict: Verdict;
  /** How long it is gone; undefined when it runs on, or never comes back. */
  readonly recovery: Recovery | undefined;
  /** Copy from which it comes back; undefined when none is needed, also by one that starts with its own disks, or none is left. */
  readonly from: Copy | undefined;
  /** Seconds of work that are lost at worst; undefined when everything is. */
  readonly dataLost: number | undefined;
  /** The same at least, with a run of the copy that takes no time to speak of. */
  readonly dataLostBound: number | undefined;
  /** Copies of its data that can still be read. */
  readonly copiesLeft: number;
}

/** What becomes of a site after one loss, or after two at once. */
export interface SurvivalRow {
  /** What went wrong. */
  readonly losses: readonly Loss[];
  /** What becomes of each service, in the order of the model. */
  readonly outcomes: readonly Outcome[];
  /** How bad it is, and who is called. */
  readonly severity: Severity;
}

/** What may be spent on the order of restores after each loss: a plan for each is made, and the report shows the longest in full. */
const SINGLE_EFFORT = 5_000;

/** What may be spent on the order of restores after two losses: there are many pairs, and each is seldom read. */
const PAIR_EFFORT = 0;

/** What becomes of every service after every single loss. */
export function survival(model: Model): SurvivalRow[] {
  const judge = judgeOf(model);
  return singleLosses(model).map((loss) => judge([loss], SINGLE_EFFORT));
}

/** The same after every two losses at once, of those that take something. */
export function survivalOfPairs(model: Model): SurvivalRow[] {
  const judge = judgeOf(model);
  return pairsOf(takingLosses(model)).map((pair) => judge(pair, PAIR_EFFORT));
}

type Fate = Omit<Outcome, "recovery" | "service"> & { readonly method: CopyMethod | undefined };

function judgeOf(model: Model): (losses: readonly Loss[], effort: number) => SurvivalRow {
  const after = aftermathOf(model);
  const copies = copiesByService(model);
  const plans = new Map<string, ReadonlyMap<number, QueuePlace>>();
  return (losses, effort) => {
    const aftermath = after(losses);
    const known = new Map<readonly Copy[], Fate>();
    const fates = model.services.map((service) => {
      const own = copies.get(service.vmid) ?? [];
      const fate = known.get(own) ?? fateOf(own, aftermath);
      known.set(own, fate);
      return { service, fate: seenFromOutside(startedBy(fate, service, aftermath), service, aftermath) };
    });
    const down = fates.flatMap(({ service, fate }) =>
      fate.method === "restore" && fate.from !== undefined ? [{ service, copy: fate.from }] : [],
    );
    const places = isOneGuests(aftermath) ? undefined : planned(model, plans, down, effort);
    const left = leftOf(model, aftermath);
    const starts = aftermath.power ? powerCutRecoveries(model, aftermath.cutOff) : undefined;
    // Written out: there are as many as services times losses, and rest and spread would take half of the time.
    const outcomes = fates.map(({ service, fate }): Outcome => {
      const { method, verdict, from, dataLost, dataLostBound, copiesLeft } = fate;
      const start = method === undefined ? starts?.get(service.vmid) : undefined;
      if (start !== undefined && verdict !== "lost")
        return { service, verdict: "returns", recovery: start, from, dataLost, dataLostBound, copiesLeft };
      const recovery =
        method === undefined
          ? undefined
          : recoveryTime(
              service,
              scenarioOf(model, service, from, method, aftermath, left),
              model.rates,
              places?.get(service.vmid),
            );
      return { service, verdict, recovery, from, dataLost, dataLostBound, copiesLeft };
    });
    return { losses, outcomes, severity: severityOf(outcomes, model.copies, aftermath) };
  };
}

/** Copies of each service; services with the same copies share one list. */
function copiesByService({ services, copies }: Model): Map<number, readonly Copy[]> {
  const lists = new Map<string, readonly Copy[]>();
  return new Map(
    services.map(({ vmid }) => {
      const own = copies.filter(({ guests }) => guests.has(vmid));
      const name = own.map(({ id }) => id).join("\n");
      const shared = lists.get(name) ?? own;
      lists.set(name, shared);
      return [vmid, shared];
    }),
  );
}

function fateOf(copies: readonly Copy[], { whole, cutOff, spoiltDays, lostWith }: Aftermath): Fate {
  const left = copies.filter((copy) => whole.has(copy) && lostWith(copy) !== undefined);
  const copiesLeft = left.length;
  const live = copies.find(({ kind }) => kind === "live");
  if (live !== undefined && whole.has(live) && spoiltDays === undefined) {
    return { verdict: cutOff ? "cut off" : "runs", from: undefined, ...NOTHING_LOST, copiesLeft, method: undefined };
  }
  const [best] = left.toSorted(
    (a, b) => (lostWith(a) ?? 0) - (lostWith(b) ?? 0) || rankOf(a) - rankOf(b) || a.id.localeCompare(b.id),
  );
  if (best === undefined)
    return { verdict: "lost", from: undefined, ...EVERYTHING_LOST, copiesLeft, method: undefined };
  const method = best.kind !== "replica" ? "restore" : best.failover ? "failover" : "rollback";
  const dataLost = lostWith(best);
  const least = spoiltDays === undefined ? best.interval + best.lag.bound : dataLost;
  return { verdict: "returns", from: best, dataLost, dataLostBound: least, copiesLeft, method };
}

/** High availability watches nodes: where only a pool is gone, its guests hang, and a person starts them from their replicas. */
function startedBy(fate: Fate, { node }: Service, { gone }: Aftermath): Fate {
  return fate.method === "failover" && !gone.has(node) ? { ...fate, method: "rollback" } : fate;
}

/** A service that runs and to which the way is gone is of no use to people outside. */
function seenFromOutside(fate: Fate, { reachedBy }: Service, { gone }: Aftermath): Fate {
  const away = fate.verdict === "runs" && reachedBy !== undefined && gone.has(reachedBy);
  return away ? { ...fate, verdict: "cut off" } : fate;
}

const NOTHING_LOST = { dataLost: 0, dataLostBound: 0 };
const EVERYTHING_LOST = { dataLost: undefined, dataLostBound: undefined };

/** Of copies that cost the same work, the one from which a service comes back soonest. */
function rankOf({ kind, failover, overInternet }: Copy): number {
  if (kind === "replica") return failover ? 0 : 1;
  return overInternet ? 3 : 2;
}

/** What was spoilt in one guest is read back for that guest alone. */
function isOneGuests({ spoiltDays, gone }: Aftermath): boolean {
  return spoiltDays !== undefined && gone.size === 0;
}

function planned(
  model: Model,
  known: Map<string, ReadonlyMap<number, QueuePlace>>,
  down: readonly RestoreItem[],
  effort: number,
): ReadonlyMap<number, QueuePlace> {
  const name = down.map(({ service, copy }) => `${service.vmid}<${copy.id}`).join(" ");
  const places = known.get(name) ?? (down.length === 0 ? new Map() : restorePlan(model, down, effort).places);
  known.set(name, places);
  return places;
}

/** What of a site's machines is left, the same for every service. */
interface MachinesLeft {
  /** Nodes that are left. */
  readonly nodes: readonly string[];
  /** Whether a site is gone. */
  readonly siteGone: boolean;
}

function leftOf({ places }: Model, { gone }: Aftermath): MachinesLeft {
  return {
    nodes: places.flatMap(({ id, kind }) => (kind === "node" && !gone.has(id) ? [id] : [])),
    siteGone: places.some(({ id, kind }) => kind === "site" && gone.has(id)),
  };
}

function scenarioOf(
  { spareNode }: Model,
  { node, pool }: Service,
  from: Copy | undefined,
  method: CopyMethod,
  { gone, cutOff }: Aftermath,
  { nodes, siteGone }: MachinesLeft,
): Scenario {
  const lost: Provisioning = gone.has(node) ? "node" : gone.has(pool) ? "disk" : "nothing";
  const elsewhere = nodes.some((id) => id !== node) ? "nothing" : lost;
  return {
    method,
    provisioning: siteGone ? "site" : elsewhere,
    spareNode,
    overInternet: from?.overInternet ?? false,
    cutOff,
    // Which node is the master is not known beforehand: the longer time is reckoned with.
    master: true,
  };
}
