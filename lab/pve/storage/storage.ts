import { type PveNode } from "../node";
import { CREATE_STORAGE } from "../parameters/storage";
import { splitList } from "../formats";
import { impossible, notImplemented } from "../refusal";
import { dirStorage } from "./dir-storage";
import { pbsStorage } from "./pbs-storage";
import { zfsStorage } from "./zfs-storage";
import { type DeepReadonly } from "../../core/state";

/** A storage as storage.cfg holds it: `type` and options, as text. */
export type StorageEntry = Readonly<Record<string, string>>;

/** All storages of a cluster by id. */
export interface StorageState {
  /** Entries by storage id. */
  readonly storages: Record<string, StorageEntry>;
}

/** How full a storage is, in bytes. */
export interface Usage {
  /** Size. */
  readonly total: number;
  /** Used. */
  readonly used: number;
  /** Free. */
  readonly avail: number;
}

/** A type of storage. */
export interface StorageType {
  /** Options that this type takes, and whether they are fixed once made. */
  readonly options: Readonly<Record<string, "fixed" | "changeable">>;
  /** Options without which it cannot be made. */
  readonly needed: readonly string[];
  /** Kinds of content that it can hold; the first set is what it holds by default. */
  readonly content: { readonly possible: readonly string[]; readonly usual: string };
  /** Whether all nodes see the same contents. */
  readonly shared: boolean;
  /** Fails when the storage cannot be used on `node`. */
  readonly activate: (node: PveNode, id: string, entry: StorageEntry) => Promise<void>;
  /** How full it is on `node`. */
  readonly usage: (node: PveNode, id: string, entry: StorageEntry) => Promise<Usage>;
}

const TYPES: Readonly<Record<string, StorageType>> = { dir: dirStorage, pbs: pbsStorage, zfspool: zfsStorage };

/** The type of that name; the lab knows `dir`, `zfspool` and `pbs`. */
export function storageType(name: string): StorageType {
  const type = TYPES[name];
  if (type === undefined) throw notImplemented(`POST /storage type=${name}`);
  return type;
}

/** The entry of a storage. */
export function storageEntry(node: PveNode, id: string): StorageEntry {
  const entry = node.cluster.storages.value.storages[id];
  if (entry === undefined) throw impossible(`storage '${id}' does not exist`);
  return entry;
}

/** Whether a storage is enabled on `node`. */
export function isEnabledOn(node: PveNode, { disable, nodes }: StorageEntry): boolean {
  return disable !== "1" && (nodes === undefined || splitList(nodes).includes(node.name));
}

/**
 * An entry as `GET /storage` shows it: numbers bare, secrets never, the type's default content filled in. Lists come in
 * no particular order, as Perl's hashes do.
 */
export function shownEntry(id: string, entry: DeepReadonly<StorageEntry>, digest: string): Record<string, unknown> {
  const type = storageType(entry["type"] ?? "");
  const shown: Record<string, unknown> = { storage: id, digest, content: type.content.usual };
  if (type.shared) shown["shared"] = 1;
  for (const [name, value] of Object.entries(entry)) {
    const kind = CREATE_STORAGE[name]?.type;
    shown[name] = kind === "boolean" || kind === "integer" ? Number(value) : value;
  }
  for (const name of ["content", "nodes"]) {
    const text = shown[name];
    if (typeof text === "string") shown[name] = splitList(text).reverse().join(",");
  }
  return shown;
}
