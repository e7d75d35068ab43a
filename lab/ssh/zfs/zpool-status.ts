import { parseCommandLine, type CommandLine } from "./command-line";
import { diskOf, poolHealth, vdevHealth, type NodeZfs, type Pool, type Vdev, type ZfsContext } from "./node-zfs";
import { diskName, diskPath, vdevName, type NameStyle } from "./vdev-name";
import { jsonOutput, namedPools } from "./zpool-selection";

const USAGE = `status [--power] [-j [--json-int, --json-flat-vdevs, --json-pool-key-guid]] ...
\t    [-DdegiLPpstvx] [-c script[,...]] ...
\t    [-T d|u] [pool] [interval [count]]`;
const LONG = { json: "j", "json-int": "int", "json-flat-vdevs": "flat", "json-pool-key-guid": "guid", power: "power" };
const DEGRADED = `status: One or more devices could not be used because the label is missing or
\tinvalid.  Sufficient replicas exist for the pool to continue
\tfunctioning in a degraded state.
action: Replace the device using 'zpool replace'.
   see: https://openzfs.github.io/openzfs-docs/msg/ZFS-8000-4J
`;

/** `zpool status`: zpool-status(8). */
export function zpoolStatus(argv: readonly string[], context: ZfsContext): string {
  const line = parseCommandLine(argv, { flags: "DdegiLPpstvxj", values: "cT", long: LONG, usage: USAGE });
  const zfs = context.read();
  const pools = namedPools(zfs, line.operands).filter((pool) => !line.has("x") || poolHealth(zfs, pool) !== "ONLINE");
  if (line.has("j")) return statusJson(zfs, pools, line);
  if (pools.length > 0) return pools.map((pool) => statusText(zfs, pool, line)).join("\n");
  if (!line.has("x")) return "no pools available\n";
  return line.operands.length === 0
    ? "all pools are healthy\n"
    : line.operands.map((name) => `pool '${name}' is healthy\n`).join("");
}

function statusText(zfs: NodeZfs, pool: Pool, line: CommandLine): string {
  const health = poolHealth(zfs, pool);
  const rows = configRows(zfs, pool, { fullPath: line.has("P"), resolved: line.has("L") });
  const width = Math.max(...rows.map(([name]) => name.length), "NAME".length);
  const config = [
    ["NAME", "STATE", " READ WRITE CKSUM"] as const,
    ...rows.map(([name, state]) => [name, state, COUNTS] as const),
  ];
  const lines = config.map(([name, state, counts]) => `\t${name.padEnd(width)}  ${state.padEnd(8)} ${counts}\n`);
  const trouble = health === "DEGRADED" ? DEGRADED : "";
  const head = `  pool: ${pool.name}\n state: ${health}\n${trouble}config:\n\n`;
  return `${head}${lines.join("")}\nerrors: No known data errors\n`;
}

const COUNTS = "    0     0     0";

function configRows(zfs: NodeZfs, pool: Pool, style: NameStyle): (readonly [name: string, state: string])[] {
  const root = [pool.name, poolHealth(zfs, pool)] as const;
  return [root, ...pool.vdevs.flatMap((vdev, index) => vdevConfigRows(zfs, vdev, index, style))];
}

function vdevConfigRows(zfs: NodeZfs, vdev: Vdev, index: number, style: NameStyle): (readonly [string, string])[] {
  const top = [`  ${vdevName(zfs, vdev, index, style)}`, vdevHealth(zfs, vdev)] as const;
  if (vdev.type === "disk") return [top];
  return [top, ...vdev.disks.map((byId) => [`    ${diskName(zfs, byId, style)}`, diskState(zfs, byId)] as const)];
}

function diskState(zfs: NodeZfs, byId: string): string {
  return diskOf(zfs, byId).missing === true ? "UNAVAIL" : "ONLINE";
}

function statusJson(zfs: NodeZfs, pools: readonly Pool[], line: CommandLine): string {
  const described = pools.map((pool) => {
    const { name, guid } = pool;
    const head = {
      name,
      state: poolHealth(zfs, pool),
      pool_guid: guid,
      txg: "4",
      spa_version: "5000",
      zpl_version: "5",
    };
    const vdevs = { [name]: rootVdev(zfs, pool, line) };
    return [line.has("guid") ? guid : name, { ...head, vdevs, error_count: count(line) }];
  });
  return jsonOutput("zpool status", Object.fromEntries(described));
}

function rootVdev(zfs: NodeZfs, pool: Pool, line: CommandLine) {
  const style = { fullPath: line.has("P"), resolved: line.has("L") };
  const members = pool.vdevs.map((vdev, index) => topVdev(zfs, vdev, index, style, line));
  const vdevs = Object.fromEntries(members.map((member) => [member.name, member]));
  return {
    name: pool.name,
    vdev_type: "root",
    guid: pool.guid,
    class: "normal",
    state: poolHealth(zfs, pool),
    ...errors(line),
    vdevs,
  };
}

function topVdev(zfs: NodeZfs, vdev: Vdev, index: number, style: NameStyle, line: CommandLine) {
  const [first = ""] = vdev.disks;
  if (vdev.type === "disk") return diskVdev(zfs, first, style, line);
  const members = vdev.disks.map((byId) => diskVdev(zfs, byId, style, line));
  const vdevs = Object.fromEntries(members.map((member) => [member.name, member]));
  const type = vdev.type.startsWith("raidz") ? "raidz" : vdev.type;
  const name = vdevName(zfs, vdev, index, style);
  return { name, vdev_type: type, class: "normal", state: vdevHealth(zfs, vdev), ...errors(line), vdevs };
}

function diskVdev(zfs: NodeZfs, byId: string, style: NameStyle, line: CommandLine) {
  const path = diskPath(zfs, byId, style.resolved);
  const name = diskName(zfs, byId, style);
  return { name, vdev_type: "disk", path, class: "normal", state: diskState(zfs, byId), ...errors(line) };
}

function errors(line: CommandLine) {
  return { read_errors: count(line), write_errors: count(line), checksum_errors: count(line) };
}

/** Without `--json-int` numbers are text. */
function count(line: CommandLine): number | string {
  return line.has("int") ? 0 : "0";
}
