import { randomUUID } from "node:crypto";

import { type BackupServer } from "../backup-server";
import { namespaceAclPath } from "../admin/group-access";
import { Refusal } from "../refusal";
import { chunkDigest, decodeBlob, isEncrypted, rejectBrokenBlob } from "../store/blob";
import { type Datastore } from "../store/datastore";
import { decodeIndex } from "../store/fixed-index";
import { MANIFEST_NAME } from "../store/manifest";
import { rejectForeignOwner } from "../store/owner";
import { type GroupId, groupPath, type SnapshotId, snapshotName } from "../store/snapshot-id";

/** Milliseconds without a request after which a client counts as gone. */
const SILENCE = 20_000;

/**
 * One backup under way. What it uploads is no snapshot until it ends well; until then its chunks are kept from garbage
 * collection. Rights are looked at when it begins: what is revoked later does not stop it (observed on PBS 4.2.3).
 */
export class BackupSession {
  readonly id = randomUUID();
  readonly #files = new Map<string, Buffer>();
  readonly #chunks: Set<string>;
  #end: (error?: Error) => void = () => undefined;
  #timer: NodeJS.Timeout | undefined;

  private constructor(
    private readonly store: Datastore,
    private readonly snapshot: SnapshotId,
    private readonly authId: string,
    arriving: Set<string>,
  ) {
    this.#chunks = arriving;
  }

  /**
   * Begins a backup.
   * @throws {Refusal} With the texts observed on PBS 4.2.3.
   */
  static begin(
    server: BackupServer,
    authId: string,
    name: string,
    snapshot: SnapshotId,
    onEnd: () => void,
  ): BackupSession {
    server.rights.require(authId, namespaceAclPath(name, snapshot.ns), "Datastore.Backup");
    const store = server.datastore(name, "write");
    if (!store.hasNamespace(snapshot.ns)) throw new Refusal(`namespace '${snapshot.ns}' does not exist`);
    const owner = store.owner(snapshot);
    if (owner !== undefined) rejectForeignOwner(authId, owner);
    const [last] = store.snapshots(snapshot);
    if (last !== undefined && last.time >= snapshot.time)
      throw new Refusal("backup timestamp is older than last backup.");
    const arriving = server.arriving.get(name) ?? new Set<string>();
    server.arriving.set(name, arriving);
    const session = new BackupSession(store, snapshot, authId, arriving);
    session.#runAsTask(server, `${name}:${snapshot.type}/${snapshot.id}`, onEnd);
    return session;
  }

  /** Key of the group that this session holds to itself. */
  static lockName(datastore: string, group: GroupId): string {
    return `${datastore}:${groupPath(group)}`;
  }

  /** Digests that are not stored yet; those that are will stay until the backup ends. */
  missing(digests: readonly string[]): string[] {
    this.#touch();
    for (const digest of digests) this.#chunks.add(digest);
    return digests.filter((digest) => !this.store.chunks.has(digest));
  }

  /** Stores a chunk after a look at what can be seen of it without a key. */
  async putChunk(digest: string, blob: Buffer): Promise<void> {
    this.#touch();
    rejectBrokenBlob(blob);
    if (!isEncrypted(blob) && chunkDigest(decodeBlob(blob)) !== digest)
      throw new Refusal("detected chunk with wrong digest.");
    this.#chunks.add(digest);
    await this.store.chunks.put(digest, blob);
  }

  /** Takes a file of the snapshot: an index, a blob, the manifest. */
  putFile(name: string, bytes: Buffer): void {
    this.#touch();
    if (!/^[A-Za-z0-9_][A-Za-z0-9._-]*\.(?:fidx|blob)$/.test(name))
      throw new Refusal(`wrong file extension: '${name}'`);
    if (name.endsWith(".fidx")) this.#rejectUnknownChunks(bytes);
    this.#files.set(name, bytes);
  }

  /** Makes a snapshot of what was uploaded. */
  async finish(): Promise<void> {
    if (!this.#files.has(MANIFEST_NAME)) throw new Refusal("backup does not contain valid files (file count == 0)");
    if (this.store.owner(this.snapshot) === undefined) await this.store.setOwner(this.snapshot, this.authId);
    await this.store.addSnapshot(this.snapshot, this.#files);
    this.#end();
  }

  /** Drops what was uploaded; chunks wait for the next garbage collection. */
  abort(reason: string): void {
    this.#end(new Error(reason));
  }

  #rejectUnknownChunks(bytes: Buffer): void {
    const unknown = decodeIndex(bytes).digests.find((digest) => !this.store.chunks.has(digest));
    if (unknown !== undefined) throw new Refusal(`no such chunk ${unknown}`);
  }

  #runAsTask(server: BackupServer, id: string, onEnd: () => void): void {
    server.tasks.start({ type: "backup", id, authId: this.authId }, async ({ log }) => {
      log(`starting new backup on datastore '${id.split(":", 1)[0] ?? ""}': "${snapshotName(this.snapshot)}"`);
      try {
        await new Promise<void>((resolve, reject) => {
          this.#end = (error) => {
            if (error === undefined) resolve();
            else reject(error);
          };
          this.#touch();
        });
        log("backup finished successfully");
      } finally {
        clearTimeout(this.#timer);
        onEnd();
      }
    });
  }

  #touch(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.abort("connection error: bytes remaining on stream");
    }, SILENCE);
    this.#timer.unref();
  }
}
