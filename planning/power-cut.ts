import { ASKED_AGAIN } from "../estate/units/return-guard-places";
import { returnRule } from "../estate/units/return-rules";
import { type GuestStart, type Model, type Service } from "./model";
import { secondsOf, sourceOf } from "./rates";
import { termOf, type Method, type Recovery } from "./recovery-time";
import { total, type Span, type Term } from "./term";

/**
 * How each service comes back after the whole site lost its power and has it again, by VMID. Nothing is read back: the nodes start,
 * then what is to start with them, then what the return guard gives free, and what needs a person.
 * @param cutOff Whether the way to the internet is gone, so that no place of record answers.
 */
export function powerCutRecoveries(model: Model, cutOff: boolean): ReadonlyMap<number, Recovery> {
  const ways = new Map(model.services.map((service) => [service.vmid, wayOf(model, service, cutOff)]));
  const queues = queuesOf(model, ways);
  const asking = model.returnGuard === undefined ? undefined : askingTerm(model, ways, queues, cutOff);
  const before = new Map(
    model.services.map(({ vmid, start = USUAL_START }) => {
      const queue = start.by === "ha" ? haTerms(model) : [queueingTerm(queues.get(vmid) ?? 0)];
      return [vmid, startingTerms(model, ways.get(vmid), asking, queue)];
    }),
  );
  const times = servingTimes(model, before);
  return new Map(
    model.services.map(({ vmid }) => {
      const { method } = ways.get(vmid) ?? USUAL_WAY;
      const terms = [...(before.get(vmid) ?? []), waitingTerm(times.get(vmid)), ...servingTerms(model)];
      return [vmid, { method, terms, ...total(terms) }];
    }),
  );
}

/** Of a guest of which nothing is said. */
const USUAL_START: GuestStart = { by: "node", order: undefined, pause: 0 };

/** How a guest starts: by itself or by a person, and whether the return guard asks before. */
interface Way {
  readonly method: Extract<Method, "boot" | "hand" | "release">;
  readonly asks: boolean;
}

const USUAL_WAY: Way = { method: "boot", asks: false };

/** What the nodes' own table says: with an answer the record is taken to say that home serves. */
function wayOf({ returnGuard }: Model, { vmid, start = USUAL_START }: Service, cutOff: boolean): Way {
  if (start.by === "nobody") return { method: "hand", asks: false };
  if (returnGuard === undefined || returnGuard.outside.includes(vmid)) return USUAL_WAY;
  const prepared = returnGuard.prepared.includes(vmid);
  const { does } = returnRule(cutOff ? "none" : "home", { named: false, prepared });
  return does === "start" ? { method: "boot", asks: true } : { method: "release", asks: false };
}

/** As a node starts its guests: by their places, those without one after all others, and by VMID where nothing else tells. */
export function inStartOrder(services: readonly Service[]): Service[] {
  return services.toSorted((a, b) => placeOf(a) - placeOf(b) || a.vmid - b.vmid);
}

/** After every place that somebody gave. */
const LAST = Number.MAX_SAFE_INTEGER;

function placeOf({ start }: Service): number {
  return start?.order ?? LAST;
}

/** Seconds from the first guest of its node to each: those that start together go by their order and then by their VMIDs. */
function queuesOf({ services }: Model, ways: ReadonlyMap<number, Way>): ReadonlyMap<number, number> {
  const queues = new Map<number, number>();
  const passed = new Map<string, number>();
  for (const { vmid, node, start = USUAL_START } of inStartOrder(services)) {
    const { method, asks } = ways.get(vmid) ?? USUAL_WAY;
    if (start.by !== "node") continue;
    const together = `${node} ${method} ${String(asks)}`;
    const sofar = passed.get(together) ?? 0;
    queues.set(vmid, sofar);
    passed.set(together, sofar + start.pause);
  }
  return queues;
}

/** Terms until a guest has started and nothing that it depends on is looked at. */
function startingTerms(
  model: Model,
  way: Way | undefined,
  asking: Term | undefined,
  queue: readonly Term[],
): readonly Term[] {
  const { method, asks } = way ?? USUAL_WAY;
  const { rates } = model;
  return [
    termOf("return of the power", "powerOutage", rates),
    termOf("start of the nodes", "nodeBoot", rates),
    ...(asks && asking !== undefined ? [asking] : []),
    ...(method === "boot" ? [] : [personTerm(model, method)]),
    ...(method === "hand" ? [] : queue),
    termOf("boot", "boot", rates),
  ];
}

function servingTerms({ rates }: Model): Term[] {
  return [termOf("probe", "probe", rates), termOf("ingress", "ingress", rates)];
}

