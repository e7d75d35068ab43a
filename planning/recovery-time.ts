import { type Service } from "./model";
import { onceFor, secondsOf, sourceOf, type ByRates, type RateName, type Rates } from "./rates";
import { type RestoreSlot } from "./restore-queue";
import { total, type Span, type Term } from "./term";
import { soloLimit, transferSources } from "./transfer-rate";

/**
 * Ways back: elsewhere by high availability, from a replica or a snapshot by a person, from a backup; and with its own disks: by itself
 * when its node starts, by a person because nothing starts it, or by a person because the return guard keeps it off.
 */
export const METHODS = ["failover", "rollback", "restore", "boot", "hand", "release"] as const;

/** One of them. */
export type Method = (typeof METHODS)[number];

/** Those that start from a copy; the others need none. */
export type CopyMethod = Extract<Method, "failover" | "rollback" | "restore">;

/** What has to be replaced before anything can be restored. */
export type Provisioning = "nothing" | "disk" | "node" | "site";

/** What happened to a service, as far as the time to its return depends on it. */
export interface Scenario {
  /** How it comes back from a copy. */
  readonly method: CopyMethod;
  /** What has to be replaced first. */
  readonly provisioning: Provisioning;
  /** Whether a spare machine stands ready, so that nothing is bought. */
  readonly spareNode: boolean;
  /** Whether the copy is read over the internet. */
  readonly overInternet: boolean;
  /** Whether the way to the internet is gone. */
  readonly cutOff: boolean;
  /** Whether the node that failed was the master of high availability. */
  readonly master: boolean;
}

/** Its place among all that are restored together: once with the best figures, once with the expected ones. */
export interface QueuePlace {
  /** Slot with the best figures, as if it were first. */
  readonly best: RestoreSlot;
  /** Slot with the expected figures, in the order of the plan. */
  readonly expected: RestoreSlot;
}

/** How long a service is gone, term by term. */
export interface Recovery extends Span {
  /** How it comes back. */
  readonly method: Method;
  /** What passes, in its order; the two sums are theirs. */
  readonly terms: readonly Term[];
}

/**
 * How long a service is gone after a loss: no less than the bound, probably the estimate, in seconds. Each is the sum of its terms.
 * @param place Its place among others that are restored with it; undefined when it has the site to itself.
 */
export function recoveryTime(
  service: Service,
  scenario: Scenario,
  rates: Rates,
  place: QueuePlace | undefined,
): Recovery {
  const terms = scenario.method === "failover" ? failover(scenario, rates) : byHand(service, scenario, rates, place);
  return { method: scenario.method, terms, ...total(terms) };
}

/** Bound and estimate in seconds of reading a service's bytes back with the site to itself. */
export function soloTransfer({ bytes }: Service, rates: Rates, overInternet: boolean): Span {
  return {
    bound: bytes.bound / soloLimit(rates, overInternet, "best").rate,
    estimate: bytes.estimate / soloLimit(rates, overInternet, "expected").rate,
  };
}

function failover({ master }: Scenario, rates: Rates): Term[] {
  const lost = master
    ? [
        termOf("new master", "haNewMaster", rates),
        termOf("fencing", "haFence", rates),
        termOf("round of the new master", "haRound", rates),
      ]
    : [termOf("lock of the lost node", "haLock", rates), termOf("round that finds it free", "haRound", rates)];
  return [...lost, termOf("round that starts it", "haRound", rates), ...serving(rates)];
}

function byHand(service: Service, scenario: Scenario, rates: Rates, place: QueuePlace | undefined): Term[] {
  const before = [termOf("detection", "detection", rates), termOf("declaration", "declaration", rates)];
  if (scenario.method === "rollback") return [...before, termOf("rollback", "rollback", rates), ...serving(rates)];
  const boot = termOf("boot", "boot", rates);
  return [
    ...before,
    ...(scenario.cutOff && scenario.overInternet ? [termOf("return of the internet", "internetOutage", rates)] : []),
    ...provisioning(scenario, rates),
    queueing(place),
    transfer(service, scenario, rates, place),
    boot,
    dependencies(place),
    termOf("probe", "probe", rates),
    termOf("ingress", "ingress", rates),
  ];
}

function serving(rates: Rates): Term[] {
  return [termOf("boot", "boot", rates), termOf("probe", "probe", rates), termOf("ingress", "ingress", rates)];
}

function provisioning({ provisioning: what, spareNode }: Scenario, rates: Rates): Term[] {
  const bought = { nothing: [], disk: ["replaceDisk"], node: ["replaceNode"], site: ["replaceSite"] } as const;
  const made = {
    nothing: [],
    disk: ["makePool"],
    node: ["install", "makePool"],
    site: ["install", "makePool"],
  } as const;
  const needed: readonly RateName[] = [...(spareNode && what === "node" ? [] : bought[what]), ...made[what]];
  return needed.map((rate) => termOf(PROVISIONING_WORDS[rate] ?? rate, rate, rates));
}

const PROVISIONING_WORDS: Partial<Record<RateName, string>> = {
  replaceDisk: "replacement of the disk",
  replaceNode: "replacement of the machine",
  replaceSite: "replacement of the site",
  install: "installation",
  makePool: "making the pool",
};

/** What waits for others is no bound: any one service can be the first. */
function queueing(place: QueuePlace | undefined): Term {
  const estimate = place?.expected.starts ?? 0;
  return { name: "queueing", bound: 0, estimate, why: "restores before it in the order take the way" };
}

function transfer(service: Service, { overInternet }: Scenario, rates: Rates, place: QueuePlace | undefined): Term {
  const solo = soloTransfer(service, rates, overInternet);
  const estimate = place === undefined ? solo.estimate : place.expected.ends - place.expected.starts;
  const { bottleneck } = soloLimit(rates, overInternet, "expected");
  const sources = transferSources(rates, overInternet);
  const bytes = `${gigabytes(service.bytes.estimate)} (at least ${gigabytes(service.bytes.bound)}; ${service.bytesFrom})`;
  return { name: "transfer", bound: solo.bound, estimate, why: `${bytes}, limited by ${bottleneck}; ${sources}` };
}

/** Time that it stands started and cannot serve yet, because something that it depends on is not back. */
function dependencies(place: QueuePlace | undefined): Term {
  const why = "services that it depends on come back later";
  if (place === undefined) return { name: "waiting for dependencies", bound: 0, estimate: 0, why };
  const estimate = place.expected.waits;
  return { name: "waiting for dependencies", bound: Math.min(estimate, place.best.waits), estimate, why };
}

/** A term that is the same for every service; made once for the figures of a site. */
export function termOf(name: string, rate: RateName, rates: Rates): Term {
  return onceFor(TERMS, rates, name, () => ({ name, ...secondsOf(rates[rate]), why: sourceOf(rates[rate]) }));
}

const TERMS: ByRates<string, Term> = new WeakMap();

function gigabytes(bytes: number): string {
  return `${(bytes / 1e9).toFixed(1)} GB`;
}
