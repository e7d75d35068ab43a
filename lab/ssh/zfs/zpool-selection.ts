import { CommandFailure } from "./command-line";
import { importedPools, type NodeZfs, type Pool } from "./node-zfs";

/**
 * The pools that operands name, or all of them.
 * @throws {CommandFailure} `cannot open 'x': no such pool`, once for each that is not there.
 */
export function namedPools(zfs: NodeZfs, names: readonly string[]): Pool[] {
  const pools = importedPools(zfs);
  if (names.length === 0) return pools;
  const absent = names.filter((name) => !pools.some((pool) => pool.name === name));
  if (absent.length > 0) throw new CommandFailure(absent.map(noSuchPool).join("\n"));
  return pools.filter(({ name }) => names.includes(name));
}

function noSuchPool(name: string): string {
  return `cannot open '${name}': no such pool`;
}

/** The pool of one name. */
export function namedPool(zfs: NodeZfs, name: string): Pool {
  const [pool] = namedPools(zfs, [name]);
  if (pool === undefined) throw new CommandFailure(noSuchPool(name));
  return pool;
}

/** Output of `-j` as OpenZFS 2.3 frames it. */
export function jsonOutput(command: string, pools: unknown): string {
  return `${JSON.stringify({ output_version: { command, vers_major: 0, vers_minor: 1 }, pools })}\n`;
}
