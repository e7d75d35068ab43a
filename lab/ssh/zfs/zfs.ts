import { type CommandResult } from "../../core/program";
import { assignments, CommandFailure, parseCommandLine, usageFailure, type CommandLine } from "./command-line";
import { checkDatasetProperty, isSetAtCreation } from "./dataset-property-rules";
import { newGuid, withPool, type Dataset, type NodeZfs, type Pool, type ZfsContext } from "./node-zfs";
import { parseSize } from "./size-text";
import { runSubcommand, type Subcommand } from "./subcommand";
import { poolOfDataset, selectDatasets } from "./zfs-selection";
import { zfsGet, zfsList } from "./zfs-list";

const CREATE_USAGE = `create [-Pnpuv] [-o property=value] ... <filesystem>
\tcreate [-Pnpsv] [-b blocksize] [-o property=value] ... -V <size> <volume>`;
const SET_USAGE = "set [-u] <property=value> ... <filesystem|volume|snapshot> ...";

const SUBCOMMANDS: Readonly<Record<string, Subcommand>> = {
  create: zfsCreate,
  destroy: zfsDestroy,
  get: zfsGet,
  list: zfsList,
  set: zfsSet,
  snapshot: zfsSnapshot,
};

/** Runs `zfs ARGV` of OpenZFS 2.3 over a node's pools: options, columns, exit statuses and sentences. */
export function zfs(argv: readonly string[], context: ZfsContext): CommandResult {
  return runSubcommand("zfs", SUBCOMMANDS, argv, context);
}

/** `zfs create`: zfs-create(8). */
function zfsCreate(argv: readonly string[], context: ZfsContext): string {
  const line = parseCommandLine(argv, { flags: "Pnpsuv", values: "obV", usage: CREATE_USAGE });
  const [name, more] = line.operands;
  if (name === undefined)
    throw usageFailure(`missing ${line.all("V").length > 0 ? "volume" : "filesystem"} argument`, CREATE_USAGE);
  if (more !== undefined) throw usageFailure("too many arguments", CREATE_USAGE);
  const state = context.read();
  const action = `cannot create '${name}'`;
  const pool = poolFor(state, name, action);
  if (pool.datasets.some((dataset) => dataset.name === name)) {
    if (line.has("p")) return "";
    throw new CommandFailure(`${action}: dataset already exists`);
  }
  const dataset = newDataset(name, line, action, context.now());
  const above = missingParents(pool, name, line, action, context.now());
  if (!line.has("n")) context.write(withPool(state, { ...pool, datasets: [...pool.datasets, ...above, dataset] }));
  return "";
}

function poolFor(state: NodeZfs, name: string, action: string): Pool {
  const [poolName = ""] = name.split("/");
  if (!name.includes("/")) throw new CommandFailure(`${action}: missing dataset name`);
  if (name.split("/").includes(""))
    throw new CommandFailure(`${action}: empty component or misplaced '@' or '#' delimiter in name`);
  const pool = state.pools.find((known) => known.name === poolName && known.state === "imported");
  if (pool === undefined) throw new CommandFailure(`${action}: no such pool '${poolName}'`);
  return pool;
}

function newDataset(name: string, line: CommandLine, action: string, now: number): Dataset {
  const given = assignments(line.all("o"), "o");
  for (const [property, value] of Object.entries(given)) checkDatasetProperty(action, property, value);
  const [volsize] = line.all("V");
  if (volsize !== undefined && parseSize(volsize) === undefined) {
    throw usageFailure(`bad volume size '${volsize}': invalid numeric value '${volsize}'`, CREATE_USAGE);
  }
  const [volblocksize] = line.all("b");
  const volume = { ...(volsize !== undefined && { volsize }), ...(volblocksize !== undefined && { volblocksize }) };
  const type = volsize === undefined ? "filesystem" : "volume";
  return {
    name,
    type,
    created: Math.floor(now / 1000),
    guid: newGuid(),
    properties: { ...given, ...volume },
    used: 24 * 1024,
  };
}

