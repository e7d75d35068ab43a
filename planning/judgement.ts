import * as z from "zod";

import { backupWindow, slowness } from "./backup-window";
import { brokenGlass } from "./broken-glass";
import { comparisonSchema } from "./comparison";
import { choicesOf, costOf } from "./cost";
import { copies } from "./copies";
import { deletionResistance } from "./deletion-resistance";
import { type Copy, type Model } from "./model";
import { NO_RECORD, type PlanningRecord } from "./record";
import { type RestoreSlot } from "./restore-queue";
import { restorePlan, type RestorePlan } from "./restore-plan";
import { storeGrowth, type StoreGrowth } from "./store-growth";
import { survival, survivalOfPairs, VERDICTS, type SurvivalRow } from "./survival";
import { targetResults, type TargetResult } from "./targets";

const seconds = z.number().nonnegative();
const vmid = z.int();
const tier = z.enum(["essential", "standard", "deferrable"]);

const term = z.strictObject({
  /** What passes: `detection`, `transfer`. */
  name: z.string(),
  /** Seconds that it cannot be shorter than. */
  bound: seconds,
  /** Seconds that it probably takes. */
  estimate: seconds,
  /** What the two follow from, with the source of each. */
  why: z.string(),
});

const outcome = z.strictObject({
  vmid,
  /** Whether it runs on, is out of reach from outside, comes back, or is lost. */
  verdict: z.enum(VERDICTS),
  /** Copy from which it comes back; null when none is needed, or none is left. */
  from: z.string().nullable(),
  /** Seconds until it is back, at least; null when it runs on, or never comes back. */
  bound: seconds.nullable(),
  /** Seconds until it is back, probably. */
  estimate: seconds.nullable(),
  /** Seconds of work that are lost at worst; null when everything is. */
  dataLost: seconds.nullable(),
  /** The same at least. */
  dataLostBound: seconds.nullable(),
  /** Copies of its data that can still be read. */
  copiesLeft: z.int(),
  /** What the time consists of. */
  terms: z.array(term),
});

const severity = z.int().min(1).max(4);

const lossRow = z.strictObject({
  /** Identifier of the loss, stable between two reports. */
  id: z.string(),
  name: z.string(),
  /** 1 complete disaster to 4 nothing is down. */
  severity,
  /** Whether it strikes one guest: each outcome is then as if it were that one. */
  oneGuest: z.boolean(),
  /** Who is called. */
  called: z.string(),
  outcomes: z.array(outcome),
});

const pair = z.strictObject({
  /** Identifiers of the two losses. */
  losses: z.tuple([z.string(), z.string()]),
  names: z.tuple([z.string(), z.string()]),
  severity,
  /** Guests that are lost by the two together and by neither alone. */
  lost: z.array(vmid),
});

const digit = z.strictObject({
  name: z.string(),
  wanted: z.int(),
  found: z.int(),
  met: z.boolean(),
  why: z.string(),
});

const service = z.strictObject({
  vmid,
  name: z.string(),
  tier,
  node: z.string(),
  pool: z.string(),
  /** Bytes that a restore writes, probably. */
  bytes: z.number(),
  /** How the bytes are known. */
  bytesFrom: z.string(),
  dependsOn: z.array(vmid),
  /** The rule 3-2-1-1-0, digit by digit. */
  digits: z.array(digit),
  /** Fewest credentials that destroy every copy; null when none do. */
  deletionResistance: z.int().nullable(),
  /** Names of such a set. */
  credentials: z.array(z.string()),
});

const target = z.strictObject({
  vmid,
  /** Whether it counts for one thing that breaks, or for what takes a whole site. */
  scope: z.enum(["failures", "disasters"]),
  /** Longest time that the service may be gone, or most work that may be lost. */
  kind: z.enum(["rto", "rpo"]),
  /** The target. */
  seconds,
  /** Whether the owner wrote it: a default only warns. */
  written: z.boolean(),
  /** Setting in which it stands, or would stand. */
  setting: z.string(),
  /** `impossible` when not even the best figures known hold it. */
  verdict: z.enum(["met", "missed", "impossible"]),
  /** Losses after which it is not held, the worst first. */
  misses: z.array(
    z.strictObject({
      loss: z.string(),
      name: z.string(),
      /** Seconds, probably; null when it is lost for good. */
      estimate: seconds.nullable(),
      /** Seconds, at least. */
      bound: seconds.nullable(),
      /** Seconds by which even the bound is above the target; null when it is lost for good. */
      beyond: seconds.nullable(),
      /** What would make it possible. */
      cures: z.array(z.string()),
    }),
  ),
});

const slot = z.strictObject({
  vmid,
  name: z.string(),
  node: z.string(),
  /** Seconds after the first transfer begins. */
  starts: seconds,
  ends: seconds,
  booted: seconds,
  serves: seconds,
  /** Whether the end of the whole waits for it. */
  critical: z.boolean(),
});

