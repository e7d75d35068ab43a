/** PBS 4.2: pbs-datastore/src/file_formats.rs. */
const FIXED = Buffer.from([47, 127, 65, 237, 145, 253, 15, 205]);
const DYNAMIC = Buffer.from([28, 145, 78, 165, 25, 186, 179, 205]);
const HEADER = 4096;
const DIGEST = 32;
/** An entry of a dynamic index has the end of its chunk before its digest. */
const OFFSET = 8;

/** Whether a file of a snapshot names chunks. */
export function isIndex(file: string): boolean {
  return file.endsWith(".fidx") || file.endsWith(".didx");
}

/**
 * Digests of the chunks that an index names. They stand in clear, also where the chunks are encrypted.
 * @throws {Error} When it is no index, or was cut off.
 */
export function digestsIn(bytes: Buffer, name: string): Set<string> {
  const magic = bytes.subarray(0, FIXED.length);
  const lead = magic.equals(FIXED) ? 0 : magic.equals(DYNAMIC) ? OFFSET : undefined;
  const entry = DIGEST + (lead ?? 0);
  if (lead === undefined || bytes.length < HEADER || (bytes.length - HEADER) % entry !== 0) {
    throw new Error(
      `${name} is no index of PBS, or was cut off.\nCure: look at it, or go back to before it: make bucket-rewind; nothing is freed while one index cannot be read.`,
    );
  }
  const digests = new Set<string>();
  for (let at = HEADER; at < bytes.length; at += entry) digests.add(bytes.toString("hex", at + lead, at + entry));
  return digests;
}
