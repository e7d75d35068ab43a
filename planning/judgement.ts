import { copies, formatsOf } from "./copies";
import { deletionResistance } from "./deletion-resistance";
import { proofOf } from "./drill-record";
import { type Judgement } from "./judgement-schema";
import { siteCostOf, storeOf, windowOf } from "./judgement-of-store";
import { type Model } from "./model";
import { NO_RECORD, type PlanningRecord } from "./record";
import { storeGrowth } from "./store-growth";
import { survival, survivalOfPairs, type SurvivalRow } from "./survival";
import { targetResults, type TargetResult } from "./targets";
import { orderOf } from "./whole-restore";

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
    formats: formatsOf(model),
    order: orderOf(model),
    window: windowOf(model, record),
    store: storeOf(model, growth, record),
    cost: siteCostOf(model, growth, record),
    comparison: null,
    stops: [],
    brokenGlass: [],
    proof: proofOf(model, []),
    assumptions: model.assumptions.map(({ text, cure }) => ({ text, cure })),
  };
}

function servicesOf(model: Model): Judgement["services"] {
  const counts = new Map(copies(model).map(({ service: { vmid: id }, digits }) => [id, digits]));
  const resistance = new Map(deletionResistance(model).map((one) => [one.service.vmid, one]));
  const named = (id: string) => model.credentials.find((one) => one.id === id)?.name ?? id;
  return model.services.map(({ vmid: id, name, tier: own, node, pool, bytes, bytesFrom, dependsOn }) => {
    const { count = Infinity, credentials = [], until } = resistance.get(id) ?? {};
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
      deletionWindow:
        until === undefined ? null : { days: until.days, count: until.count === Infinity ? null : until.count },
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
        method: recovery?.method ?? null,
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