function missingParents(pool: Pool, name: string, line: CommandLine, action: string, now: number): Dataset[] {
  const parts = name.split("/");
  const parents = parts.slice(1, -1).map((_, index) => parts.slice(0, index + 2).join("/"));
  const missing = parents.filter((parent) => !pool.datasets.some((dataset) => dataset.name === parent));
  if (missing.length > 0 && !line.has("p")) throw new CommandFailure(`${action}: parent does not exist`);
  const created = Math.floor(now / 1000);
  return missing.map((parent) => ({
    name: parent,
    type: "filesystem",
    created,
    guid: newGuid(),
    properties: {},
    used: 24 * 1024,
  }));
}

/** `zfs snapshot`: zfs-snapshot(8). */
function zfsSnapshot(argv: readonly string[], context: ZfsContext): string {
  const usage = "snapshot [-r] [-o property=value] ... <filesystem|volume>@<snap> ...";
  const [name = ""] = parseCommandLine(argv, { flags: "r", values: "o", usage }).operands;
  const [of = "", snap = ""] = name.split("@");
  if (snap === "") throw usageFailure(`cannot create snapshot '${name}': missing '@' delimiter`, usage);
  const state = context.read();
  const [dataset] = selectDatasets(state, [of], {});
  if (dataset === undefined) return "";
  const pool = poolOfDataset(state, dataset);
  if (pool.datasets.some((one) => one.name === name))
    throw new CommandFailure(`cannot create snapshot '${name}': dataset already exists`);
  const created = Math.floor(context.now() / 1000);
  const snapshot: Dataset = { name, type: "snapshot", created, guid: newGuid(), properties: {}, used: 0 };
  context.write(withPool(state, { ...pool, datasets: [...pool.datasets, snapshot] }));
  return "";
}

/** `zfs set`: zfs-set(8). */
function zfsSet(argv: readonly string[], context: ZfsContext): string {
  const { operands } = parseCommandLine(argv, { flags: "u", usage: SET_USAGE });
  const given = operands.filter((word) => word.includes("="));
  const names = operands.filter((word) => !word.includes("="));
  if (given.length === 0) throw usageFailure("missing property=value argument(s)", SET_USAGE);
  if (names.length === 0) throw usageFailure("missing dataset name(s)", SET_USAGE);
  for (const name of names) setProperties(name, assignments(given, "o"), context);
  return "";
}

function setProperties(name: string, properties: Record<string, string>, context: ZfsContext): void {
  const state = context.read();
  const [dataset] = selectDatasets(state, [name], {});
  if (dataset === undefined) return;
  const action = `cannot set property for '${name}'`;
  for (const [property, value] of Object.entries(properties)) {
    if (isSetAtCreation(property)) throw new CommandFailure(`${action}: '${property}' is readonly`);
    checkDatasetProperty(action, property, value);
  }
  const pool = poolOfDataset(state, dataset);
  const changed = { ...dataset, properties: { ...dataset.properties, ...properties } };
  context.write(
    withPool(state, { ...pool, datasets: pool.datasets.map((known) => (known.name === name ? changed : known)) }),
  );
}

/** `zfs destroy`: zfs-destroy(8), loud in the lab's log. */
function zfsDestroy(argv: readonly string[], context: ZfsContext): string {
  const usage = "destroy [-fnpRrv] <filesystem|volume>";
  const line = parseCommandLine(argv, { flags: "fnpRrv", usage });
  const [name] = line.operands;
  if (name === undefined) throw usageFailure("missing dataset argument", usage);
  const state = context.read();
  const doomed = selectDatasets(state, [name], { recursive: true });
  const [dataset] = doomed;
  if (dataset === undefined) return "";
  const action = `cannot destroy '${name}'`;
  if (!name.includes("/"))
    throw new CommandFailure(
      `${action}: operation does not apply to pools\nuse 'zfs destroy -r ${name}' to destroy all datasets in the pool\nuse 'zpool destroy ${name}' to destroy the pool itself`,
    );
  if (doomed.length > 1 && !line.has("r") && !line.has("R")) {
    const children = doomed.slice(1).map((child) => child.name);
    throw new CommandFailure(
      [`${action}: filesystem has children`, "use '-r' to destroy the following datasets:", ...children].join("\n"),
    );
  }
  const pool = poolOfDataset(state, dataset);
  context.alarm(`zfs destroy ${name}`);
  if (!line.has("n"))
    context.write(withPool(state, { ...pool, datasets: pool.datasets.filter((known) => !doomed.includes(known)) }));
  return "";
}
