import {
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  rmdirSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";

import { type Backend } from "../s3/object-backend";
import { ChunkStore } from "./chunk-store";
import { decodeIndex, type FixedIndex } from "./fixed-index";
import { decodeManifest, encodeManifest, type Manifest, MANIFEST_NAME, type Unprotected } from "./manifest";
import {
  BACKUP_TYPES,
  type GroupId,
  groupPath,
  namespacePath,
  parseTimeName,
  type SnapshotId,
  snapshotName,
  snapshotPath,
} from "./snapshot-id";

/**
 * A datastore as it lies in a directory: chunks, and per namespace, group and snapshot the files that name them. It
 * knows nothing of users' rights; who may call what is decided above it. With a backend the directory is a cache: what changes is
 * written there first.
 */
export class Datastore {
  /** Contents of all images, shared by all snapshots. */
  readonly chunks: ChunkStore;

  constructor(
    readonly path: string,
    private readonly backend?: Backend,
  ) {
    this.chunks = new ChunkStore(path, backend);
  }

  /** Groups of one namespace, without those of the namespaces below it. */
  groups(ns: string): GroupId[] {
    return BACKUP_TYPES.flatMap((type) =>
      directories(join(this.path, namespacePath(ns), type)).map((id) => ({ ns, type, id })),
    );
  }

  /** Whether a group has a directory, with or without snapshots. */
  hasGroup(group: GroupId): boolean {
    return existsSync(this.#at(groupPath(group)));
  }

  /** Snapshots of a group, newest first. */
  snapshots(group: GroupId): SnapshotId[] {
    const times = directories(this.#at(groupPath(group))).map(parseTimeName);
    return times
      .filter((time) => time !== undefined)
      .sort((a, b) => b - a)
      .map((time) => ({ ...group, time }));
  }

  /** Whether a snapshot is there. */
  hasSnapshot(snapshot: SnapshotId): boolean {
    return existsSync(this.#at(snapshotPath(snapshot)));
  }

  /** Who may write into a group; undefined when the group has no owner yet. */
  owner(group: GroupId): string | undefined {
    const file = this.#at(`${groupPath(group)}/owner`);
    return existsSync(file) ? readFileSync(file, "utf8").trim() : undefined;
  }

  /** Gives a group to another owner, or a new group to its first. */
  async setOwner(group: GroupId, owner: string): Promise<void> {
    await this.#write(`${groupPath(group)}/owner`, `${owner}\n`);
  }

  /** Notes of a group: free text, empty when there are none. */
  groupNotes(group: GroupId): string {
    const file = this.#at(`${groupPath(group)}/notes`);
    return existsSync(file) ? readFileSync(file, "utf8") : "";
  }

  /** Replaces the notes of a group. */
  async setGroupNotes(group: GroupId, notes: string): Promise<void> {
    await this.#write(`${groupPath(group)}/notes`, notes);
  }

  /** Whether a snapshot outlives every prune. */
  isProtected(snapshot: SnapshotId): boolean {
    return existsSync(this.#at(`${snapshotPath(snapshot)}/.protected`));
  }

  /** Protects a snapshot from prune and deletion, or ends that. What could not be protected in a bucket is so here (observed on PBS 4.2.3). */
  async setProtected(snapshot: SnapshotId, value: boolean): Promise<void> {
    const path = `${snapshotPath(snapshot)}/.protected`;
    if (value) {
      this.#keep(path, "");
      await this.backend?.put(path, "", true);
    } else {
      await this.backend?.remove(path);
      rmSync(this.#at(path), { force: true });
    }
  }

  /** What a snapshot consists of. */
  manifest(snapshot: SnapshotId): Manifest {
    return decodeManifest(this.file(snapshot, MANIFEST_NAME));
  }

  /** Changes what stands beside the signature of a manifest. */
  async setUnprotected(snapshot: SnapshotId, change: Unprotected): Promise<void> {
    const manifest = this.manifest(snapshot);
    const unprotected = { ...manifest.unprotected, ...change };
    await this.#write(`${snapshotPath(snapshot)}/${MANIFEST_NAME}`, encodeManifest({ ...manifest, unprotected }));
  }

  /**
   * Bytes of one file of a snapshot.
   * @throws {Error} When there is none of that name.
   */
  file(snapshot: SnapshotId, name: string): Buffer {
    const path = this.#at(`${snapshotPath(snapshot)}/${name}`);
    if (!existsSync(path))
      throw new Error(`unable to open file '${snapshotName(snapshot)}/${name}' - ENOENT: No such file or directory`);
    return readFileSync(path);
  }

  /** Indices of a snapshot by file name. */
  indices(snapshot: SnapshotId): Map<string, FixedIndex> {
    const names = readdirSync(this.#at(snapshotPath(snapshot))).filter((name) => name.endsWith(".fidx"));
    return new Map(names.map((name) => [name, decodeIndex(this.file(snapshot, name))]));
  }

  /** Adds a finished snapshot in one step: it is there whole, or not at all. */
  async addSnapshot(snapshot: SnapshotId, files: ReadonlyMap<string, Buffer>): Promise<void> {
    for (const [name, bytes] of files) await this.backend?.put(`${snapshotPath(snapshot)}/${name}`, bytes);
    const target = this.#at(snapshotPath(snapshot));
    const growing = `${target}.tmp`;
    rmSync(growing, { recursive: true, force: true });
    mkdirSync(growing, { recursive: true });
    for (const [name, bytes] of files) writeFileSync(join(growing, name), bytes);
    renameSync(growing, target);
  }

  /** Writes the files of a broken snapshot anew. */
  async repairSnapshot(snapshot: SnapshotId, files: ReadonlyMap<string, Buffer>): Promise<void> {
    for (const [name, bytes] of files) await this.#write(`${snapshotPath(snapshot)}/${name}`, bytes);
  }

  /** Removes a snapshot, and with the last one its group. Chunks stay until garbage is collected. */
  async removeSnapshot(snapshot: SnapshotId): Promise<void> {
    if (this.isProtected(snapshot)) throw new Error("cannot remove protected snapshot");
    try {
      await this.backend?.removeBelow(snapshotPath(snapshot));
    } catch (error) {
      throw new Error(`failed to delete snapshot - ${error instanceof Error ? error.message : String(error)}`);
    }
    rmSync(this.#at(snapshotPath(snapshot)), { recursive: true });
    if (this.snapshots(snapshot).length === 0) await this.removeEmptyGroup(snapshot);
  }

  /** Removes a group that holds no snapshot. */
  async removeEmptyGroup(group: GroupId): Promise<void> {
    if (this.snapshots(group).length > 0) return;
    await this.backend?.removeBelow(groupPath(group));
    this.forgetGroup(group);
  }

  /** Removes the directory of a group, whatever is in it, and nothing in a bucket. */
  forgetGroup(group: GroupId): void {
    rmSync(this.#at(groupPath(group)), { recursive: true, force: true });
  }

  /** Namespaces at and below `parent`, down to `depth` levels, parents first. */
  namespaces(parent: string, depth: number): string[] {
    if (depth === 0) return [parent];
    const children = directories(join(this.path, namespacePath(parent), "ns"));
    return [
      parent,
      ...children.flatMap((name) => this.namespaces(parent === "" ? name : `${parent}/${name}`, depth - 1)),
    ];
  }

  /** Whether a namespace is there; the root always is. */
  hasNamespace(ns: string): boolean {
    return existsSync(join(this.path, namespacePath(ns)));
  }

  /** Makes a namespace; one that is there stays. */
  async createNamespace(ns: string): Promise<void> {
    if (ns !== "" && !this.hasNamespace(ns)) await this.backend?.put(`${namespacePath(ns)}/.namespace`, "", true);
    mkdirSync(join(this.path, namespacePath(ns)), { recursive: true });
  }

  /** Removes a namespace in which nothing is left. @returns False when something is. */
  async removeEmptyNamespace(ns: string): Promise<boolean> {
    const path = join(this.path, namespacePath(ns));
    const left = existsSync(path) ? readdirSync(path, { recursive: true, withFileTypes: true }) : [];
    if (left.some((entry) => entry.isFile())) return false;
    if (ns !== "") await this.backend?.removeBelow(namespacePath(ns));
    if (ns !== "") rmSync(path, { recursive: true, force: true });
    if (existsSync(dirname(path)) && ns !== "" && readdirSync(dirname(path)).length === 0) rmdirSync(dirname(path));
    return true;
  }

  #at(path: string): string {
    return join(this.path, path);
  }

  async #write(path: string, content: string | Buffer): Promise<void> {
    await this.backend?.put(path, content);
    this.#keep(path, content);
  }

  #keep(path: string, content: string | Buffer): void {
    const target = this.#at(path);
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(`${target}.new`, content);
    renameSync(`${target}.new`, target);
  }
}

/** Names of the directories in `path`; none when it is not there. */
function directories(path: string): string[] {
  if (!existsSync(path)) return [];
  const entries = readdirSync(path, { withFileTypes: true });
  return entries
    .filter((entry) => entry.isDirectory() && !entry.name.endsWith(".tmp"))
    .map(({ name }) => name)
    .sort();
}
