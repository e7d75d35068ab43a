import { type Model, type Tier } from "../../planning/model";
import { type Proof } from "../../planning/drill-record";

/** A guest that can be drilled. */
export interface Candidate {
  /** Its number. */
  readonly vmid: number;
  /** How much it matters. */
  readonly tier: Tier;
  /** Day of the last drill in which it came back; null when never. */
  readonly provenOn: string | null;
}

/** Guests of the model with the day on which each last came back, those first that waited longest; of the same day the important first. */
export function candidatesOf({ services }: Model, { guests }: Proof): Candidate[] {
  const days = new Map(guests.map(({ vmid, provenOn }) => [vmid, provenOn]));
  return services
    .map(({ vmid, tier }) => ({ vmid, tier, provenOn: days.get(vmid) ?? null }))
    .toSorted(
      (a, b) =>
        (a.provenOn ?? "").localeCompare(b.provenOn ?? "") ||
        TIERS.indexOf(a.tier) - TIERS.indexOf(b.tier) ||
        a.vmid - b.vmid,
    );
}

const TIERS: readonly Tier[] = ["essential", "standard", "deferrable"];

/**
 * A sample: guests that waited longest, and at least one on which others stand, where there is one.
 * @param candidates Those that waited longest first.
 */
export function sampleOf(candidates: readonly Candidate[], count: number): number[] {
  const sample = candidates.slice(0, Math.max(1, count));
  const important = candidates.find(({ tier }) => tier === "essential");
  const whole =
    important === undefined || sample.some(({ tier }) => tier === "essential")
      ? sample
      : [...sample.slice(0, -1), important];
  return whole.map(({ vmid }) => vmid);
}

/**
 * Numbers that nothing bears: no guest, no volume, no backup, no job of the site.
 * @throws {RangeError} When there are too few of them.
 */
export function freeNumbers(from: number, count: number, taken: ReadonlySet<number>): number[] {
  const free: number[] = [];
  for (let vmid = from; free.length < count && vmid < from + 1_000; vmid += 1) if (!taken.has(vmid)) free.push(vmid);
  if (free.length === count) return free;
  throw new RangeError(`Expected ${count} free numbers from ${from} on, found ${free.length}.`);
}
