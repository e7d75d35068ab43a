import { CommandFailure, parseCommandLine, usageFailure } from "./command-line";
import { diskOf, poolHealth, vdevHealth, withPool, type NodeZfs, type Pool, type ZfsContext } from "./node-zfs";
import { diskName, vdevName } from "./vdev-name";
import { namedPool } from "./zpool-selection";
import { findDisk } from "./vdev-specification";

const IMPORT_USAGE = `import [-d dir] [-D]
\timport [-o mntopts] [-o property=value] ... 
\t    [-d dir | -c cachefile] [-D] [-l] [-f] [-m] [-N] [-R root] [-F [-n]]
\t    [--rewind-to-checkpoint] <pool | id> [newpool]`;
const NAMES = { fullPath: false, resolved: false };

/** `zpool import`: zpool-import(8). Without a pool it lists what waits on the disks and changes nothing. */
export function zpoolImport(argv: readonly string[], context: ZfsContext): string {
  const line = parseCommandLine(argv, { flags: "aDflFmnNsX", values: "cdoRtT", usage: IMPORT_USAGE });
  const zfs = context.read();
  const [name, newName] = line.operands;
  const waiting = zfs.pools.filter(({ state }) => (state === "destroyed" ? line.has("D") : state !== "imported"));
  if (name === undefined && !line.has("a")) return listing(zfs, waiting);
  const chosen = waiting.filter((pool) => line.has("a") || pool.name === name || pool.guid === name);
  if (name !== undefined && chosen.length === 0) {
    throw new CommandFailure(`cannot import '${name}': no such pool available`);
  }
  for (const pool of chosen) importPool(pool, newName ?? pool.name, line.has("f"), context);
  return "";
}

/** Status 1 with the sentence on standard error when nothing waits, as seen on Linux. */
function listing(zfs: NodeZfs, waiting: readonly Pool[]): string {
  if (waiting.length === 0) throw new CommandFailure("no pools available to import");
  return waiting.map((pool) => poolText(zfs, pool)).join("\n");
}

function poolText(zfs: NodeZfs, pool: Pool): string {
  const health = poolHealth(zfs, pool);
  const destroyed = pool.state === "destroyed" ? " (DESTROYED)" : "";
  const rows = pool.vdevs.flatMap((vdev, index) => {
    const top = `\t  ${vdevName(zfs, vdev, index, NAMES)}  ${vdevHealth(zfs, vdev)}`;
    const disks = vdev.disks.map((byId) => `\t    ${diskName(zfs, byId, NAMES)}  ${diskHealth(zfs, byId)}`);
    return vdev.type === "disk" ? [top] : [top, ...disks];
  });
  const head = [
    `   pool: ${pool.name}`,
    `     id: ${pool.guid}`,
    `  state: ${health}${destroyed}`,
    ...adviceLines(pool),
  ];
  return `${[...head, " config:", "", `\t${pool.name}  ${health}`, ...rows].join("\n")}\n`;
}

function diskHealth(zfs: NodeZfs, byId: string): string {
  return diskOf(zfs, byId).missing === true ? "UNAVAIL" : "ONLINE";
}

function adviceLines({ state }: Pool): string[] {
  if (state === "exported") return [" action: The pool can be imported using its name or numeric identifier."];
  if (state === "destroyed")
    return [
      " action: The pool can be imported using its name or numeric identifier.",
      "\tThe pool was destroyed, but can be imported using the '-Df' flags.",
    ];
  const advice = "The pool can be imported using its name or numeric identifier and\n\tthe '-f' flag.";
  return ["status: The pool was last accessed by another system.", ` action: ${advice}`];
}

function importPool(pool: Pool, name: string, force: boolean, context: ZfsContext): void {
  const zfs = context.read();
  if (zfs.pools.some((other) => other.state === "imported" && other.name === name)) {
    const cure = "use the form 'zpool import <pool | id> <newpool>' to give it a new name";
    throw new CommandFailure(`cannot import '${pool.name}': a pool with that name already exists\n${cure}`);
  }
  if (pool.state === "foreign" && !force) {
    const reason = "pool was previously in use from another system.";
    throw new CommandFailure(
      `cannot import '${pool.name}': ${reason}\nThe pool can be imported, use 'zpool import -f' to import the pool.`,
    );
  }
  if (poolHealth(zfs, pool) === "UNAVAIL") {
    throw new CommandFailure(`cannot import '${pool.name}': one or more devices is currently unavailable`);
  }
  if (force) context.alarm(`zpool import -f ${pool.name}`);
  const renamed = pool.datasets.map((set) => ({ ...set, name: name + set.name.slice(pool.name.length) }));
  context.write(withPool(zfs, { ...pool, name, datasets: renamed, state: "imported" }));
}

/** `zpool export`: zpool-export(8). */
export function zpoolExport(argv: readonly string[], context: ZfsContext): string {
  const usage = "export [-af] <pool> ...";
  const { operands } = parseCommandLine(argv, { flags: "af", usage });
  if (operands.length === 0) throw usageFailure("missing pool argument", usage);
  for (const name of operands) {
    const zfs = context.read();
    context.alarm(`zpool export ${name}`);
    context.write(withPool(zfs, { ...namedPool(zfs, name), state: "exported" }));
  }
  return "";
}

/** `zpool destroy`: zpool-destroy(8). It asks nobody; what it did is loud in the lab's log. */
export function zpoolDestroy(argv: readonly string[], context: ZfsContext): string {
  const usage = "destroy [-f] <pool>";
  const { operands } = parseCommandLine(argv, { flags: "f", usage });
  const [name, more] = operands;
  if (name === undefined) throw usageFailure("missing pool argument", usage);
  if (more !== undefined) throw usageFailure("too many arguments", usage);
  const zfs = context.read();
  const pool = namedPool(zfs, name);
  context.alarm(`zpool destroy ${name}`);
  context.write(withPool(zfs, { ...pool, state: "destroyed" }));
  return "";
}

/** `zpool labelclear`: zpool-labelclear(8). */
export function zpoolLabelclear(argv: readonly string[], context: ZfsContext): string {
  const usage = "labelclear [-f] <vdev>";
  const line = parseCommandLine(argv, { flags: "f", usage });
  const [path] = line.operands;
  if (path === undefined) throw usageFailure("missing vdev name", usage);
  const zfs = context.read();
  const disk = findDisk(zfs, path);
  if (disk === undefined)
    throw new CommandFailure(`failed to find device ${path}, try specifying absolute path instead`);
  const pool = zfs.pools.find(({ vdevs }) => vdevs.some(({ disks }) => disks.includes(disk.byId)));
  if (pool === undefined) throw new CommandFailure(`failed to read label from ${path}`);
  rejectLabelInUse(path, pool, line.has("f"));
  context.alarm(`zpool labelclear ${path}`);
  context.write({ ...zfs, pools: zfs.pools.filter(({ guid }) => guid !== pool.guid) });
  return "";
}

function rejectLabelInUse(path: string, { state, name }: Pool, force: boolean): void {
  if (state === "imported") throw new CommandFailure(`${path} is a member (ACTIVE) of pool "${name}"`);
  if (force || state === "destroyed") return;
  const kind = state === "foreign" ? "potentially active" : "exported";
  throw new CommandFailure(`use '-f' to override the following error:\n${path} is a member of ${kind} pool "${name}"`);
}
