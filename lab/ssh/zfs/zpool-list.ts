import { columnList, parseCommandLine, usageFailure, type CommandLine } from "./command-line";
import { namedPools, jsonOutput } from "./zpool-selection";
import {
  diskOf,
  partitionSize,
  poolAllocated,
  vdevHealth,
  vdevSize,
  type NodeZfs,
  type Pool,
  type Vdev,
  type ZfsContext,
} from "./node-zfs";
import { poolProperty, poolPropertyName } from "./pool-property";
import { sizeText } from "./size-text";
import { printScripted, printTable, type Column } from "./table";
import { diskName, vdevName, type NameStyle } from "./vdev-name";

const USAGE = `list [-gHLpPv] [-o property[,...]] [-j [--json-int, --json-pool-key-guid]] ...
\t    [-T d|u] [pool] [interval [count]]`;
const COLUMNS = "name,size,allocated,free,checkpoint,expandsize,fragmentation,capacity,dedupratio,health,altroot";
const HEADINGS: Record<string, string> = {
  allocated: "ALLOC",
  capacity: "CAP",
  checkpoint: "CKPOINT",
  dedupratio: "DEDUP",
  expandsize: "EXPANDSZ",
  fragmentation: "FRAG",
};
const TEXT_COLUMNS = ["name", "health", "altroot", "comment", "bootfs", "cachefile", "compatibility", "failmode"];

/** `zpool list`: zpool-list(8). */
export function zpoolList(argv: readonly string[], context: ZfsContext): string {
  const long = { json: "j", "json-int": "int", "json-pool-key-guid": "guid" };
  const line = parseCommandLine(argv, { flags: "gHLpPvj", values: "oT", long, usage: USAGE });
  const columns = readColumns(line);
  const zfs = context.read();
  const pools = namedPools(zfs, line.operands);
  if (line.has("j")) return listJson(zfs, pools, columns, line);
  if (pools.length === 0) return line.has("H") ? "" : "no pools available\n";
  const rows = pools.flatMap((pool) => [poolRow(zfs, pool, columns, line), ...vdevRows(zfs, pool, line)]);
  return line.has("H") ? printScripted(rows) : printTable(columns.map(headingOf), rows);
}

function readColumns(line: CommandLine): string[] {
  const asked = columnList(line.all("o")) ?? COLUMNS.split(",");
  return asked.map((name) => {
    const full = poolPropertyName(name);
    if (full === undefined) throw usageFailure(`bad property list: invalid property '${name}'`, USAGE);
    return full;
  });
}

function headingOf(name: string): Column {
  return { heading: HEADINGS[name] ?? name.toUpperCase(), align: TEXT_COLUMNS.includes(name) ? "left" : "right" };
}

function poolRow(zfs: NodeZfs, pool: Pool, columns: readonly string[], line: CommandLine): string[] {
  return columns.map((name) => poolProperty(zfs, pool, name)[line.has("p") ? "exact" : "text"]);
}

/**
 * Rows of `-v`. OpenZFS 2.3 gives them nine values whatever `-o` says, and a leading tab under `-H`; a disk within a
 * group has a size and a health, a group also what is allocated. cmd/zpool/zpool_main.c, collect_list_stats.
 */
function vdevRows(zfs: NodeZfs, pool: Pool, line: CommandLine): string[][] {
  if (!line.has("v")) return [];
  const style = { fullPath: line.has("P"), resolved: line.has("L") };
  const indent = (depth: number) => (line.has("H") ? "\t" : "  ".repeat(depth));
  return pool.vdevs.flatMap((vdev, index) => {
    const top = [indent(1) + vdevName(zfs, vdev, index, style), ...topValues(zfs, pool, vdev, line)];
    return vdev.type === "disk" ? [top] : [top, ...diskRows(zfs, vdev, indent(2), style, line)];
  });
}

function topValues(zfs: NodeZfs, pool: Pool, vdev: Vdev, line: CommandLine): string[] {
  const size = vdevSize(zfs, vdev);
  const allocated = Math.floor(poolAllocated(pool) / pool.vdevs.length);
  const [byId = ""] = vdev.disks;
  const shown = vdev.type === "disk" ? partitionSize(diskOf(zfs, byId)) : size;
  const percent = (allocated * 100) / Math.max(1, size);
  const exact = line.has("p");
  const share = exact ? String(Math.floor(percent)) : `${percent.toFixed(2)}%`;
  const sizes = [shown, allocated, size - allocated].map((bytes) => number(bytes, exact));
  return [...sizes, "-", "-", exact ? "0" : "0%", share, "-", vdevHealth(zfs, vdev)];
}

function diskRows(zfs: NodeZfs, vdev: Vdev, indent: string, style: NameStyle, line: CommandLine): string[][] {
  return vdev.disks.map((byId) => {
    const disk = diskOf(zfs, byId);
    const health = disk.missing === true ? "UNAVAIL" : "ONLINE";
    const size = number(partitionSize(disk), line.has("p"));
    return [indent + diskName(zfs, byId, style), size, "-", "-", "-", "-", "-", "-", "-", health];
  });
}

function number(bytes: number, exact: boolean): string {
  return exact ? String(bytes) : sizeText(bytes);
}

function listJson(zfs: NodeZfs, pools: readonly Pool[], columns: readonly string[], line: CommandLine): string {
  const described = pools.map((pool) => {
    const shown = columns.filter((name) => name !== "name");
    const properties = Object.fromEntries(shown.map((name) => [name, jsonProperty(zfs, pool, name, line)] as const));
    const { name, guid } = pool;
    const head = { name, type: "POOL", state: poolProperty(zfs, pool, "health").exact, pool_guid: guid };
    const versions = { txg: "4", spa_version: "5000", zpl_version: "5" };
    return [line.has("guid") ? guid : name, { ...head, ...versions, properties }] as const;
  });
  return jsonOutput("zpool list", Object.fromEntries(described));
}

function jsonProperty(zfs: NodeZfs, pool: Pool, name: string, line: CommandLine) {
  const { exact, text, source } = poolProperty(zfs, pool, name);
  const type = { "-": "NONE", default: "DEFAULT", local: "LOCAL" }[source];
  return { value: line.has("p") || line.has("int") ? exact : text, source: { type, data: "-" } };
}
