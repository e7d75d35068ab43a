import { createHash } from "node:crypto";

/** What a `.fidx` file says: of which chunks, in which order, an image consists. */
export interface FixedIndex {
  /** Length of the image in bytes. */
  readonly size: number;
  /** Digests of its chunks in hex, in order. */
  readonly digests: readonly string[];
}

/**
 * Length of a chunk in bytes. PBS cuts images into 4 MiB; the lab's disks are a few MiB, and a smaller piece lets them
 * share chunks as real ones do.
 */
export const CHUNK_SIZE = 64 * 1024;

/** PBS 4.2: pbs-datastore/src/file_formats.rs. */
const MAGIC = Buffer.from([47, 127, 65, 237, 145, 253, 15, 205]);
const HEADER = 4096;
const OFFSET = { created: 24, checksum: 32, size: 64, chunkSize: 72 } as const;

/** Bytes of a `.fidx` file. */
export function encodeIndex(index: FixedIndex, created: number): Buffer {
  const header = Buffer.alloc(HEADER);
  MAGIC.copy(header);
  header.writeBigInt64LE(BigInt(created), OFFSET.created);
  Buffer.from(indexChecksum(index), "hex").copy(header, OFFSET.checksum);
  header.writeBigUInt64LE(BigInt(index.size), OFFSET.size);
  header.writeBigUInt64LE(BigInt(CHUNK_SIZE), OFFSET.chunkSize);
  return Buffer.concat([header, Buffer.from(index.digests.join(""), "hex")]);
}

/**
 * Reads a `.fidx` file.
 * @throws {Error} When it is none, or its checksum does not fit its digests.
 */
export function decodeIndex(bytes: Buffer): FixedIndex {
  if (bytes.length < HEADER || !bytes.subarray(0, MAGIC.length).equals(MAGIC))
    throw new Error("got unknown magic number");
  const digests = (bytes.subarray(HEADER).toString("hex").match(/.{64}/g) ?? []) as string[];
  const index = { size: Number(bytes.readBigUInt64LE(OFFSET.size)), digests };
  const expected = bytes.subarray(OFFSET.checksum, OFFSET.checksum + 32).toString("hex");
  if (indexChecksum(index) !== expected) throw new Error("wrong index checksum");
  return index;
}

/** SHA-256 over the digests in order: what the manifest holds of an index. */
export function indexChecksum({ digests }: FixedIndex): string {
  return createHash("sha256")
    .update(Buffer.from(digests.join(""), "hex"))
    .digest("hex");
}
