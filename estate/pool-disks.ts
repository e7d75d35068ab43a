import { type Observation, type ObservedPool } from "./observation";
import { type Problem } from "./problem";
import { type PoolSettings } from "./settings";

type Disks = NonNullable<Observation["disks"]>;

/**
 * Disks of the settings that cannot make, or are not, the pool that they are named for: said in the preview, from what was seen,
 * and not by the node in the middle of an update. One disk may have several names; a name that nobody saw is left to the node as
 * long as not all disks were seen.
 */
export function diskProblems(pool: PoolSettings, path: string, observation: Observation | undefined): Problem[] {
  const { disks, pools } = observation ?? {};
  if (disks === undefined || pools === undefined) return [];
  const seen = pools.items.find(({ node, name }) => node === pool.node && name === pool.name);
  return pool.disks.flatMap((id, index) => {
    const at = `${path}.disks[${index}]`;
    if (seen !== undefined) return otherDisk(id, at, seen, disks);
    // Absence of a pool means something only where all pools were seen.
    return pools.complete ? unusable(id, at, pool.node, disks) : [];
  });
}

/** A disk that is there and is no part of the pool. In a pool that is in trouble a disk may have been replaced by hand. */
function otherDisk(id: string, path: string, pool: ObservedPool, { items }: Disks): Problem[] {
  const known = items.some((disk) => disk.node === pool.node && disk.id === id);
  if (!known || pool.disks.includes(id) || pool.health !== "ONLINE") return [];
  const expected = `a disk of ${pool.name}: ${pool.disks.join(", ")}`;
  return [{ path, expected, got: `"${id}"`, cure: "write what exists; a disk is never added or exchanged from here" }];
}

/** A disk for a new pool that is not there, or is not empty. */
function unusable(id: string, path: string, node: string, { complete, items }: Disks): Problem[] {
  const disk = items.find((one) => one.node === node && one.id === id);
  if (disk === undefined) {
    if (!complete) return [];
    const there = items.filter((one) => one.node === node && one.usedBy === undefined).map((one) => one.id);
    const cure = there.length === 0 ? "it has no free disk" : `free disks of ${node} are ${there.join(", ")}`;
    return [{ path, expected: `a disk of ${node}`, got: `"${id}", which it does not have`, cure }];
  }
  if (disk.usedBy === undefined) return [];
  const cure = "take another disk; if what is on it may go, empty it by hand, for nothing here does";
  return [{ path, expected: "an empty disk", got: `"${id}", which holds ${disk.usedBy}`, cure }];
}
