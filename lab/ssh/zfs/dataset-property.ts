import { CommandFailure } from "./command-line";
import { poolAllocated, poolSize, type Dataset, type NodeZfs, type Pool } from "./node-zfs";
import { type PropertyValue } from "./pool-property";
import { parseSize, sizeText } from "./size-text";

/** Native properties that may be set, with their defaults. OpenZFS 2.3, zfsprops(7). */
const SETTABLE: Record<string, string> = {
  quota: "none",
  reservation: "none",
  recordsize: "128K",
  mountpoint: "",
  sharenfs: "off",
  checksum: "on",
  compression: "on",
  atime: "on",
  devices: "on",
  exec: "on",
  setuid: "on",
  readonly: "off",
  zoned: "off",
  snapdir: "hidden",
  aclmode: "discard",
  aclinherit: "restricted",
  canmount: "on",
  xattr: "sa",
  copies: "1",
  sharesmb: "off",
  refquota: "none",
  refreservation: "none",
  primarycache: "all",
  secondarycache: "all",
  logbias: "latency",
  dedup: "off",
  sync: "standard",
  dnodesize: "legacy",
  volmode: "default",
  filesystem_limit: "none",
  snapshot_limit: "none",
  snapdev: "hidden",
  acltype: "off",
  relatime: "on",
  redundant_metadata: "all",
  overlay: "on",
  special_small_blocks: "0",
  prefetch: "all",
  direct: "standard",
  longname: "off",
};
/** Set once, when the dataset is made. */
const AT_CREATION: Record<string, string> = {
  casesensitivity: "sensitive",
  normalization: "none",
  utf8only: "off",
  encryption: "off",
  keyformat: "none",
  keylocation: "none",
  volblocksize: "16K",
};
const NOT_INHERITED = ["quota", "reservation", "canmount", "refquota", "refreservation", "volsize", "filesystem_limit"];
const FOR_FILESYSTEMS = [
  "quota",
  "recordsize",
  "mountpoint",
  "sharenfs",
  "atime",
  "devices",
  "exec",
  "setuid",
  "canmount",
];
const SIZES = ["quota", "reservation", "refquota", "refreservation", "recordsize", "volsize", "volblocksize"];
const COMPRESSION = /^(?:on|off|lzjb|gzip(?:-[1-9])?|zle|lz4|zstd(?:-(?:[1-9]|1\d))?|zstd-fast(?:-\d+)?)$/;
const COMPRESSION_CHOICES =
  "on | off | lzjb | gzip | gzip-[1-9] | zle | lz4 | zstd | zstd-[1-19] | zstd-fast-[1-10,20,30,40,50,60,70,80,90,100,500,1000]";
const CHOICES: Record<string, readonly string[]> = {
  ...Object.fromEntries(
    ["atime", "devices", "exec", "setuid", "readonly", "relatime"].map((name) => [name, ["on", "off"]]),
  ),
  canmount: ["on", "off", "noauto"],
  sync: ["standard", "always", "disabled"],
  xattr: ["on", "off", "dir", "sa"],
};

const MEASURED = [
  ...["type", "creation", "used", "available", "referenced", "compressratio", "mounted", "createtxg", "guid"],
  ...["usedbysnapshots", "usedbydataset", "usedbychildren", "usedbyrefreservation", "written", "refcompressratio"],
  ...["logicalused", "logicalreferenced", "objsetid", "version"],
];
const SHORT: Record<string, string> = {
  avail: "available",
  compress: "compression",
  rdonly: "readonly",
  recsize: "recordsize",
  refer: "referenced",
  refreserv: "refreservation",
  reserv: "reservation",
  volblock: "volblocksize",
};

/** Every native property, for `zfs get all`. */
export function datasetProperties({ type, properties }: Dataset): string[] {
  const native = [...MEASURED, ...Object.keys(SETTABLE), ...Object.keys(AT_CREATION)].filter((name) =>
    applies(type, name),
  );
  const own = Object.keys(properties).filter((name) => name.includes(":"));
  return [...(type === "volume" ? ["volsize"] : []), ...native, ...own];
}

function applies(type: Dataset["type"], name: string): boolean {
  return type === "volume" ? !FOR_FILESYSTEMS.includes(name) && name !== "mounted" : name !== "volblocksize";
}

/** Full name of a property; undefined for what is none. A name with a colon is somebody's own. */
export function datasetPropertyName(name: string): string | undefined {
  const full = SHORT[name] ?? name;
  const known = full === "name" || full === "volsize" || full in SETTABLE || full in AT_CREATION;
  return known || MEASURED.includes(full) || /^[a-z0-9._-]*:/.test(full) ? full : undefined;
}

/** Value of one property of a dataset, with where it comes from. */
export function datasetProperty(zfs: NodeZfs, pool: Pool, dataset: Dataset, name: string): PropertyValue {
  if (name === "name") return { exact: dataset.name, text: dataset.name, source: "-" };
  if (MEASURED.includes(name)) return measuredValue(zfs, pool, dataset, name);
  if (!name.includes(":") && !applies(dataset.type, name)) return { exact: "-", text: "-", source: "-" };
  if (name === "mountpoint") return mountpoint(pool, dataset);
  return inherited(pool, dataset, name) ?? fallback(name);
}

