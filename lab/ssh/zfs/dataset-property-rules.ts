import { CommandFailure } from "./command-line";
import { parseSize } from "./size-text";

/** Native properties that may be set, with their defaults. OpenZFS 2.3, zfsprops(7). */
export const SETTABLE: Record<string, string> = {
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
export const AT_CREATION: Record<string, string> = {
  casesensitivity: "sensitive",
  normalization: "none",
  utf8only: "off",
  encryption: "off",
  keyformat: "none",
  keylocation: "none",
  volblocksize: "16K",
};
/** Every dataset has its own. */
export const NOT_INHERITED = [
  "quota",
  "reservation",
  "canmount",
  "refquota",
  "refreservation",
  "volsize",
  "filesystem_limit",
];
/** A volume has none of these. */
export const FOR_FILESYSTEMS = [
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
/** Their values are numbers of bytes. */
export const SIZES = ["quota", "reservation", "refquota", "refreservation", "recordsize", "volsize", "volblocksize"];
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

/** What ZFS measures; nobody sets them. */
export const MEASURED = [
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

/** Full name of a property; undefined for what is none. A name with a colon is somebody's own. */
export function datasetPropertyName(name: string): string | undefined {
  const full = SHORT[name] ?? name;
  const known = full === "name" || full === "volsize" || full in SETTABLE || full in AT_CREATION;
  return known || MEASURED.includes(full) || /^[a-z0-9._-]*:/.test(full) ? full : undefined;
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
