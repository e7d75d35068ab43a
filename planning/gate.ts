import { type Judgement } from "./judgement";

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
export function missedTargets({ targets, services }: Judgement): MissedTarget[] {
  const names = new Map(services.map(({ vmid, name }) => [vmid, name]));
  const groups = new Map<string, MissedTarget>();
  for (const { vmid, kind, seconds, written, setting, misses } of targets) {
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
