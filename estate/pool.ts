import { diskProblems } from "./pool-disks";
import { type Finding, type Problem } from "./problem";
import { type Observation, type ObservedPool, type ObservedStorage } from "./observation";
import { type PoolSettings } from "./settings";

/** What a pool is for: services that matter, bulk data that may be lost with a disk, or nothing but backups. */
export type PoolPurpose = NonNullable<PoolSettings["purpose"]>;

/** A ZFS pool that the site declares. */
export interface Pool {
  /** Node that holds the disks. */
  readonly node: string;
  /** Name on that node; pools of one name on several nodes stand behind one storage entry. */
  readonly name: string;
  /** Redundancy. */
  readonly raidlevel: PoolSettings["raidlevel"];
  /** Disks by their names in /dev/disk/by-id. */
  readonly disks: readonly string[];
  /** What it is for. */
  readonly purpose: PoolPurpose;
  /** The pool as the observation shows it; undefined when it was not seen. */
  readonly observed: ObservedPool | undefined;
}

/** A PVE storage entry over the pools of one name. */
export interface PoolStorage {
  /** Identifier of the entry: the pools' name. */
  readonly storage: string;
  /** Pools behind it, one a node. */
  readonly pools: readonly Pool[];
  /** The entry as the observation shows it; undefined when it was not seen and is to be made. */
  readonly observed: ObservedStorage | undefined;
}

/** Pools of the settings with what was seen of each. */
export function poolsOf(settings: readonly PoolSettings[], observation: Observation | undefined): Pool[] {
  return settings.map(({ node, name, raidlevel, disks, purpose = purposeOf(name) }) => {
    const observed = observation?.pools.items.find((pool) => pool.node === node && pool.name === name);
    return { node, name, raidlevel, disks, purpose: purpose ?? "important", observed };
  });
}

/** Storage entries over the pools on which guests live; backup pools get none, so that no guest is put on them. */
export function poolStoragesOf(pools: readonly Pool[], observation: Observation | undefined): PoolStorage[] {
  const names = [...new Set(pools.filter(({ purpose }) => purpose !== "backup").map(({ name }) => name))];
  return names.map((storage) => ({
    storage,
    pools: pools.filter(({ name }) => name === storage),
    observed: observation?.storages.items.find((entry) => entry.storage === storage),
  }));
}

/** Pools that cannot stand beside each other, or that are not what was seen. */
export function poolProblems(
  settings: readonly PoolSettings[],
  nodes: readonly string[],
  observation: Observation | undefined,
): Problem[] {
  return settings.flatMap((pool, index) => {
    const path = `pools[${index}]`;
    return [
      ...unknownNode(pool, path, nodes),
      ...twice(settings, pool, path, index),
      ...sharedDisks(settings, pool, path, index),
      ...noPurpose(pool, path),
      ...otherShape(pool, path, observation),
      ...diskProblems(pool, path, observation),
    ];
  });
}

/** What TAPPaaS recommends and this site does otherwise: disks may fail, and data that matters is to outlive one. */
export function poolFindings(pools: readonly Pool[]): Finding[] {
  return pools.flatMap(({ node, name, raidlevel, purpose, observed }) => {
    const path = `pool ${name} on ${node}`;
    const findings: Finding[] = [];
    if (purpose === "important" && raidlevel === "single") {
      findings.push({ path, advice: "one disk holds services that matter; a mirror outlives the loss of a disk" });
    }
    if (purpose === "bulk" && raidlevel !== "single") {
      findings.push({
        path,
        advice: `${raidlevel} spends disks on data that may be lost; bulk pools go without redundancy`,
      });
    }
    if (observed !== undefined && observed.health !== "ONLINE") {
      findings.push({
        path,
        advice: `it was seen ${observed.health}; look at "zpool status ${name}" before anything else`,
      });
    }
    return findings;
  });
}

/** By the first letter of TAPPaaS' tank names; undefined for any other name. */
function purposeOf(name: string): PoolPurpose | undefined {
  const { letter } = /^tank(?<letter>[abc])\d*$/.exec(name)?.groups ?? {};
  return letter === undefined
    ? undefined
    : ({ a: "important", b: "bulk", c: "backup" } as const)[letter as "a" | "b" | "c"];
}

function unknownNode({ node }: PoolSettings, path: string, nodes: readonly string[]): Problem[] {
  if (nodes.includes(node)) return [];
  const expected = `one of the nodes ${nodes.join(", ")}`;
  return [{ path: `${path}.node`, expected, got: `"${node}"`, cure: "correct it, or add the node under nodes" }];
}

function twice(all: readonly PoolSettings[], pool: PoolSettings, path: string, index: number): Problem[] {
  const first = all.findIndex(({ node, name }) => node === pool.node && name === pool.name);
  if (first === index) return [];
  const expected = `a pool of its own, for pools[${first}] has this name on ${pool.node}`;
  return [{ path: `${path}.name`, expected, got: `"${pool.name}"`, cure: "remove one of them" }];
}

/** A disk in two pools of one node would be wiped by the second, had ZFS no guard of its own. */
function sharedDisks(all: readonly PoolSettings[], pool: PoolSettings, path: string, index: number): Problem[] {
  return pool.disks.flatMap((disk, position) => {
    const inSame = pool.disks.indexOf(disk) < position;
    const inEarlier = all.slice(0, index).some(({ node, disks }) => node === pool.node && disks.includes(disk));
    if (!inSame && !inEarlier) return [];
    const expected = "a disk that no other place of this node names";
    return [{ path: `${path}.disks[${position}]`, expected, got: `"${disk}"`, cure: "name each disk once" }];
  });
}

/**
 * A pool that was seen in another shape: said in the preview, and not in the middle of an update. Which disks they are is left to
 * the node itself, where two names of one disk can be told to be the same.
 */
function otherShape(
  { node, name, raidlevel, disks }: PoolSettings,
  path: string,
  observation: Observation | undefined,
): Problem[] {
  const seen = observation?.pools.items.find((pool) => pool.node === node && pool.name === name);
  if (seen === undefined || seen.vdevs.length === 0) return [];
  const cure = "write what exists, or observe again if it has changed; a pool is never rebuilt from here";
  const problems: Problem[] = [];
  const shape = shapeOf(seen);
  if (shape !== raidlevel) {
    problems.push({ path: `${path}.raidlevel`, expected: `${shape}, as ${name} was seen`, got: raidlevel, cure });
  }
  if (disks.length !== seen.disks.length) {
    const expected = `the ${seen.disks.length} disks of ${name}, ${seen.disks.join(", ")}`;
    problems.push({ path: `${path}.disks`, expected, got: String(disks.length), cure });
  }
  return problems;
}

/** Raidlevel of a pool that was seen; several mirrors are pairs, and several of anything else have no name here. */
function shapeOf({ vdevs }: ObservedPool): string {
  const [first, ...others] = vdevs;
  if (first !== undefined && others.length === 0) return first.type;
  return vdevs.every(({ type }) => type === "mirror") ? "raid10" : `${vdevs.length} groups of disks`;
}

function noPurpose({ name, purpose }: PoolSettings, path: string): Problem[] {
  if (purpose !== undefined || purposeOf(name) !== undefined) return [];
  const expected = `a purpose, for the name "${name}" does not say it as tanka1, tankb1 or tankc1 do`;
  return [{ path: `${path}.purpose`, expected, got: "nothing", cure: "set important, bulk or backup" }];
}
