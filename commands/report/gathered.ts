import { grouped } from "../../estate/units/grouped";
import { type Judgement } from "../../planning/judgement-schema";
import { namesOf } from "../../planning/service-names";

/** Fewest guests that are called "all": the names of fewer are read faster than the word. */
const FEW = 4;

/** Guests by name; `all 16 guests` where they are all that the site has. */
export function guestsText(names: readonly string[], all: number): string {
  return names.length === all && all >= FEW ? `all ${all} guests` : names.join(", ");
}

/** Groups of values that have one key. */
export function byKey<T>(values: readonly T[], keyOf: (value: T) => string): T[][] {
  return [...grouped(values, keyOf).values()];
}

/** Losses that take the same guests for good together with the same others. */
export interface GatheredPairs {
  /** Any of these, by name, */
  readonly one: readonly string[];
  /** with any of these. */
  readonly other: readonly string[];
  /** The worst severity of them: 1 is a complete disaster. */
  readonly severity: number;
  /** How many pairs they are. */
  readonly count: number;
  /** How many guests are lost for good. */
  readonly lost: number;
  /** How many and which, in words. */
  readonly gone: string;
}

/** Pairs of losses by what they take, those first that take most: each pair stands in one row, and a row in as many as it can. */
export function gatheredPairs(judgement: Judgement): GatheredPairs[] {
  const names = namesOf(judgement);
  return byKey(judgement.pairs, ({ lost }) => lost.join())
    .flatMap((pairs) => {
      const [{ lost }] = pairs as [Pair];
      const gone = guestsText(
        lost.map((vmid) => names.get(vmid) ?? String(vmid)),
        judgement.services.length,
      );
      return rowsOf(pairs).map((row) => ({ ...row, lost: lost.length, gone }));
    })
    .toSorted((a, b) => b.lost - a.lost || b.count - a.count);
}

type Pair = Judgement["pairs"][number];

/** What is in most pairs speaks for them, until none is left; then rows with the same partners become one. */
function rowsOf(pairs: readonly Pair[]): Omit<GatheredPairs, "lost" | "gone">[] {
  const rows: { one: string; other: string[]; severity: number }[] = [];
  for (let left = pairs; left.length > 0;) {
    const one = mostFrequent(left);
    const own = left.filter(({ names }) => names.includes(one));
    const other = own.map(({ names: [first, second] }) => (first === one ? second : first));
    rows.push({ one, other, severity: Math.min(...own.map(({ severity }) => severity)) });
    left = left.filter((pair) => !own.includes(pair));
  }
  return byKey(rows, ({ other }) => other.toSorted().join("\n")).map((same) => {
    const [{ other }] = same as [(typeof rows)[number]];
    return {
      one: same.map((row) => row.one),
      other,
      severity: Math.min(...same.map(({ severity }) => severity)),
      count: same.length * other.length,
    };
  });
}

function mostFrequent(pairs: readonly Pair[]): string {
  const groups = byKey(
    pairs.flatMap(({ names }) => names),
    (name) => name,
  );
  const [first = []] = groups.toSorted((a, b) => b.length - a.length);
  return first[0] ?? "";
}

/** Some names, and how many more there are: `disk a; disk b; and 3 more`. */
export function someOf(names: readonly string[], most: number): string {
  if (names.length <= most) return names.join("; ");
  return `${names.slice(0, most).join("; ")}; and ${names.length - most} more`;
}
