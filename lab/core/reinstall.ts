import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { type NodeDescription, type SiteDescription } from "./site-description";
import { type ZfsState } from "./zfs";

/** What of a machine is on its data disks; everything else of it goes with its system. */
const ON_DATA_DISKS = new Set(["volumes", "filesystems", "disk", "zfs.json", "zfs-labels.json"]);

/**
 * Sets machines of a lab that is stopped up anew, as after a fire that the data disks survived: an empty PVE or PBS under the old name,
 * with the old pools on its disks, not imported and last used by another machine. Not as on real machines: certificates, host keys and
 * the passwords and tokens of root stay what they were.
 * @throws {Error} When a node of a cluster is named without the others: a cluster that goes on is another matter.
 */
export function reinstall(state: string, machines: readonly string[]): void {
  const site = JSON.parse(readFileSync(join(state, "site.json"), "utf8")) as SiteDescription;
  const nodes = site.nodes.filter(({ name }) => machines.includes(name));
  const servers = site.pbs.filter(({ name }) => machines.includes(name));
  const unknown = machines.filter((name) => ![...nodes, ...servers].some((machine) => machine.name === name));
  if (unknown.length > 0) throw new Error(`The site has no ${unknown.join(", ")}.`);
  const alone = site.nodes.find(
    (node) =>
      node.cluster !== undefined && !nodes.includes(node) && nodes.some(({ cluster }) => cluster === node.cluster),
  );
  if (alone !== undefined) throw new Error(`${alone.name} is of the same cluster; name it too.`);
  for (const { name } of [...nodes, ...servers]) wipe(join(state, "machines", name));
  for (const node of nodes) {
    const folder = join(state, "machines", node.name);
    write(join(folder, "guests.json"), { guests: {} });
    leavePools(folder);
    emptyCluster(state, node);
  }
}

function wipe(folder: string): void {
  for (const name of existsSync(folder) ? readdirSync(folder) : [])
    if (!ON_DATA_DISKS.has(name)) rmSync(join(folder, name), { recursive: true });
}

function leavePools(folder: string): void {
  const [zfs, labels] = [join(folder, "zfs.json"), join(folder, "zfs-labels.json")];
  const state = JSON.parse(readFileSync(zfs, "utf8")) as ZfsState;
  write(zfs, { ...state, pools: state.pools.map((pool) => ({ ...pool, imported: false })) });
  const known = existsSync(labels)
    ? (JSON.parse(readFileSync(labels, "utf8")) as object)
    : { created: {}, destroyed: [] };
  write(labels, { ...known, foreign: state.pools.map(({ guid }) => guid) });
}

function emptyCluster(state: string, { name, cluster = name }: NodeDescription): void {
  const folder = join(state, "clusters", cluster);
  rmSync(folder, { recursive: true, force: true });
  const local = { type: "dir", path: "/var/lib/vz", content: "backup,iso,vztmpl" };
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  write(join(folder, "storage.json"), { storages: { local } });
}

function write(file: string, value: object): void {
  writeFileSync(file, JSON.stringify(value, undefined, 1), { mode: 0o600 });
}
