import { grouped } from "../../estate/units/grouped";
import { type NamedVersion } from "./clean-plan";

/** What takes the objects of a datastore back to a moment. Every step of it can itself be taken back. */
export interface RewindPlan {
  /** The moment. */
  readonly at: Date;
  /** Marks of deletions after the moment, which go: what they hide is there again. */
  readonly unmarked: readonly Step[];
  /** Old versions that are copied over what was written after the moment. */
  readonly restored: readonly Step[];
  /** Objects that were not there at that moment, and get a mark of deletion. */
  readonly hidden: readonly { readonly key: string }[];
}

interface Step {
  readonly key: string;
  readonly versionId: string;
}

/** Which server uses the datastore now is not undone. */
const NOW = ".in-use";

/**
 * Plans a way back. It writes forward: old versions become the newest, nothing is deleted for good, and the same command with a later
 * moment goes the other way.
 * @param versions All versions of all objects of the datastore, by name and newest first.
 */
export function rewindPlan(versions: readonly NamedVersion[], at: Date): RewindPlan {
  const steps = [...grouped(versions, ({ name }) => name)]
    .filter(([name]) => name !== NOW)
    .map(([, all]) => stepsOf(all, at));
  return {
    at,
    unmarked: steps.flatMap(({ unmarked = [] }) => unmarked),
    restored: steps.flatMap(({ restored = [] }) => restored),
    hidden: steps.flatMap(({ hidden = [] }) => hidden),
  };
}

function stepsOf(
  all: readonly NamedVersion[],
  at: Date,
): Partial<Pick<RewindPlan, "unmarked" | "restored" | "hidden">> {
  const [newest] = all;
  const then = all.find(({ modified }) => modified.getTime() <= at.getTime());
  if (newest === undefined || newest === then) return {};
  const isThere = then !== undefined && !then.isMarker;
  if (!isThere) return newest.isMarker ? {} : { hidden: [{ key: newest.key }] };
  const later = all.slice(0, all.indexOf(then));
  if (later.every(({ isMarker }) => isMarker)) return { unmarked: later.map(stepOf) };
  const isSame = !newest.isMarker && newest.etag === then.etag;
  return isSame ? {} : { restored: [stepOf(then)] };
}

function stepOf({ key, versionId }: NamedVersion): Step {
  return { key, versionId };
}
