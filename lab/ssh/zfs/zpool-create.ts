import { assignments, CommandFailure, parseCommandLine, usageFailure, type CommandLine } from "./command-line";
import { checkDatasetProperty } from "./dataset-property-rules";
import { newGuid, type Dataset, type NodeZfs, type Pool, type Vdev, type ZfsContext } from "./node-zfs";
import { checkPoolProperty, poolPropertyName } from "./pool-property";
import { readVdevs } from "./vdev-specification";

const USAGE = `create [-fnd] [-o property=value] ... 
\t    [-O file-system-property=value] ... 
\t    [-m mountpoint] [-R root] <pool> <vdev> ...`;
const RESERVED = /^(?:mirror|raidz|draid|spare)/;

/** `zpool create`: zpool-create(8). */
export function zpoolCreate(argv: readonly string[], context: ZfsContext): string {
  const line = parseCommandLine(argv, { flags: "fnd", values: "oORmt", usage: USAGE });
  const [name, ...words] = line.operands;
  if (name === undefined) throw usageFailure("missing pool name argument", USAGE);
  if (words.length === 0) throw usageFailure("missing vdev specification", USAGE);
  const properties = poolProperties(line);
  const rootProperties = assignments(line.all("O"), "O");
  if (name.includes("/")) throw slashInName(name);

  const zfs = context.read();
  const vdevs = readVdevs(zfs, words, line.has("f"));
  checkPool(zfs, name, vdevs, properties, rootProperties);
  if (line.has("n")) return layoutText(name, vdevs);
  if (line.has("f")) context.alarm(`zpool create -f ${name}`);
  const [mountpoint] = line.all("m");
  const given = { ...rootProperties, ...(mountpoint !== undefined && { mountpoint }) };
  const pool = newPool(name, vdevs, properties, given, context.now());
  context.write({ ...withoutLabels(zfs, vdevs), pools: [...livingPools(zfs, vdevs), pool] });
  return "";
}

function poolProperties(line: CommandLine): Record<string, string> {
  const properties = assignments(line.all("o"), "o");
  for (const name of Object.keys(properties)) {
    if (poolPropertyName(name) !== undefined || name.startsWith("feature@")) continue;
    throw new CommandFailure(`property '${name}' is not a valid pool or vdev property`);
  }
  const [altroot] = line.all("R");
  return { ...properties, ...(altroot !== undefined && { altroot, cachefile: "none" }) };
}

function slashInName(name: string): CommandFailure {
  return new CommandFailure(
    `cannot create '${name}': invalid character '/' in pool name\nuse 'zfs create' to create a dataset`,
  );
}

/** What libzfs and the kernel refuse, after the disks were found free. */
function checkPool(
  zfs: NodeZfs,
  name: string,
  vdevs: readonly Vdev[],
  properties: Record<string, string>,
  rootProperties: Record<string, string>,
): void {
  const action = `cannot create '${name}'`;
  checkName(action, name);
  for (const [property, value] of Object.entries(properties)) checkPoolProperty(action, property, value);
  for (const [property, value] of Object.entries(rootProperties)) checkDatasetProperty(action, property, value);
  if (zfs.pools.some((pool) => pool.name === name && pool.state === "imported")) {
    throw new CommandFailure(`${action}: pool already exists`);
  }
  const disks = vdevs.flatMap((vdev) => vdev.disks);
  if (new Set(disks).size < disks.length) {
    const reason =
      "one or more vdevs refer to the same device, or one of\nthe devices is part of an active md or lvm device";
    throw new CommandFailure(`${action}: ${reason}`);
  }
}

function checkName(action: string, name: string): void {
  const strange = /[^A-Za-z0-9_.: -]/.exec(name)?.[0];
  if (!/^[A-Za-z]/.test(name)) throw new CommandFailure(`${action}: name must begin with a letter`);
  if (strange !== undefined) throw new CommandFailure(`${action}: invalid character '${strange}' in pool name`);
  if (RESERVED.test(name) || name === "log") throw new CommandFailure(`${action}: name is reserved`);
}

function layoutText(name: string, vdevs: readonly Vdev[]): string {
  const lines = vdevs.flatMap(({ type, disks }) =>
    type === "disk" ? disks.map((disk) => `\t  ${disk}`) : [`\t  ${type}`, ...disks.map((disk) => `\t    ${disk}`)],
  );
  return [`would create '${name}' with the following layout:`, "", `\t${name}`, ...lines, ""].join("\n");
}

function newPool(
  name: string,
  vdevs: readonly Vdev[],
  properties: Record<string, string>,
  rootProperties: Record<string, string>,
  now: number,
): Pool {
  const created = Math.floor(now / 1000);
  const root: Dataset = {
    name,
    type: "filesystem",
    created,
    guid: newGuid(),
    properties: rootProperties,
    used: 24 * 1024,
  };
  return { name, guid: newGuid(), created, state: "imported", vdevs, properties, datasets: [root] };
}

/** Labels of older pools on these disks are overwritten: such a pool is no more. */
function livingPools({ pools }: NodeZfs, vdevs: readonly Vdev[]): Pool[] {
  const taken = new Set(vdevs.flatMap(({ disks }) => disks));
  return pools.filter((pool) => !pool.vdevs.some(({ disks }) => disks.some((disk) => taken.has(disk))));
}

function withoutLabels(zfs: NodeZfs, vdevs: readonly Vdev[]): NodeZfs {
  const taken = new Set(vdevs.flatMap(({ disks }) => disks));
  const disks = zfs.disks.map(({ content, ...disk }) =>
    taken.has(disk.byId) || content === undefined ? disk : { ...disk, content },
  );
  return { ...zfs, disks };
}