const days = z.int().min(0);

/** What a night's backup takes of the time that it has. */
const windowSchema = z.strictObject({
  /** Seconds that it takes at least. */
  bound: seconds,
  /** Seconds that it probably takes when everything is read. */
  estimate: seconds,
  /** Seconds until the next chore of the datastore; null when none follows. */
  limit: seconds.nullable(),
  fits: z.boolean(),
  /** A run that was timed; null when nobody wrote one down. */
  measured: z
    .strictObject({
      measuredOn: z.string(),
      seconds,
      bytes: z.number(),
      /** How many times the least possible it took. */
      timesLeast: z.number(),
      /** Whether that is more than slow disks explain. */
      suspicious: z.boolean(),
    })
    .nullable(),
});

/** What is kept, and how the datastore grows, by days after the first backup. */
const storeSchema = z.strictObject({
  days: z.array(
    z.strictObject({
      days,
      /** Versions of a guest, job by job. */
      held: z.array(z.strictObject({ copy: z.string(), versions: z.int(), oldestDays: days })),
      /** Bytes of all of them, at least. */
      bound: z.number(),
      /** The same, probably. */
      estimate: z.number(),
    }),
  ),
  /** Bytes behind the datastore; null when nobody wrote it down. */
  size: z.number().nullable(),
  /** Days after which they do not suffice; null when they do for ten years, or are not known. */
  fullAfter: days.nullable(),
});

/** What the site costs a month by its price table, and what other choices would. */
const costSchema = z.strictObject({
  currency: z.string(),
  /** Day of the price table. */
  asOf: z.string(),
  /** Days after the first backup that the store is reckoned at. */
  atDays: days,
  perMonth: z.number(),
  parts: z.array(z.strictObject({ name: z.string(), perMonth: z.number() })),
  /** What is there and has no price. */
  unpriced: z.array(z.string()),
  choices: z.array(
    z.strictObject({
      adds: z.array(z.string()),
      perMonth: z.number(),
      /** Seconds until the last guest is back after one thing breaks; null when one is lost. */
      afterFailure: seconds.nullable(),
      /** The same after the loss of the site, a key or a login. */
      afterDisaster: seconds.nullable(),
      /** Whether nothing else is as good for less. */
      onFrontier: z.boolean(),
    }),
  ),
});

/** What `make report` says of a site, for programs. */
export const judgementSchema = z.strictObject({
  version: z.literal(1),
  /** Folder of the site. */
  site: z.string(),
  /** When the site was last looked at; null when never. */
  observedAt: z.string().nullable(),
  services: z.array(service),
  /** What becomes of each service after every single loss. */
  losses: z.array(lossRow),
  /** What is promised of each service, and whether it can be held. */
  targets: z.array(target),
  /** Pairs of losses that take what neither alone does. */
  pairs: z.array(pair),
  /** How all is read back when everything has to be; null when no guest has a backup. */
  order: z
    .strictObject({
      slots: z.array(slot),
      /** Seconds until the last guest serves. */
      makespan: seconds,
      /** Seconds that no order can go below. */
      makespanBound: seconds,
      /** Share by which the weighted downtime may exceed the least possible. */
      gap: z.number(),
      /** Most transfers at once. */
      concurrency: z.int(),
    })
    .nullable(),
  /** A night's backup against the time that it has; null without backups. */
  window: windowSchema.nullable(),
  /** What is kept, and when the datastore is full; null without backups. */
  store: storeSchema.nullable(),
  /** What it costs; null without a price table in planning.json. */
  cost: costSchema.nullable(),
  /** What a change makes of it; null when it is compared with nothing. */
  comparison: comparisonSchema.nullable(),
  /** Why it does not pass, each with a cure: less protection that nobody accepted, targets of the owner that are not held. */
  stops: z.array(z.string()),
  /** When somebody passed a gate all the same, the newest first. */
  brokenGlass: z.array(brokenGlass),
  /** What is taken as given, and what would make it known. */
  assumptions: z.array(z.strictObject({ text: z.string(), cure: z.string() })),
});

/** What `make report` says of a site. */
export type Judgement = z.infer<typeof judgementSchema>;

/** Judges a site: what each loss costs each service, what two at once take, and in which order all would be read back. */
export function judge(model: Model, observedAt: string | undefined, record: PlanningRecord = NO_RECORD): Judgement {
  const rows = survival(model);
  const growth = storeGrowth(model.copies, model.services, model.rates);
  return {
    version: 1,
    site: model.site,
    observedAt: observedAt ?? null,
    services: servicesOf(model),
    losses: rows.map(lossOf),
    targets: targetResults(rows, model.targets).map(targetOf),
    pairs: pairsOf(model, rows),
    order: orderOf(model),
    window: windowOf(model, record),
    store: storeOf(model, growth, record),
    cost: siteCostOf(model, growth, record),
    comparison: null,
    stops: [],
    brokenGlass: [],
    assumptions: model.assumptions.map(({ text, cure }) => ({ text, cure })),
  };
}

