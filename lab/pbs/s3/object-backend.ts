import { createHash } from "node:crypto";

import { messageOf, Refusal } from "../refusal";
import { type BucketClient } from "./bucket-client";

/** Where a datastore's contents lie besides its directory, which is then only a cache of them. */
export interface Backend {
  /** Stores a chunk; one that is there stays. */
  readonly putChunk: (digest: string, blob: Buffer) => Promise<void>;
  /** Bytes of a chunk; undefined when it is not there. */
  readonly chunk: (digest: string) => Promise<Buffer | undefined>;
  /** Sets a broken or missing chunk aside. */
  readonly setAside: (digest: string) => Promise<void>;
  /** Writes a file of the metadata. @param isNew Whether one that is there stays. */
  readonly put: (path: string, bytes: string | Buffer, isNew?: boolean) => Promise<void>;
  /** Removes one file. */
  readonly remove: (path: string) => Promise<void>;
  /** Removes everything below a directory. */
  readonly removeBelow: (path: string) => Promise<void>;
}

/** Layout of a datastore in a bucket (observed on PBS 4.2.3): everything below the datastore's name. */
export class ObjectBackend implements Backend {
  constructor(
    readonly client: BucketClient,
    /** Name of the datastore. */
    readonly store: string,
  ) {}

  /** Name of the object that says which server uses the datastore. */
  get markerKey(): string {
    return `${this.store}/.in-use`;
  }

  async putChunk(digest: string, blob: Buffer): Promise<void> {
    await this.client.put(this.chunkKey(digest), blob, true);
  }

  chunk(digest: string): Promise<Buffer | undefined> {
    return this.client.get(this.chunkKey(digest));
  }

  async setAside(digest: string): Promise<void> {
    await this.client.copy(this.chunkKey(digest), `${this.chunkKey(digest)}.0.bad`);
    await this.client.remove(this.chunkKey(digest));
  }

  async put(path: string, bytes: string | Buffer, isNew = false): Promise<void> {
    try {
      await this.client.put(this.contentKey(path), bytes, isNew);
    } catch (error) {
      const what = path.slice(path.lastIndexOf("/") + 1);
      throw new Refusal(`failed to set ${what} on s3 backend - ${messageOf(error)}`);
    }
  }

  async remove(path: string): Promise<void> {
    await this.client.remove(this.contentKey(path));
  }

  async removeBelow(path: string): Promise<void> {
    const keys = await this.client.list(`${this.contentKey(path)}/`);
    await this.client.removeAll(keys);
  }

  /** Digests of the chunks in the bucket. */
  async chunkDigests(): Promise<string[]> {
    const keys = await this.client.list(`${this.store}/.chunks/`);
    return keys.flatMap((key) => /\/([0-9a-f]{64})$/.exec(key)?.[1] ?? []);
  }

  /** Deletes chunks. */
  async removeChunks(digests: readonly string[]): Promise<void> {
    await this.client.removeAll(digests.map((digest) => this.chunkKey(digest)));
  }

  /** Name of the object of a file of the metadata. */
  contentKey(path: string): string {
    return `${this.store}/.cnt/${path}`;
  }

  /** Name of the object of a chunk. */
  chunkKey(digest: string): string {
    return `${this.store}/.chunks/${digest.slice(0, 4)}/${digest}`;
  }

  /** Writes the chunk with which PBS tries whether it may write. */
  async probe(): Promise<void> {
    await this.client.put(this.chunkKey(PROBE.digest), PROBE.bytes, false);
  }
}

/** The one chunk that every such datastore has; 159 bytes (observed on PBS 4.2.3). */
export const PROBE = { digest: createHash("sha256").update(Buffer.alloc(159)).digest("hex"), bytes: Buffer.alloc(159) };
