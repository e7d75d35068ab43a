import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

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

  constructor(datastorePath: string) {
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

  /** Stores a chunk. One that is there stays as it is. @returns False when it was there. */
  put(digest: string, blob: Buffer): boolean {
    if (this.has(digest)) return false;
    const path = this.#path(digest);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(`${path}.tmp`, blob);
    renameSync(`${path}.tmp`, path);
    return true;
  }

  /**
   * Bytes of a chunk.
   * @throws {Error} When it is not stored.
   */
  get(digest: string): Buffer {
    if (!this.has(digest)) throw new Error(`reading chunk ${digest} failed - no such chunk`);
    return readFileSync(this.#path(digest));
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
