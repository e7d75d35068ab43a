import { CommandFailure } from "./command-line";
import { importedPools, type Dataset, type NodeZfs, type Pool } from "./node-zfs";

/** Which datasets below the named ones are meant, too. */
export interface Depth {
  /** All descendants (`-r`). */
  readonly recursive?: boolean;
  /** Descendants down to this depth (`-d`), 1 for children. */
  readonly depth?: number;
}

/**
 * The datasets of these names and, as asked, those below them; all when no name is given.
 * @throws {CommandFailure} `cannot open 'x': dataset does not exist`.
 */
export function selectDatasets(zfs: NodeZfs, names: readonly string[], { recursive = false, depth }: Depth): Dataset[] {
  const all = importedPools(zfs).flatMap(({ datasets }) => [...datasets].sort(byName));
  if (names.length === 0) return all;
  const absent = names.filter((name) => !all.some((dataset) => dataset.name === name));
  if (absent.length > 0) throw new CommandFailure(absent.map(doesNotExist).join("\n"));
  const most = depth ?? (recursive ? Infinity : 0);
  return all.filter((dataset) => names.some((name) => levelsBelow(dataset.name, name) <= most));
}

function byName(one: Dataset, other: Dataset): number {
  return one.name.localeCompare(other.name);
}

function doesNotExist(name: string): string {
  return `cannot open '${name}': dataset does not exist`;
}

/** 0 for the dataset itself, 1 for a child; without end for what stands elsewhere. */
function levelsBelow(name: string, top: string): number {
  if (name === top) return 0;
  if (name.startsWith(`${top}@`)) return 1;
  return name.startsWith(`${top}/`) ? name.slice(top.length).split("/").length - 1 : NaN;
}

/** The pool in which a dataset lies. */
export function poolOfDataset(zfs: NodeZfs, dataset: Dataset): Pool {
  const [name = ""] = dataset.name.split("/");
  const pool = importedPools(zfs).find((known) => known.name === name);
  if (pool === undefined) throw new CommandFailure(doesNotExist(dataset.name));
  return pool;
}
