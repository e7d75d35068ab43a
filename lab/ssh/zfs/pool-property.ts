import { CommandFailure } from "./command-line";
import { poolAllocated, poolHealth, poolSize, type NodeZfs, type Pool } from "./node-zfs";
import { sizeText } from "./size-text";

/** A property as `zpool get` shows it. */
export interface PropertyValue {
  /** Exact value, as `-p` prints it. */
  readonly exact: string;
  /** Value for people. */
  readonly text: string;
  /** `-` for what is measured, `default`, or `local` for what was set. */
  readonly source: string;
}

/** Properties that may be set, with what they are when nobody did. OpenZFS 2.3, zpoolprops(7). */
const SETTABLE: Record<string, string> = {
  altroot: "-",
  ashift: "0",
  autoexpand: "off",
  autoreplace: "off",
  autotrim: "off",
  bootfs: "-",
  cachefile: "-",
  comment: "-",
  compatibility: "off",
  delegation: "on",
  failmode: "wait",
  listsnapshots: "off",
  multihost: "off",
  readonly: "off",
  version: "-",
};
const ON_OFF = ["autoexpand", "autoreplace", "autotrim", "delegation", "listsnapshots", "multihost"];
const CHOICES: Record<string, readonly string[]> = {
  ...Object.fromEntries(ON_OFF.map((name) => [name, ["on", "off"]])),
  failmode: ["wait", "continue", "panic"],
};
/** Names that `-o` takes short. zpoolprops(7). */
const SHORT: Record<string, string> = {
  alloc: "allocated",
  cap: "capacity",
  ckpoint: "checkpoint",
  dedup: "dedupratio",
  expandsz: "expandsize",
  frag: "fragmentation",
  listsnaps: "listsnapshots",
};

/** Every pool property in the order in which `zpool get all` prints them. */
export const POOL_PROPERTIES = [
  ...["size", "capacity", "altroot", "health", "guid", "version", "bootfs", "delegation", "autoreplace", "cachefile"],
  ...["failmode", "listsnapshots", "autoexpand", "dedupratio", "free", "allocated", "readonly", "ashift", "comment"],
  ...["expandsize", "freeing", "fragmentation", "leaked", "multihost", "checkpoint", "load_guid", "autotrim"],
  ...["compatibility", "bcloneused", "bclonesaved", "bcloneratio", "dedup_table_size", "dedup_table_quota"],
] as const;

/** Full name of a property, from its short or full name; undefined for what is none. */
export function poolPropertyName(name: string): string | undefined {
  const full = SHORT[name] ?? name;
  return full === "name" || (POOL_PROPERTIES as readonly string[]).includes(full) ? full : undefined;
}

/** Value of one property of a pool. */
export function poolProperty(zfs: NodeZfs, pool: Pool, name: string): PropertyValue {
  if (name === "name") return measured(pool.name);
  if (name in SETTABLE) return settableValue(pool, name);
  return measuredValue(zfs, pool, name);
}

function settableValue(pool: Pool, name: string): PropertyValue {
  const set = pool.properties[name];
  if (set !== undefined) return { exact: set, text: set, source: "local" };
  const fallback = SETTABLE[name] ?? "-";
  return { exact: fallback, text: fallback, source: "default" };
}

function measuredValue(zfs: NodeZfs, pool: Pool, name: string): PropertyValue {
  const size = poolSize(zfs, pool);
  const allocated = poolAllocated(pool);
  const share = size === 0 ? 0 : Math.floor((allocated * 100) / size);
  const values: Record<string, () => PropertyValue> = {
    size: () => bytes(size),
    allocated: () => bytes(allocated),
    free: () => bytes(size - allocated),
    capacity: () => measured(String(share), `${share}%`),
    health: () => measured(poolHealth(zfs, pool)),
    guid: () => measured(pool.guid),
    load_guid: () => measured(pool.guid),
    dedupratio: () => measured("1.00", "1.00x"),
    bcloneratio: () => measured("1.00", "1.00x"),
    fragmentation: () => measured("0", "0%"),
    dedup_table_quota: () => measured("auto"),
    checkpoint: () => measured("-"),
    expandsize: () => measured("-"),
  };
  return values[name]?.() ?? measured("0");
}

function measured(exact: string, text = exact): PropertyValue {
  return { exact, text, source: "-" };
}

function bytes(count: number): PropertyValue {
  return measured(String(count), sizeText(count));
}

/**
 * Checks the value that someone sets.
 * @throws {CommandFailure} With `action` before what is wrong, as libzfs says it.
 */
export function checkPoolProperty(action: string, name: string, value: string): void {
  if (/^feature@|:/.test(name)) return;
  if (poolPropertyName(name) === undefined) throw new CommandFailure(`${action}: invalid property '${name}'`);
  if (!(name in SETTABLE)) throw new CommandFailure(`${action}: '${name}' is readonly`);
  const choices = CHOICES[name];
  if (choices !== undefined && !choices.includes(value)) {
    throw new CommandFailure(`${action}: '${name}' must be one of '${choices.join(" | ")}'`);
  }
  if (name === "ashift") checkAshift(action, value);
}

function checkAshift(action: string, value: string): void {
  if (!/^\d+$/.test(value)) throw new CommandFailure(`${action}: '${value}' is not a number`);
  const number = Number(value);
  if (number === 0 || (number >= 9 && number <= 16)) return;
  const reason = `property 'ashift' number ${number} is invalid`;
  throw new CommandFailure(`${action}: ${reason}, only values between 9 and 16 are allowed`);
}
