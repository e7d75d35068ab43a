import { type Acceptance } from "../estate/site-folder";
import { isOver } from "../estate/units/day";
import { ASPECTS, type Aspect, type Comparison } from "./comparison-schema";
import { type Judgement } from "./judgement-schema";
import { ASKED_TERMS } from "./power-cut";
import { namesOf } from "./service-names";
import { VERDICTS } from "./survival";

type Outcome = Judgement["losses"][number]["outcomes"][number];
type ChangedCell = Comparison["cells"][number];

/**
 * Compares what two versions of a site survive.
 * @param today `2026-11-26`: an acceptance counts until the end of its last day.
 */
export function compare(
  base: Judgement,
  head: Judgement,
  { name, acceptances, today }: { name: string; acceptances: readonly Acceptance[]; today: string },
): Comparison {
  const [before, after] = [namesOf(base), namesOf(head)];
  const only = (one: Map<number, string>, other: Map<number, string>) =>
    [...one].filter(([vmid]) => !other.has(vmid)).map(([vmid, guest]) => `${vmid} ${guest}`);
  return {
    base: name,
    added: only(after, before),
    removed: only(before, after),
    cells: changedCells(base, head).map((one) => ({ ...one, acceptance: acceptanceOf(one, acceptances, today) })),
    counts: changedCounts(base, head),
    targets: changedTargets(base, head),
    planner: null,
  };
}

/** Cells of guests and losses that both have and in which something changed; nobody accepted any of it yet. */
export function changedCells(base: Judgement, head: Judgement): ChangedCell[] {
  const names = namesOf(head);
  const losses = new Map(base.losses.map(({ id, outcomes }) => [id, new Map(outcomes.map((one) => [one.vmid, one]))]));
  return head.losses.flatMap(({ id, name, outcomes }) =>
    outcomes.flatMap((after) => {
      const before = losses.get(id)?.get(after.vmid);
      if (before === undefined) return [];
      const worse = ASPECTS.filter((aspect) => isWorse[aspect](before, after));
      const better = ASPECTS.filter((aspect) => isWorse[aspect](after, before));
      if (worse.length + better.length === 0) return [];
      const { vmid } = after;
      const cells = { before: cellOf(before), after: cellOf(after) };
      const needsAcceptance = isLessProtected(worse, better);
      const guest = names.get(vmid) ?? String(vmid);
      return [{ loss: id, name, vmid, guest, ...cells, worse, better, needsAcceptance, acceptance: null }];
    }),
  );
}

/**
 * Whether a change of a cell takes an acceptance. Another copy is protection, also when it is read more slowly; and that a guest
 * waits for others, which a guest more brings about, is no loss of protection.
 */
function isLessProtected(worse: readonly Aspect[], better: readonly Aspect[]): boolean {
  if (worse.includes("verdict") || worse.includes("copies") || worse.includes("work")) return true;
  return worse.includes("time") && !better.includes("copies") && !better.includes("work");
}

const isWorse: Readonly<Record<Aspect, (before: Outcome, after: Outcome) => boolean>> = {
  verdict: (before, after) => VERDICTS.indexOf(after.verdict) > VERDICTS.indexOf(before.verdict),
  copies: (before, after) => after.copiesLeft < before.copiesLeft,
  work: (before, after) => grew(before.dataLostBound ?? Infinity, after.dataLostBound ?? Infinity, HOUR),
  time: (before, after) => isBack(before, after) && grew(ownTime(before), ownTime(after), TEN_MINUTES),
  waiting: (before, after) => isBack(before, after) && grew(before.estimate ?? 0, after.estimate ?? 0, TEN_MINUTES),
};

const HOUR = 3_600;
const TEN_MINUTES = 600;
/** Less than this share is within what an estimate means. */
const NOTICED = 1.1;

/** Whether a time grew by so much that somebody would notice. */
function grew(before: number, after: number, least: number): boolean {
  if (before === Infinity) return false;
  return after > before * NOTICED && after - before > least;
}

/** A guest that is lost, or that runs on, has no time of its return: then the verdict says it all. */
function isBack(before: Outcome, after: Outcome): boolean {
  return before.verdict === "returns" && after.verdict === "returns";
}

/** Terms that depend on which others come back with it, and those of a question or a person, which keep a guest from being there twice. */
const SHARED_TERMS: readonly string[] = ["queueing", "transfer", "waiting for dependencies", ...ASKED_TERMS];

function ownTime({ terms }: Outcome): number {
  return terms.filter(({ name }) => !SHARED_TERMS.includes(name)).reduce((sum, { estimate }) => sum + estimate, 0);
}

function cellOf({ verdict, method, estimate, dataLost, copiesLeft, from }: Outcome): ChangedCell["before"] {
  return { verdict, method, estimate, dataLost, copiesLeft, from };
}

/** Object of acceptances of less survival: of one cell, of a guest, or of a loss. */
export function objectsOf({ loss, vmid }: Pick<ChangedCell, "loss" | "vmid">): string[] {
  return [`survival/${vmid}/${loss}`, `survival/${vmid}`, `survival/${loss}`];
}

function acceptanceOf(
  changed: ChangedCell,
  acceptances: readonly Acceptance[],
  today: string,
): ChangedCell["acceptance"] {
  if (!changed.needsAcceptance) return null;
  const objects = objectsOf(changed);
  const found = acceptances.find(
    ({ object, change, until }) =>
      change === "survive-less" && objects.includes(object) && until !== undefined && !isOver(until, today),
  );
  return found?.until === undefined ? null : { who: found.who, why: found.why, until: found.until };
}

function changedCounts(base: Judgement, head: Judgement): Comparison["counts"] {
  const before = new Map(base.services.map((service) => [service.vmid, service]));
  return head.services.flatMap(({ vmid, name: guest, digits, deletionResistance }) => {
    const old = before.get(vmid);
    if (old === undefined) return [];
    const changes = digits.flatMap(({ name: what, found }) => {
      const was = old.digits.find((one) => one.name === what)?.found;
      if (was === undefined || was === found) return [];
      return [
        { vmid, guest, what, before: was, after: found, worse: what === "unverified" ? found > was : found < was },
      ];
    });
    if (deletionResistance === old.deletionResistance) return changes;
    const worse = (deletionResistance ?? Infinity) < (old.deletionResistance ?? Infinity);
    const logins = { before: old.deletionResistance, after: deletionResistance, worse };
    return [...changes, { vmid, guest, what: "stolen logins that end it", ...logins }];
  });
}

function changedTargets(base: Judgement, head: Judgement): Comparison["targets"] {
  const names = namesOf(head);
  const key = ({ vmid, scope, kind }: Judgement["targets"][number]) => `${vmid} ${scope} ${kind}`;
  const before = new Map(base.targets.map((target) => [key(target), target.verdict]));
  return head.targets.flatMap((target) => {
    const was = before.get(key(target));
    const { vmid, setting, scope, written, verdict: after } = target;
    if (was === undefined || was === after) return [];
    return [{ vmid, guest: names.get(vmid) ?? String(vmid), setting, scope, written, before: was, after }];
  });
}