function fallback(name: string): PropertyValue {
  const value = SETTABLE[name] ?? AT_CREATION[name] ?? "-";
  const source = name in SETTABLE ? "default" : "-";
  return { ...sized(name, value), source };
}

/** Own value, or that of the nearest ancestor that has one. */
function inherited(pool: Pool, dataset: Dataset, name: string): PropertyValue | undefined {
  const own = dataset.properties[name];
  const once = name in AT_CREATION || name === "volsize";
  if (own !== undefined) return { ...sized(name, own), source: once ? "-" : "local" };
  if (NOT_INHERITED.includes(name)) return undefined;
  const above = ancestors(pool, dataset).find(({ properties }) => name in properties);
  const value = above?.properties[name];
  return above === undefined || value === undefined
    ? undefined
    : { ...sized(name, value), source: `inherited from ${above.name}` };
}

function ancestors({ datasets }: Pool, { name }: Dataset): Dataset[] {
  const above = datasets.filter((other) => name.startsWith(`${other.name}/`));
  return above.sort((one, other) => other.name.length - one.name.length);
}

function mountpoint(pool: Pool, dataset: Dataset): PropertyValue {
  const line = [dataset, ...ancestors(pool, dataset)];
  const base = line.find(({ properties }) => "mountpoint" in properties);
  const root = base?.properties["mountpoint"];
  if (base === undefined || root === undefined)
    return { exact: `/${dataset.name}`, text: `/${dataset.name}`, source: "default" };
  const path = root.startsWith("/") ? root.replace(/\/$/, "") + dataset.name.slice(base.name.length) : root;
  return { exact: path, text: path, source: base === dataset ? "local" : `inherited from ${base.name}` };
}

function sized(name: string, value: string): { exact: string; text: string } {
  if (!SIZES.includes(name)) return { exact: value, text: value };
  const bytes = parseSize(value);
  return bytes === undefined
    ? { exact: value === "none" ? "0" : value, text: value }
    : { exact: String(bytes), text: sizeText(bytes) };
}

function measuredValue(zfs: NodeZfs, pool: Pool, dataset: Dataset, name: string): PropertyValue {
  const below = pool.datasets.filter((other) => other.name.startsWith(`${dataset.name}/`));
  const children = below.reduce((sum, { used }) => sum + used, 0);
  const values: Record<string, () => { exact: string; text: string }> = {
    type: () => plain(dataset.type),
    creation: () => ({ exact: String(dataset.created), text: new Date(dataset.created * 1000).toUTCString() }),
    used: () => bytes(dataset.used + children),
    available: () => bytes(usableSize(zfs, pool) - poolAllocated(pool)),
    referenced: () => bytes(dataset.used),
    usedbydataset: () => bytes(dataset.used),
    usedbychildren: () => bytes(children),
    mounted: () => plain(isMounted(pool, dataset) ? "yes" : "no"),
    guid: () => plain(dataset.guid),
    version: () => plain("5"),
    compressratio: () => ({ exact: "1.00", text: "1.00x" }),
    refcompressratio: () => ({ exact: "1.00", text: "1.00x" }),
  };
  return { ...(values[name]?.() ?? bytes(0)), source: "-" };
}

function isMounted(pool: Pool, dataset: Dataset): boolean {
  return dataset.properties["canmount"] !== "off" && mountpoint(pool, dataset).exact.startsWith("/");
}

/** Raw bytes less parity and the share of 1/32 that ZFS keeps back. OpenZFS: zfs(4), spa_slop_shift. */
function usableSize(zfs: NodeZfs, pool: Pool): number {
  const [vdev] = pool.vdevs;
  const parity = vdev?.type.startsWith("raidz") === true ? Number(vdev.type.slice("raidz".length)) : 0;
  const share = vdev === undefined ? 1 : (vdev.disks.length - parity) / vdev.disks.length;
  return Math.floor(poolSize(zfs, pool) * (parity === 0 ? 1 : share) * (31 / 32));
}

function plain(value: string) {
  return { exact: value, text: value };
}

function bytes(count: number) {
  return { exact: String(count), text: sizeText(count) };
}

/**
 * Checks a value that someone sets on a dataset.
 * @throws {CommandFailure} With `action` before what is wrong, as libzfs says it.
 */
export function checkDatasetProperty(action: string, name: string, value: string): void {
  if (name.includes(":")) return;
  const full = datasetPropertyName(name);
  if (full === undefined) throw new CommandFailure(`${action}: invalid property '${name}'`);
  if (MEASURED.includes(full)) throw new CommandFailure(`${action}: '${full}' is readonly`);
  if (full === "compression" && !COMPRESSION.test(value)) {
    throw new CommandFailure(`${action}: 'compression' must be one of '${COMPRESSION_CHOICES}'`);
  }
  const choices = CHOICES[full];
  if (choices !== undefined && !choices.includes(value)) {
    throw new CommandFailure(`${action}: '${full}' must be one of '${choices.join(" | ")}'`);
  }
  if (SIZES.includes(full) && value !== "none" && parseSize(value) === undefined) {
    throw new CommandFailure(`${action}: bad numeric value '${value}'`);
  }
}

/** Whether a property can only be given when a dataset is made. */
export function isSetAtCreation(name: string): boolean {
  return name in AT_CREATION;
}
