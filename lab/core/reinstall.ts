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
  const { nodes, servers } = chosen(state, machines);
  for (const { name } of [...nodes, ...servers]) wipe(join(state, "machines", name));
  for (const node of nodes) {
    const folder = join(state, "machines", node.name);
    write(join(folder, "guests.json"), { guests: {} });
    leavePools(folder);
    emptyCluster(state, node);
  }
}

/**
 * Puts new machines in place of those of a lab that is stopped, as after a fire that nothing survived: the old names and addresses,
 * disks on which nothing is, other certificates, host keys and passwords. What is not at the site stays: an S3 provider, an account at
 * Cloudflare or AWS. Not as in truth: what the system of a guest wrote lies beside its disks here, and is as it last was when the guest
 * comes back.
 * @throws {Error} When a node of a cluster is named without the others.
 */
export function replaceMachines(state: string, machines: readonly string[]): void {
  const { site, nodes, servers } = chosen(state, machines);
  const names = new Set([...nodes, ...servers].map(({ name }) => name));
  const clusters = nodes.map(({ name, cluster = name }) => cluster);
  for (const name of names) rmSync(join(state, "machines", name), { recursive: true, force: true });
  for (const cluster of clusters) rmSync(join(state, "clusters", cluster), { recursive: true, force: true });
  for (const name of names)
    for (const kind of ["pem", "key"]) rmSync(join(state, "certificates", `${name}.${kind}`), { force: true });
  const isTheirs = (secret: string) =>
    [...names].some((name) => secret === `ssh host key of ${name}` || secret.startsWith(`${name}/`)) ||
    clusters.some((cluster) => secret.startsWith(`${cluster} `));
  const file = join(state, "secrets.json");
  const secrets = Object.entries(JSON.parse(readFileSync(file, "utf8")) as Record<string, string>);
  write(file, Object.fromEntries(secrets.filter(([name]) => !isTheirs(name))));
  const blank = { pools: [], storages: [], guests: [] };
  const after = site.nodes.map((node) => (names.has(node.name) ? { ...node, ...blank } : node));
  write(join(state, "site.json"), { ...site, nodes: after });
}

function chosen(state: string, machines: readonly string[]) {
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
  return { site, nodes, servers };
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
