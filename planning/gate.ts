import { type Comparison } from "./comparison-schema";
import { type Judgement } from "./judgement-schema";
import { namesOf } from "./service-names";

/** Guests for which one target is not held after one loss. */
export interface MissedTarget {
  /** Setting in which it stands, or would stand. */
  readonly setting: string;
  /** How long a service may be gone, or how much work may be lost. */
  readonly kind: "rto" | "rpo";
  /** The target in seconds. */
  readonly seconds: number;
  /** Whether the owner wrote it. */
  readonly written: boolean;
  /** What is lost, by name. */
  readonly loss: string;
  /** Names of the guests. */
  readonly guests: readonly string[];
  /** Seconds of the worst of them, probably; null when it is lost for good. */
  readonly estimate: number | null;
  /** Seconds by which the bound of the worst of them is above the target; 0 when it is within, null when it is lost for good. */
  readonly beyond: number | null;
  /** What would make it possible; empty where it is. */
  readonly cures: readonly string[];
}

/** Targets that are not held, target by target and loss by loss: the owner's first, and of those what is lost for good. */
export function missedTargets(judgement: Judgement): MissedTarget[] {
  const names = namesOf(judgement);
  const groups = new Map<string, MissedTarget>();
  for (const { vmid, kind, seconds, written, setting, misses } of judgement.targets) {
    for (const { loss, name, estimate, beyond, cures } of misses) {
      const own = [names.get(vmid) ?? String(vmid)];
      const one = { setting, kind, seconds, written, loss: name, guests: own, estimate, beyond, cures };
      const key = `${setting} ${loss}`;
      const before = groups.get(key);
      groups.set(key, before === undefined ? one : together(before, one));
    }
  }
  const weight = ({ written, estimate }: MissedTarget) => (written ? 2 : 0) + (estimate === null ? 1 : 0);
  return [...groups.values()].toSorted(
    (a, b) => weight(b) - weight(a) || (b.estimate ?? 0) / b.seconds - (a.estimate ?? 0) / a.seconds,
  );
}

/** Of two guests with one target, the worse one speaks; cures are those of both. */
function together(a: MissedTarget, b: MissedTarget): MissedTarget {
  const worst = (one: number | null, other: number | null) =>
    one === null || other === null ? null : Math.max(one, other);
  return {
    ...a,
    guests: [...a.guests, ...b.guests],
    estimate: worst(a.estimate, b.estimate),
    beyond: worst(a.beyond, b.beyond),
    cures: [...new Set([...a.cures, ...b.cures])],
  };
}

/**
 * Why a site, or a change of it, does not pass: protection that gets less and that nobody accepted, and targets of the owner that are
 * not held. A change that only makes it better passes: a target that it does not reach yet is no reason to leave it out.
 */
export interface Stop {
  /** A cell that gets worse, or a target. */
  readonly kind: "worse" | "target";
  /** The cell; undefined for a target. */
  readonly cell?: Comparison["cells"][number];
  /** The target; undefined for a cell. */
  readonly target?: MissedTarget;
}

/** All that stops it; empty when it passes. */
export function stopsOf(judgement: Judgement): Stop[] {
  const { comparison } = judgement;
  const worse = (comparison?.cells ?? []).filter(
    ({ needsAcceptance, acceptance }) => needsAcceptance && acceptance === null,
  );
  const stops: Stop[] = worse.map((cell) => ({ kind: "worse", cell }));
  if (comparison !== null && onlyAdds(comparison)) return stops;
  const missed = missedTargets(judgement).filter(({ written }) => written);
  return [...stops, ...missed.map((target): Stop => ({ kind: "target", target }))];
}

/** Whether a change makes something better and nothing less protected. */
function onlyAdds({ removed, cells, counts }: Comparison): boolean {
  if (removed.length > 0) return false;
  if (cells.some(({ needsAcceptance }) => needsAcceptance) || counts.some(({ worse }) => worse)) return false;
  return cells.some(({ better }) => better.some((aspect) => aspect !== "waiting")) || counts.length > 0;
}