/** Somebody has to see that it is off, and decide. */
function personTerm({ rates }: Model, method: "hand" | "release"): Term {
  const spans = [secondsOf(rates.detection), secondsOf(rates.declaration)];
  const sources = `${sourceOf(rates.detection)}; ${sourceOf(rates.declaration)}`;
  const { because } = returnRule("none", { named: false, prepared: true });
  const why = method === "hand" ? "neither its node nor high availability starts it" : because;
  return { name: PERSON_TERMS[method], ...total(spans), why: `${why}; ${sources}` };
}

/** Names of what passes until a person starts a guest, or lets it start. */
const PERSON_TERMS = { hand: "start by a person", release: "release by a person" } as const;

/** Name of what passes until the nodes know where their guests serve. */
const ASKING = "asking the places of record";

/** Terms that are no loss of protection: who is asked before a guest starts, and who starts it. */
export const ASKED_TERMS: readonly string[] = [ASKING, ...Object.values(PERSON_TERMS)];

/**
 * With the internet gone the nodes ask for as long as they are told to; else until the way to the places is there, which leads through
 * the guests that start before anybody is asked.
 */
function askingTerm(
  model: Model,
  ways: ReadonlyMap<number, Way>,
  queues: ReadonlyMap<number, number>,
  cutOff: boolean,
): Term {
  const { limit = 0, outside = [] } = model.returnGuard ?? {};
  if (cutOff)
    return {
      ...{ name: ASKING, bound: limit, estimate: limit },
      why: "no place answers, and the nodes ask as long as returnGuard.limit says; then they start what may not serve elsewhere",
    };
  const { boot, probe } = model.rates;
  const first = model.services.filter(
    ({ vmid }) => outside.includes(vmid) && (ways.get(vmid) ?? USUAL_WAY).method === "boot",
  );
  const booted = first.map(({ vmid, start }) =>
    start?.by === "ha" ? total(haTerms(model)).estimate : (queues.get(vmid) ?? 0),
  );
  const way = first.length === 0 ? 0 : Math.max(...booted) + boot.expected + probe.expected;
  const why = "the way to the places is there once the guests of returnGuard.outside serve; the record says home";
  return { name: ASKING, bound: 0, estimate: heard(way, limit), why };
}

/** When an answer is heard that can be had from some second on: at once while it is asked for, else with the next round. */
function heard(from: number, limit: number): number {
  const round = limit + ASKED_AGAIN;
  const within = from % round;
  return within <= limit ? from : from - within + round;
}

/** Locks of the last master and of each node outlive the cut, and run out before HA starts anything. */
function haTerms({ rates }: Model): Term[] {
  const { estimate } = secondsOf(rates.haLock);
  const why = `${sourceOf(rates.haLock)}; pmxcfs counts them anew when it starts; none is left after an orderly shutdown`;
  return [
    { name: "locks from before the cut", bound: 0, estimate, why },
    termOf("round that starts it", "haRound", rates),
  ];
}

/** What waits for others is no bound: any one service can be the first. */
function queueingTerm(estimate: number): Term {
  return { name: "queueing", bound: 0, estimate, why: "its node starts others before it, and waits after each" };
}

/** When a service stands started, and when all that it depends on serves, too; once by bounds, once by estimates. */
interface ServingTimes {
  readonly started: Span;
  readonly ready: Span;
}

function servingTimes(
  { services, rates }: Model,
  before: ReadonlyMap<number, readonly Term[]>,
): Map<number, ServingTimes> {
  const after = total([secondsOf(rates.probe), secondsOf(rates.ingress)]);
  const byVmid = new Map(services.map((service) => [service.vmid, service]));
  const known = new Map<number, ServingTimes>();
  const timesOf = ({ vmid, dependsOn }: Service): ServingTimes => {
    const done = known.get(vmid);
    if (done !== undefined) return done;
    const started = total(before.get(vmid) ?? []);
    const needed = dependsOn.flatMap((id) => byVmid.get(id) ?? []).map((service) => timesOf(service).ready);
    const ready = {
      bound: Math.max(started.bound, ...needed.map(({ bound }) => bound + after.bound)),
      estimate: Math.max(started.estimate, ...needed.map(({ estimate }) => estimate + after.estimate)),
    };
    const times = { started, ready };
    known.set(vmid, times);
    return times;
  };
  for (const service of services) timesOf(service);
  return known;
}

/** Time that it stands started and cannot serve yet; what it depends on may need a person. */
function waitingTerm(times: ServingTimes | undefined): Term {
  const why = "services that it depends on come back later";
  if (times === undefined) return { name: "waiting for dependencies", bound: 0, estimate: 0, why };
  const estimate = times.ready.estimate - times.started.estimate;
  const bound = Math.min(estimate, times.ready.bound - times.started.bound);
  return { name: "waiting for dependencies", bound, estimate, why };
}
