import { type ObservedPool } from "../../estate/observation";

/** A node of a pool's tree as PVE shows it: the pool, a group of disks, or a disk. */
export interface ZpoolNode {
  /** `tanka1`, `mirror-0`, `/dev/disk/by-id/ata-…-part1`. */
  readonly name: string;
  /** What stands below it in the tree; nothing below a disk. */
  readonly children?: readonly ZpoolNode[] | undefined;
}

type Vdev = ObservedPool["vdevs"][number];

/** Groups of disks of a pool; disks that stand alone are a group each. Logs, caches and spares hold no data of their own. */
export function vdevsOf(pool: ZpoolNode): Vdev[] {
  // PVE puts the pool's own line at the top of the tree or one below it.
  const [only, ...others] = pool.children ?? [];
  const top = only?.name === pool.name && others.length === 0 ? (only.children ?? []) : (pool.children ?? []);
  return top.filter(({ name }) => !NO_DATA.has(name)).map(vdevOf);
}

const NO_DATA = new Set(["logs", "cache", "spares"]);

const GROUP = /^(?<type>mirror|raidz[123]?)-\d+$/;

function vdevOf({ name, children = [] }: ZpoolNode): Vdev {
  const { type } = GROUP.exec(name)?.groups ?? {};
  if (type === undefined) return { type: "single", disks: [diskOf(name)] };
  const raidlevel = type === "raidz1" ? "raidz" : type;
  return { type: raidlevel as Vdev["type"], disks: children.map((child) => diskOf(child.name)) };
}

/** A disk by the name that settings give it, without the partition that ZFS makes on a whole disk. */
function diskOf(path: string): string {
  return path.replace(/^\/dev\/disk\/by-id\//, "").replace(/-part\d+$/, "");
}
