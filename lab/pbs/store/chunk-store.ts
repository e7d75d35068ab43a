import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

import { type Backend } from "../s3/object-backend";

/** A chunk as it lies on the disk. */
export interface StoredChunk {
  /** 64 hex digits. */
  readonly digest: string;
  /** Length in bytes, as stored. */
  readonly size: number;
}

/** The chunks of one datastore: `.chunks/<first four hex digits>/<digest>`. Contents are never overwritten. */
export class ChunkStore {
  readonly #root: string;

  /** @param backend Where the chunks lie besides; then the directory caches them. */
  constructor(
    datastorePath: string,
    private readonly backend?: Backend,
  ) {
    this.#root = join(datastorePath, ".chunks");
  }

  /** Whether a chunk store is there already. */
  exists(): boolean {
    return existsSync(this.#root);
  }

  /** Makes an empty chunk store. */
  create(): void {
    mkdirSync(this.#root, { recursive: true });
  }

  /** Whether a chunk of this digest is stored. */
  has(digest: string): boolean {
    return existsSync(this.#path(digest));
  }

  /**
   * Stores a chunk. One that is there stays as it is. What the cache has is not sent to the bucket again, whether the bucket has it or
   * not (observed on PBS 4.2.3).
   * @returns False when it was there.
   */
  async put(digest: string, blob: Buffer): Promise<boolean> {
    if (this.has(digest)) return false;
    await this.backend?.putChunk(digest, blob);
    this.#keep(digest, blob);
    return true;
  }

  #keep(digest: string, blob: Buffer): void {
    this.#rejectLostCache();
    const path = this.#path(digest);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(`${path}.tmp`, blob);
    renameSync(`${path}.tmp`, path);
  }

  /** Directories for chunks are made with the datastore and never after (observed on PBS 4.2.3). */
  #rejectLostCache(): void {
    if (this.backend === undefined || this.exists()) return;
    throw new Error(`mkstemp "${this.#root}" failed: ENOENT: No such file or directory`);
  }

  /**
   * Bytes of a chunk.
   * @throws {Error} When it is not stored.
   */
  async get(digest: string): Promise<Buffer> {
    if (this.backend !== undefined && !this.has(digest)) return this.fetch(digest);
    if (!this.has(digest)) throw new Error(`reading chunk ${digest} failed - no such chunk`);
    return readFileSync(this.#path(digest));
  }

  /** Bytes of a chunk as they lie in the bucket, where there is one: the cache proves nothing. */
  async fetch(digest: string): Promise<Buffer> {
    if (this.backend === undefined) return this.get(digest);
    this.#rejectLostCache();
    const blob = await this.backend.chunk(digest);
    if (blob === undefined) throw new Error(`could not fetch object with key .chunks/${digest.slice(0, 4)}/${digest}`);
    if (!this.has(digest)) this.#keep(digest, blob);
    return blob;
  }

  /** Takes a chunk that is broken or missing out of the way, so that the next backup brings it again. */
  async setAside(digest: string): Promise<void> {
    if (this.backend === undefined) return;
    this.remove(digest);
    await this.backend.setAside(digest).catch(() => undefined);
  }

  /** All chunks, in no order that means anything. */
  *all(): Generator<StoredChunk> {
    for (const prefix of this.exists() ? readdirSync(this.#root) : []) {
      for (const digest of readdirSync(join(this.#root, prefix)).filter((name) => /^[0-9a-f]{64}$/.test(name))) {
        yield { digest, size: statSync(this.#path(digest)).size };
      }
    }
  }

  /** Removes a chunk that no index names any more. Only garbage collection may call this. */
  remove(digest: string): void {
    rmSync(this.#path(digest), { force: true });
  }

  #path(digest: string): string {
    return join(this.#root, digest.slice(0, 4), digest);
  }
}