function servicesOf(model: Model): Judgement["services"] {
  const counts = new Map(copies(model).map(({ service: { vmid: id }, digits }) => [id, digits]));
  const resistance = new Map(deletionResistance(model).map((one) => [one.service.vmid, one]));
  const named = (id: string) => model.credentials.find((one) => one.id === id)?.name ?? id;
  return model.services.map(({ vmid: id, name, tier: own, node, pool, bytes, bytesFrom, dependsOn }) => {
    const { count = Infinity, credentials = [] } = resistance.get(id) ?? {};
    return {
      vmid: id,
      name,
      tier: own,
      node,
      pool,
      bytes: bytes.estimate,
      bytesFrom,
      dependsOn: [...dependsOn],
      digits: (counts.get(id) ?? []).map((one) => ({ ...one })),
      deletionResistance: count === Infinity ? null : count,
      credentials: credentials.map(named),
    };
  });
}

function lossOf({ losses, outcomes, severity: { level, called } }: SurvivalRow): Judgement["losses"][number] {
  const [loss] = losses;
  return {
    id: loss?.id ?? "",
    name: loss?.name ?? "",
    severity: level,
    oneGuest: loss?.kind === "spoilt",
    called,
    outcomes: outcomes.map(
      ({ service: { vmid: id }, verdict, recovery, from, dataLost, dataLostBound, copiesLeft }) => ({
        vmid: id,
        verdict,
        from: from?.name ?? null,
        bound: recovery?.bound ?? null,
        estimate: recovery?.estimate ?? null,
        dataLost: dataLost ?? null,
        dataLostBound: dataLostBound ?? null,
        copiesLeft,
        terms: (recovery?.terms ?? []).map((one) => ({ ...one })),
      }),
    ),
  };
}

function targetOf({ service: { vmid: id }, misses, ...rest }: TargetResult): Judgement["targets"][number] {
  const { scope, kind, seconds: promised, written, setting, verdict } = rest;
  return {
    vmid: id,
    scope,
    kind,
    seconds: promised,
    written,
    setting,
    verdict,
    misses: misses.map(({ loss, estimate, bound, beyond, cures }) => ({
      loss: loss.id,
      name: loss.name,
      estimate: estimate ?? null,
      bound: bound ?? null,
      beyond: beyond ?? null,
      cures: [...cures],
    })),
  };
}

function pairsOf(model: Model, singles: readonly SurvivalRow[]): Judgement["pairs"] {
  const lostBy = ({ outcomes }: SurvivalRow) =>
    outcomes.filter(({ verdict }) => verdict === "lost").map(({ service: { vmid: id } }) => id);
  const alone = new Map(singles.map((row) => [row.losses[0]?.id ?? "", new Set(lostBy(row))]));
  return survivalOfPairs(model).flatMap((row) => {
    const [one, other] = row.losses;
    if (one === undefined || other === undefined) return [];
    const lost = lostBy(row).filter(
      (id) => alone.get(one.id)?.has(id) !== true && alone.get(other.id)?.has(id) !== true,
    );
    if (lost.length === 0) return [];
    const { level } = row.severity;
    return [
      {
        losses: [one.id, other.id] as [string, string],
        names: [one.name, other.name] as [string, string],
        severity: level,
        lost,
      },
    ];
  });
}

function windowOf({ services, copies: all, rates, windowSeconds }: Model, { backupRun }: PlanningRecord) {
  const nightly = all.find(({ kind }) => kind === "backup");
  if (nightly === undefined) return null;
  const { bound, estimate } = backupWindow(
    services.filter(({ vmid: id }) => nightly.guests.has(id)),
    rates,
  );
  const measured = backupRun === undefined ? null : { ...backupRun, ...slowness(backupRun, rates) };
  const longest = Math.max(estimate, backupRun?.seconds ?? 0);
  const fits = windowSeconds === undefined || longest <= windowSeconds;
  return { bound, estimate, limit: windowSeconds ?? null, fits, measured };
}

/** A month, a year, three years and ten years after the first backup. */
const STORE_DAYS = [30, 365, 1_096, 3_652] as const;

/** Days after the first backup at which the store is paid for: by then yearly versions begin to count. */
const COST_DAYS = 1_096;

function storeOf(model: Model, growth: StoreGrowth, { datastoreSize }: PlanningRecord): Judgement["store"] {
  if (!model.copies.some(({ kind }) => kind === "backup")) return null;
  const on = STORE_DAYS.map((after) => ({
    days: after,
    held: growth.heldOn(after),
    ...growth.bytesOn(after),
  }));
  const fullAfter = datastoreSize === undefined ? undefined : growth.fullAfter(datastoreSize);
  return { days: on, size: datastoreSize ?? null, fullAfter: fullAfter ?? null };
}

function siteCostOf(
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
